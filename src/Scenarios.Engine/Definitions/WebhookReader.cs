using System.Collections.Frozen;
using Scenarios.Engine.Json;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Definitions;

/// <summary>The settings of a <c>webhook</c>; without a URL it is incomplete.</summary>
internal static class WebhookReader
{
    private const int MaxHeaders = 50,
        MaxBodyLength = 64 * 1024,
        MaxKept = 20,
        MaxPointerLength = 500;

    private static readonly FrozenSet<string> Methods = FrozenSet.Create(
        StringComparer.Ordinal,
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE"
    );

    public static Webhook Read(string id, string name, JsonObjectReader settings, DefinitionChecks checks)
    {
        var method = settings.Text("method", 10) ?? "POST";
        if (!Methods.Contains(method))
            settings.Fault("method", "unknownValue", "One of GET, POST, PUT, PATCH, DELETE is expected.");
        var url = Url(settings, checks);
        var headers = Headers(settings, checks);
        var body = settings.Text("body", MaxBodyLength);
        if (body is not null)
            checks.Template(settings, "body", body);
        var timeout = settings.Whole("timeout", 1, 60) ?? 10;
        var retries = settings.Whole("retries", 0, 10) ?? 3;
        return new Webhook(id, name, method, url, headers, body, timeout, retries, Keep(settings));
    }

    private static string? Url(JsonObjectReader settings, DefinitionChecks checks)
    {
        if (!settings.Has("url", out var value))
            return null;
        if (value.ValueKind != System.Text.Json.JsonValueKind.String)
            return settings.Text("url", 0);
        var url = value.GetString()!;
        if (url.Length == 0)
            return null;
        if (LiquidUrl.Fault(url, checks.Networks) is { } fault)
            settings.Fault("url", fault.Code, fault.Message);
        else
            checks.Template(settings, "url", url);
        return url;
    }

    private static Dictionary<string, string> Headers(JsonObjectReader settings, DefinitionChecks checks)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (settings.Object("headers") is not { } reader)
            return headers;
        foreach (var (name, _) in reader.Members())
        {
            if (headers.Count == MaxHeaders)
            {
                settings.Fault("headers", "tooMany", $"At most {MaxHeaders} are allowed.");
                break;
            }
            if (!WebhookHeaders.IsName(name))
                reader.Fault(name, "invalidHeader", "This is not the name of a header, or of one that the sender sets itself.");
            if (reader.Text(name, WebhookHeaders.MaxValueCharacters, required: true) is not { } value)
                continue;
            // Inside of Liquid any text may stand; what comes of it is looked at again before it is sent.
            if (!WebhookHeaders.IsValue(LiquidTags.Without(value)))
                reader.Fault(name, "invalidHeader", "Visible ASCII characters, spaces and tabs are allowed.");
            else
                checks.Template(reader, name, value);
            if (!headers.TryAdd(name, value))
                reader.Fault(name, "duplicateHeader", "This header stands twice.");
        }
        return headers;
    }

    private static Dictionary<string, string> Keep(JsonObjectReader settings)
    {
        var keep = new Dictionary<string, string>(StringComparer.Ordinal);
        if (settings.Object("keep") is not { } reader)
            return keep;
        foreach (var (name, _) in reader.Members())
        {
            if (keep.Count == MaxKept)
            {
                settings.Fault("keep", "tooMany", $"At most {MaxKept} are allowed.");
                break;
            }
            if (!Names.IsId(name))
                reader.Fault(name, "invalidName", "1 to 64 letters, digits, _ and - are allowed.");
            if (reader.Text(name, MaxPointerLength, required: true) is not { } pointer)
                continue;
            if (!JsonPointer.IsValid(pointer))
                reader.Fault(name, "invalidPointer", "A JSON pointer like /customer/id is expected.");
            keep[name] = pointer;
        }
        return keep;
    }
}
