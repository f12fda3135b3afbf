using System.Buffers;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// A webhook's URL as it is saved: Liquid is allowed in the path and the query only, so that no profile decides where a request
/// goes. The rest is judged by <see cref="WebhookUrl"/>, which is asked again of the rendered text.
/// </summary>
internal static class LiquidUrl
{
    public const int MaxCharacters = 2048;

    private static readonly SearchValues<char> HostCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]"
    );

    private static readonly SearchValues<char> MustBeEscaped = SearchValues.Create(" \\#<>\"^`{|}");

    public static (string Code, string Message)? Fault(string url, NetworkRules networks)
    {
        if (url.Length > MaxCharacters)
            return Invalid($"At most {MaxCharacters} characters are allowed.");
        if (url.Any(char.IsControl))
            return Invalid("Control characters are not allowed.");
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return Invalid("Must be an absolute http or https URL.");
        var begin = scheme + 3;
        var end = url.AsSpan(begin).IndexOfAny("/?#\\");
        var host = end < 0 ? url.AsSpan(begin) : url.AsSpan(begin, end);
        if (url.AsSpan(0, scheme).Contains('{') || host.Contains('{'))
            return Invalid("Liquid is allowed only in the path and the query.");
        if (host.Contains('@'))
            return Invalid("A user name is not allowed.");
        // An international name has many spellings for one place; its ASCII form has one.
        if (host.ContainsAnyExcept(HostCharacters))
            return Invalid("The host contains a character that is not allowed. Write an international name in its xn-- form.");
        var plain = LiquidTags.Without(url);
        if (plain.AsSpan(begin + host.Length).ContainsAny(MustBeEscaped))
            return Invalid("The path or the query contains a character that must be escaped.");
        return WebhookUrl.Fault(plain, networks, out _) switch
        {
            null => null,
            "addressNotAllowed" => ("addressNotAllowed", "Webhooks cannot reach this address."),
            _ => Invalid("Must be an absolute http or https URL of a public port."),
        };
    }

    private static (string, string) Invalid(string message) => ("invalidUrl", message);
}
