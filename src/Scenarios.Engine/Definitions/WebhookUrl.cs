using System.Buffers;
using System.Text.RegularExpressions;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// What may be the URL of a webhook (reliability.md, rows 65 and 66): absolute http or https, at most 2,048 characters, no
/// user info, no fragment, Liquid in path and query only, a plain host, a port that web servers use. This looks at the text;
/// where its name leads is checked when a connection is made.
/// </summary>
public static partial class WebhookUrl
{
    public const int MaxLength = 2048;

    /// <summary>Ports of databases, caches, orchestrators and desktops: nobody takes webhooks there.</summary>
    private static readonly HashSet<int> DeniedPorts =
        [1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 5984, 6379, 6443, 6667, 9042, 9092, 9200, 9300, 10250, 11211, 27017];

    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]");

    private static readonly SearchValues<char> MustBeEscaped = SearchValues.Create(" \\#<>\"^`{|}");

    public static bool IsPortAllowed(int port) => port is 80 or 443 || (port is >= 1024 and <= 65535 && !DeniedPorts.Contains(port));

    /// <summary>Null when the text is good, else what is wrong with it.</summary>
    /// <param name="host">The host as it will be resolved, IPv4 in dotted form.</param>
    public static string? Check(string url, out string host)
    {
        host = "";
        if (url.Length > MaxLength) return $"At most {MaxLength} characters are allowed.";
        if (url.Any(char.IsControl)) return "A control character is not allowed.";
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || url[..scheme].ToLowerInvariant() is not ("http" or "https")) return "An absolute http or https URL is expected.";
        var pathAt = url.AsSpan(scheme + 3).IndexOfAny("/?#\\");
        var authority = pathAt < 0 ? url.AsSpan(scheme + 3) : url.AsSpan(scheme + 3, pathAt);
        if (authority.Contains('{')) return "Liquid is allowed in the path and the query only.";
        if (authority.Contains('@')) return "A user name is not allowed.";
        if (authority.ContainsAnyExcept(HostCharacters)) return "The host has a character that is not allowed (write an international name in its xn-- form).";
        var rest = Liquid().Replace(url[(scheme + 3 + authority.Length)..], "x");
        if (rest.AsSpan().ContainsAny(MustBeEscaped)) return "The path or the query has a character that must be escaped.";
        if (!Uri.TryCreate(url[..(scheme + 3)] + authority.ToString() + rest, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return "This is not a URL.";
        if (!IsPortAllowed(uri.Port)) return $"The port {uri.Port} is not allowed.";
        host = uri.IdnHost;
        return null;
    }

    [GeneratedRegex(@"\{\{.*?\}\}|\{%.*?%\}", RegexOptions.Singleline)]
    private static partial Regex Liquid();
}
