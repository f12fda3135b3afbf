using System.Buffers;

namespace Scenarios.Api.Http;

/// <summary>A body as bytes, read once for a request and shared by all who ask (the key's filter, the endpoint).</summary>
internal sealed class RawBody : IDisposable
{
    private const int FirstBuffer = 4 << 10;

    private byte[] _buffer;
    private int _length;

    private RawBody(int size) => _buffer = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <exception cref="Refused">413 <c>tooLarge</c>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, int maxBytes)
    {
        if (context.Features.Get<RawBody>() is not { } body)
        {
            if (context.Request.ContentLength > maxBytes) throw TooLarge(maxBytes);
            body = new RawBody((int)(context.Request.ContentLength ?? FirstBuffer) + 1);
            context.Response.RegisterForDispose(body);
            await body.FillAsync(context, maxBytes);
            context.Features.Set(body);
        }
        return body._length <= maxBytes ? body.Bytes : throw TooLarge(maxBytes);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private async Task FillAsync(HttpContext context, int maxBytes)
    {
        while (true)
        {
            var read = await context.Request.Body.ReadAsync(_buffer.AsMemory(_length), context.RequestAborted);
            if (read == 0) return;
            _length += read;
            if (_length > maxBytes) throw TooLarge(maxBytes);
            if (_length < _buffer.Length) continue;
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    private static Refused TooLarge(int maxBytes) => new(StatusCodes.Status413PayloadTooLarge, "tooLarge", $"At most {maxBytes} bytes are taken here.");
}
