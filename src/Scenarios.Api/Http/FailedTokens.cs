using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Scenarios.Api.Http;

/// <summary>
/// Failed authentications by address: so many at once, then one a second. Guessing a token is hopeless anyway; this keeps whoever
/// tries from costing a look-up each time. Tokens that were good here already are let through, whoever else calls from there.
/// </summary>
internal sealed class FailedTokens(TimeProvider time)
{
    public const int AtOnce = 60,
        MaxAddresses = 10_000;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(1);

    // The instant at which an address has all of its tries again; one that lies less ahead than all of them cost has some left.
    private readonly ConcurrentDictionary<IPAddress, DateTimeOffset> _full = new();

    public static Refused TooMany() =>
        new(StatusCodes.Status429TooManyRequests, "tooManyFailures", "Too many unknown tokens came from this address.")
        {
            RetryAfter = Refill,
        };

    public bool MayTry(IPAddress? address) =>
        !_full.TryGetValue(KeyOf(address), out var full) || full - time.GetUtcNow() < AtOnce * Refill;

    public void Note(IPAddress? address)
    {
        if (_full.Count >= MaxAddresses)
            _full.Clear();
        var now = time.GetUtcNow();
        _full.AddOrUpdate(KeyOf(address), now + Refill, (_, full) => (full > now ? full : now) + Refill);
    }

    /// <summary>A client that has one IPv6 address has 2^64 of them.</summary>
    private static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
