using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Grains.Effects;

/// <summary>All addresses of a name, or a <see cref="SocketException"/> when it has none.</summary>
public delegate Task<IPAddress[]> Resolver(string host, CancellationToken cancellationToken);

/// <summary>
/// Opens connections to hosts that a tenant named. The name is resolved once, every address of it is checked, and the
/// connection goes to a checked address, never to the name again: a name that changes its address between the check
/// and the connection (rebinding) gains nothing, and neither does one that hides a private address among public ones.
/// </summary>
public sealed class AddressGuard(NetworkRules rules, Resolver? resolver = null)
{
    private readonly Resolver _resolve = resolver ?? (static (host, cancel) => Dns.GetHostAddressesAsync(host, cancel));

    public NetworkRules Rules => rules;

    /// <summary>
    /// The addresses of this machine, denied in addition to the fixed list: a public one may lead to our own ports.
    /// </summary>
    public static IReadOnlyList<IPNetwork> OwnAddresses() =>
        [
            .. NetworkInterface
                .GetAllNetworkInterfaces()
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Select(a => NetworkRules.Only(a.Address)),
        ];

    /// <summary>
    /// The addresses of the database's hosts, denied too; a host that does not resolve now has none to deny.
    /// </summary>
    /// <param name="hosts">As in a connection string: several, with ports, or the directory of a socket.</param>
    public static IReadOnlyList<IPNetwork> AddressesOf(string? hosts)
    {
        var networks = new List<IPNetwork>();
        foreach (
            var host in (hosts ?? "")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(h => h[0] is not ('/' or '@'))
        )
        {
            var name =
                host.StartsWith('[') ? host[1..host.IndexOf(']', StringComparison.Ordinal)]
                : host.Count(c => c == ':') == 1 ? host.Split(':')[0]
                : host;
            try
            {
                networks.AddRange(Dns.GetHostAddresses(name).Select(NetworkRules.Only));
            }
            catch (SocketException)
            {
                continue;
            }
        }
        return networks;
    }

    /// <param name="openedOnly">Refuse addresses that are merely not denied: for protocols allowed only in networks
    /// that the operator opened.</param>
    /// <exception cref="ConnectRefusedException">The rules forbid it; nothing was sent anywhere.</exception>
    /// <exception cref="SocketException">The name has no address, or none of them answers.</exception>
    public async ValueTask<Stream> ConnectAsync(string host, int port, bool openedOnly, CancellationToken cancellationToken)
    {
        var addresses = rules.Literal(host) ?? await _resolve(host, cancellationToken);
        if (!addresses.All(rules.Allows))
            throw new ConnectRefusedException(WebhookCode.AddressNotAllowed);
        if (openedOnly && !addresses.All(rules.Opens))
            throw new ConnectRefusedException(WebhookCode.PlainHttpNotAllowed);
        return await ConnectToFirstAsync(addresses, port, cancellationToken);
    }

    private static async Task<Stream> ConnectToFirstAsync(
        IReadOnlyList<IPAddress> addresses,
        int port,
        CancellationToken cancellationToken
    )
    {
        var fault = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses.Select(a => a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                fault = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw fault;
    }
}

/// <summary>
/// The rules forbid a connection. An exception because it must pass through the HTTP client; the sender turns it into
/// a value.
/// </summary>
public sealed class ConnectRefusedException(string code) : Exception($"The network rules forbid this connection ({code}).")
{
    public string Code => code;
}
