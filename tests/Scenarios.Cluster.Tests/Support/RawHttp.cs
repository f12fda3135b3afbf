using System.Net.Sockets;
using System.Text;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>Requests byte by byte as they stand, for what no client would send.</summary>
internal static class RawHttp
{
    /// <returns>All that comes back until the server closes.</returns>
    public static async Task<string> SendAsync(Uri address, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
