using Scenarios.Storage.Embedded;

namespace Scenarios.Server;

/// <summary>
/// The two ports of a silo: free ones at the first start, then the same again, since a silo that comes back to its old address
/// is known to have died, and the cluster need not wait to find out. Each node on one data directory holds a file of its own
/// in <c>nodes/</c>, locked while it lives; the first free one is taken over with its ports.
/// </summary>
public sealed class NodePorts : IDisposable
{
    private const int MostNodes = 64;

    private readonly FileLock? held;

    private NodePorts(int silo, int gateway, FileLock? held) => (Silo, Gateway, this.held) = (silo, gateway, held);

    public int Silo { get; }

    public int Gateway { get; }

    public static NodePorts Claim(ServerOptions options)
    {
        if (options is { SiloPort: { } siloPort, GatewayPort: { } gatewayPort })
            return new NodePorts(siloPort, gatewayPort, held: null);
        var directory = Path.Combine(options.DataDirectory, "nodes");
        Directory.CreateDirectory(directory);
        var held = Enumerable
            .Range(1, MostNodes)
            .Select(n => FileLock.TryAlone(Path.Combine(directory, $"{n}.ports")))
            .FirstOrDefault(file => file is not null)
            ?? throw new UsageException($"{MostNodes} nodes run on {options.DataDirectory} already.");

        var kept = held.Text.Split(' ').Select(text => int.TryParse(text, out var port) ? port : 0).ToList();
        var silo = options.SiloPort ?? (kept is [var s, _] && s != 0 && LoopbackPort.IsFree(s) ? s : LoopbackPort.Find());
        var gateway = options.GatewayPort ?? (kept is [_, var g] && g != 0 && LoopbackPort.IsFree(g) ? g : LoopbackPort.Find());
        held.Text = $"{silo} {gateway}";
        return new NodePorts(silo, gateway, held);
    }

    public void Dispose() => held?.Dispose();
}
