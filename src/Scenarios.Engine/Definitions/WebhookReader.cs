using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Definitions;

/// <summary>The settings of a <c>webhook</c>; without a URL it is incomplete.</summary>
internal static partial class WebhookReader
{
    private const int MaxHeaders = 50, MaxHeaderLength = 4000, MaxBodyLength = 64 * 1024, MaxKept = 20, MaxPointerLength = 500;

    private static readonly FrozenSet<string> Methods = FrozenSet.Create(StringComparer.Ordinal, "GET", "POST", "PUT", "PATCH", "DELETE");

    private static readonly SearchValues<char> HeaderName =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Headers that frame the request, or that we sign and key it with.</summary>
    private static readonly FrozenSet<string> OwnHeaders = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE", "Trailer", "Upgrade", "Expect",
        "Idempotency-Key", "webhook-id", "webhook-timestamp", "webhook-signature");

    public static Webhook Read(string id, string name, JsonObjectReader settings, DefinitionChecks checks)
    {
        var method = settings.Text("method", 10) ?? "POST";
        if (!Methods.Contains(method)) settings.Fault("method", "unknownValue", "One of GET, POST, PUT, PATCH, DELETE is expected.");
        var url = Url(settings, checks);
        var headers = Headers(settings, checks);
        var body = settings.Text("body", MaxBodyLength);
        if (body is not null) checks.Template(settings, "body", body);
        var timeout = settings.Whole("timeout", 1, 60) ?? 10;
        var retries = settings.Whole("retries", 0, 10) ?? 3;
        return new Webhook(id, name, method, url, headers, body, timeout, retries, Keep(settings));
    }

    private static string? Url(JsonObjectReader settings, DefinitionChecks checks)
    {
        if (!settings.Has("url", out var value)) return null;
        if (value.ValueKind != System.Text.Json.JsonValueKind.String) return settings.Text("url", 0);
        var url = value.GetString()!;
        if (url.Length == 0) return null;
        if (WebhookUrl.Check(url, out var host) is { } fault) settings.Fault("url", "invalidUrl", fault);
        else if (checks.CheckHost?.Invoke(host) is { } denied) settings.Fault("url", "addressNotAllowed", denied);
        else checks.Template(settings, "url", url);
        return url;
    }

    private static Dictionary<string, string> Headers(JsonObjectReader settings, DefinitionChecks checks)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (settings.Object("headers") is not { } reader) return headers;
        foreach (var (name, _) in reader.Members())
        {
            if (headers.Count == MaxHeaders)
            {
                settings.Fault("headers", "tooMany", $"At most {MaxHeaders} are allowed.");
                break;
            }
            if (name.Length is 0 or > 100 || name.AsSpan().ContainsAnyExcept(HeaderName)) reader.Fault(name, "invalidHeader", "This is not the name of a header.");
            else if (OwnHeaders.Contains(name)) reader.Fault(name, "invalidHeader", "This header is set by the sender itself.");
            if (reader.Text(name, MaxHeaderLength, required: true) is not { } value) continue;
            if (value.Any(c => char.IsControl(c) && c != '\t')) reader.Fault(name, "invalidHeader", "The value has a control character.");
            else checks.Template(reader, name, value);
            if (!headers.TryAdd(name, value)) reader.Fault(name, "duplicateHeader", "This header stands twice.");
        }
        return headers;
    }

    private static Dictionary<string, string> Keep(JsonObjectReader settings)
    {
        var keep = new Dictionary<string, string>(StringComparer.Ordinal);
        if (settings.Object("keep") is not { } reader) return keep;
        foreach (var (name, _) in reader.Members())
        {
            if (keep.Count == MaxKept)
            {
                settings.Fault("keep", "tooMany", $"At most {MaxKept} are allowed.");
                break;
            }
            if (!Names.IsId(name)) reader.Fault(name, "invalidName", "1 to 64 letters, digits, _ and - are allowed.");
            if (reader.Text(name, MaxPointerLength, required: true) is not { } pointer) continue;
            if (!Pointer().IsMatch(pointer)) reader.Fault(name, "invalidPointer", "A JSON pointer like /customer/id is expected.");
            keep[name] = pointer;
        }
        return keep;
    }

    [GeneratedRegex(@"^(/([^~/]|~[01])*)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Pointer();
}
