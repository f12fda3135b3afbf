using System.Collections.Frozen;

namespace Scenarios.Engine.Webhooks;

/// <summary>What may be a header of a webhook: checked when a scenario is saved, and again for the rendered value.</summary>
public static class WebhookHeaders
{
    public const int MaxValueCharacters = 8192;

    /// <summary>They frame the message, name its receiver, or are promises of ours to the receiver.</summary>
    private static readonly FrozenSet<string> Ours = new[]
    {
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Proxy-Authorization",
        "Upgrade",
        "TE",
        "Trailer",
        "Expect",
        "Idempotency-Key",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "Scenarios-Attempt",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>An RFC 9110 token that is not one of ours.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 200
        && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
        && !Ours.Contains(name);

    /// <summary>Visible ASCII, spaces and tabs: a line break would begin another header.</summary>
    public static bool IsValue(string value) =>
        value.Length <= MaxValueCharacters && value.All(c => c is >= ' ' and <= '~' or '\t');
}
