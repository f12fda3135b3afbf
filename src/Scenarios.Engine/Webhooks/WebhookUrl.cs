using System.Collections.Frozen;
using System.Net;
using System.Text;

namespace Scenarios.Engine.Webhooks;

/// <summary>
/// What may be the URL of a webhook. Checked when a scenario is saved and again before each attempt, because a path
/// can be rendered; where a name leads is only known when it is resolved, and checked there.
/// </summary>
public static class WebhookUrl
{
    public const int MaxCharacters = 8192;

    /// <summary>Of a name in the DNS (RFC 1035).</summary>
    public const int MaxHostCharacters = 253;

    /// <summary>Ports above 1023 behind which databases, queues, caches and control planes listen, ours among them.</summary>
    private static readonly FrozenSet<int> DeniedPorts = new[]
    {
        1433,
        1434,
        1521,
        2049,
        2181,
        2375,
        2376,
        2379,
        2380,
        3306,
        3389,
        4369,
        5432,
        5433,
        5671,
        5672,
        5984,
        5985,
        5986,
        6379,
        6380,
        6432,
        7000,
        7001,
        7199,
        9042,
        9092,
        9160,
        9200,
        9300,
        10250,
        11111,
        11211,
        15672,
        25672,
        26257,
        27017,
        27018,
        27019,
        30000,
        61616,
    }.ToFrozenSet();

    /// <summary>
    /// Null and the URL when it is good, else <c>addressNotAllowed</c> for a literal address in a denied network, or
    /// <c>invalidUrl</c>: not absolute http(s), user info, a fragment, white space or control characters, a host outside
    /// ASCII, a denied port (an address in an opened network may have any), too long.
    /// </summary>
    public static string? Fault(string text, NetworkRules rules, out Uri? url)
    {
        url = null;
        if (
            text.Length > MaxCharacters
            || text.Any(c => c <= ' ' || c == '\u007f')
            || !Uri.TryCreate(text, UriKind.Absolute, out var parsed)
        )
            return "invalidUrl";
        if (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps)
            return "invalidUrl";
        var literal = rules.Literal(parsed.DnsSafeHost);
        if (literal is not null && !literal.All(rules.Allows))
            return "addressNotAllowed";
        if (
            parsed.UserInfo.Length > 0
            || parsed.Fragment.Length > 0
            || parsed.Host.Length > MaxHostCharacters
            || !Ascii.IsValid(parsed.Host)
        )
            return "invalidUrl";
        if (!AllowsPort(parsed.Port, literal, rules))
            return "invalidUrl";
        url = parsed;
        return null;
    }

    private static bool AllowsPort(int port, IReadOnlyList<IPAddress>? literal, NetworkRules rules) =>
        port > 0
        && (
            port is 80 or 443
            || (port >= 1024 && !DeniedPorts.Contains(port))
            || (literal is not null && literal.All(rules.Opens))
        );
}
