using System.Net;
using System.Net.Sockets;

namespace Scenarios.Bench.Load;

/// <param name="Status">Of HTTP.</param>
/// <param name="Head">Its status line and headers; good until the next request, as the body is.</param>
/// <param name="Body">As it came, framing of chunks included.</param>
internal readonly record struct LeanAnswer(int Status, ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body);

/// <summary>
/// One keep-alive connection with one request in flight. It sends bytes that are ready and reads no more of an answer than
/// where it ends, because on a small machine HttpClient would use as much CPU as what is measured.
/// </summary>
internal sealed class LeanConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[4096];

    public static async Task<LeanConnection> OpenAsync(IPEndPoint address)
    {
        var connection = new LeanConnection();
        await connection._socket.ConnectAsync(address);
        return connection;
    }

    /// <exception cref="IOException">The server closed the connection.</exception>
    public async ValueTask<LeanAnswer> SendAsync(ReadOnlyMemory<byte> request)
    {
        for (var sent = 0; sent < request.Length; )
            sent += await _socket.SendAsync(request[sent..]);
        for (var filled = 0; ; )
        {
            if (filled == _buffer.Length)
                Array.Resize(ref _buffer, filled * 2);
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
            if (read == 0)
                throw new IOException("The server closed the connection.");
            filled += read;
            if (Whole(_buffer.AsSpan(0, filled), out var status, out var bodyAt))
                return new LeanAnswer(status, _buffer.AsMemory(0, bodyAt), _buffer.AsMemory(bodyAt, filled - bodyAt));
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Whether the answer is complete: as many bytes as its Content-Length says, or the empty last chunk.</summary>
    private static bool Whole(ReadOnlySpan<byte> answer, out int status, out int bodyAt)
    {
        (status, bodyAt) = (0, answer.IndexOf("\r\n\r\n"u8) + 4);
        if (bodyAt < 4)
            return false;
        var head = answer[..bodyAt];
        status = int.Parse(head.Slice("HTTP/1.1 ".Length, 3));
        var length = head.IndexOf("\r\nContent-Length: "u8);
        if (length < 0)
            return answer.EndsWith("0\r\n\r\n"u8); // JSON holds no bare line breaks, so this is no part of a body
        var digits = head[(length + "\r\nContent-Length: ".Length)..];
        return answer.Length - bodyAt >= int.Parse(digits[..digits.IndexOf((byte)'\r')]);
    }
}
