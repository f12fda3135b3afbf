using System.Buffers;

namespace Scenarios.Api.Http;

/// <summary>A body as bytes, read once for a request and shared by all who ask (the key's filter, the endpoint).</summary>
internal sealed class RawBody : IDisposable
{
    private const int FirstBuffer = 4 << 10;

    private readonly Admission _admission;
    private byte[] _buffer = [];
    private int _length;

    private RawBody(Admission admission) => _admission = admission;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <exception cref="Refused">413 <c>tooLarge</c>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, int maxBytes)
    {
        if (context.Features.Get<RawBody>() is not { } body)
        {
            if (context.Request.ContentLength > maxBytes)
                throw TooLarge(maxBytes);
            body = new RawBody(context.RequestServices.GetRequiredService<Admission>());
            context.Response.RegisterForDispose(body);
            body.Grow((int)(context.Request.ContentLength ?? FirstBuffer) + 1);
            await body.FillAsync(context, maxBytes);
            context.Features.Set(body);
        }
        return body._length <= maxBytes ? body.Bytes : throw TooLarge(maxBytes);
    }

    public void Dispose()
    {
        _length = 0;
        Return(_buffer);
        _buffer = [];
    }

    private async Task FillAsync(HttpContext context, int maxBytes)
    {
        while (true)
        {
            var read = await context.Request.Body.ReadAsync(_buffer.AsMemory(_length), context.RequestAborted);
            if (read == 0)
                return;
            _length += read;
            if (_length > maxBytes)
                throw TooLarge(maxBytes);
            if (_length == _buffer.Length)
                Grow(_buffer.Length * 2);
        }
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            _admission.Enter(larger.Length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw;
        }
        _buffer.AsSpan(0, _length).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private void Return(byte[] buffer)
    {
        if (buffer.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(buffer);
        _admission.Leave(buffer.Length);
    }

    private static Refused TooLarge(int maxBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "tooLarge", $"At most {maxBytes} bytes are allowed here.");
}
