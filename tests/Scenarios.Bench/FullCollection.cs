using System.Net.Sockets;
using System.Text;

namespace Scenarios.Bench;

/// <summary>
/// Makes another .NET process collect all its garbage, so that its resident memory is what it holds. There is no command for
/// it; a trace session that asks for the heap begins with a full collection (docs: diagnostics IPC protocol, GCHeapCollect).
/// </summary>
internal static class FullCollection
{
    private const ulong GcHeapCollect = 0x800000;
    private const uint Informational = 4,
        NetTrace = 1,
        BufferMegabytes = 16;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    public static async Task OfAsync(int pid, CancellationToken cancellationToken)
    {
        var path = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{pid}-*-socket").Single();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await socket.SendAsync(CollectTracing(), cancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Duration);
        var ignored = new byte[65_536];
        try
        {
            while (await socket.ReceiveAsync(ignored, patience.Token) > 0) { }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return; // the session ends with its connection
        }
    }

    private static byte[] CollectTracing()
    {
        using var payload = new MemoryStream();
        using (var write = new BinaryWriter(payload, Encoding.Unicode, leaveOpen: true))
        {
            write.Write(BufferMegabytes);
            write.Write(NetTrace);
            write.Write(1u); // one provider
            write.Write(GcHeapCollect);
            write.Write(Informational);
            var provider = "Microsoft-Windows-DotNETRuntime\0";
            write.Write((uint)provider.Length);
            write.Write(Encoding.Unicode.GetBytes(provider));
            write.Write(0u); // no filter
        }
        using var message = new MemoryStream();
        using (var write = new BinaryWriter(message, Encoding.ASCII, leaveOpen: true))
        {
            write.Write("DOTNET_IPC_V1\0"u8);
            write.Write((ushort)(20 + payload.Length));
            write.Write((byte)2); // EventPipe
            write.Write((byte)2); // CollectTracing
            write.Write((ushort)0);
            write.Write(payload.ToArray());
        }
        return message.ToArray();
    }
}
