using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Scenarios.Engine.Webhooks;

/// <summary>
/// Which addresses an effect may reach. A tenant names the receiver, so everything that is not the public internet is
/// denied: loopback, private, link-local, metadata, documentation and multicast networks, and the IPv6 forms that hide an
/// IPv4 address. <c>Effects__AllowedNetworks</c> opens networks by name and is the only way to open any.
/// </summary>
/// <param name="opened">What the operator opened; it outweighs every denial.</param>
/// <param name="alsoDenied">Denied on top of the fixed list: our own addresses and the database's.</param>
public sealed class NetworkRules(IReadOnlyList<IPNetwork> opened, IReadOnlyList<IPNetwork>? alsoDenied = null)
{
    private static readonly IPNetwork CompatibleIPv4 = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");

    private static readonly IPNetwork[] Denied =
    [
        .. Parse(
            """
            0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
            192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
            64:ff9b:1::/48 100::/64 2001:db8::/32 3fff::/20 fc00::/7 fe80::/10 fec0::/10 ff00::/8
            """
        ),
        IPNetwork.Parse("168.63.129.16/32"), // Azure's host answers every guest here, from an address that looks public
        CompatibleIPv4,
        Nat64,
        SixToFour,
        Teredo,
    ];

    /// <summary>The public internet and nothing else.</summary>
    public static readonly NetworkRules Default = new([]);

    /// <summary>Networks or single addresses, separated by commas, semicolons or white space.</summary>
    /// <exception cref="FormatException">An item is neither; the message names it.</exception>
    public static IReadOnlyList<IPNetwork> Parse(string? list)
    {
        var networks = new List<IPNetwork>();
        foreach (var item in (list ?? "").Split([',', ';', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(item, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(item, out var address))
                networks.Add(Only(address));
            else
                throw new FormatException($"'{item}' is neither an address nor a network like 10.0.0.0/8.");
        }
        return networks;
    }

    public static IPNetwork Only(IPAddress address) =>
        new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    public bool Allows(IPAddress address) =>
        Forms(address).All(form => IsIn(opened, form) || !(IsIn(Denied, form) || IsIn(alsoDenied ?? [], form)));

    /// <summary>The operator named this network: rules for strangers (ports, https) do not hold here.</summary>
    public bool Opens(IPAddress address) => Forms(address).All(form => IsIn(opened, form));

    /// <summary>
    /// The addresses that a host is, without asking a resolver: a literal in any of its spellings, or <c>localhost</c>.
    /// Null for a name. For <c>localhost</c>, opening one of its two addresses is enough.
    /// </summary>
    public IReadOnlyList<IPAddress>? Literal(string host)
    {
        var plain = string.Concat(host.Select(Plain)).TrimEnd('.');
        if (IPAddress.TryParse(plain, out var address))
            return [address];
        if (
            !plain.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && !plain.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        )
            return null;
        IPAddress[] loopback = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        return loopback.Where(Allows).ToArray() is { Length: > 0 } open ? open : loopback;
    }

    /// <summary>
    /// The address itself and, where an IPv6 address carries an IPv4 one, that as well: a relay would reach it.
    /// </summary>
    private static IEnumerable<IPAddress> Forms(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        yield return address;
        if (
            address.AddressFamily == AddressFamily.InterNetwork
            || address.Equals(IPAddress.IPv6Any)
            || address.Equals(IPAddress.IPv6Loopback)
        )
            yield break;
        var bytes = address.GetAddressBytes();
        if (CompatibleIPv4.Contains(address) || Nat64.Contains(address))
            yield return new IPAddress(bytes[12..]);
        if (SixToFour.Contains(address))
            yield return new IPAddress(bytes[2..6]);
        if (Teredo.Contains(address))
            yield return new IPAddress(Array.ConvertAll(bytes[12..], b => (byte)~b));
    }

    /// <summary>Circled and full-width digits and dots as the ASCII ones that some resolvers take them for.</summary>
    private static char Plain(char c) =>
        c switch
        {
            < '\u0080' => c,
            '\u3002' or '\uFF61' => '.',
            >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
            _ when CharUnicodeInfo.GetNumericValue(c) is >= 0 and <= 9 and var digit && double.IsInteger(digit) => (char)(
                '0' + (int)digit
            ),
            _ => c,
        };

    private static bool IsIn(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        foreach (var network in networks)
            if (network.Contains(address))
                return true;
        return false;
    }
}
