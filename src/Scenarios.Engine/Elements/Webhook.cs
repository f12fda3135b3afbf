using System.Collections.Frozen;
using System.Text;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Elements;

/// <summary>Calls another system. Its request is rendered once, when the run arrives, and stored with the step.</summary>
/// <param name="Method">GET, POST (default), PUT, PATCH or DELETE.</param>
/// <param name="Url">Absolute http(s); Liquid in path and query only.</param>
/// <param name="Body">Liquid; null sends none.</param>
/// <param name="TimeoutSeconds">1 to 60, default 10.</param>
/// <param name="Retries">0 to 10, default 3.</param>
/// <param name="Keep">Name of the kept answer to the JSON pointer into the response body.</param>
public sealed record Webhook(
    string Id,
    string Name,
    string Method,
    string? Url,
    IReadOnlyDictionary<string, string> Headers,
    string? Body,
    int TimeoutSeconds,
    int Retries,
    IReadOnlyDictionary<string, string> Keep
) : Element(Id, Name)
{
    private static readonly FrozenSet<string> Methods = FrozenSet.Create(
        StringComparer.Ordinal,
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE"
    );

    internal static readonly ElementKind Kind = new(
        ElementCategory.Action,
        [Output.Success, Output.Error],
        null,
        Schema.Object(
            $$$"""
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"], "default": "POST"},
            "url": {"type": "string", "format": "uri", "description": "http or https; Liquid in path and query."},
            "headers": {"type": "object", "maxProperties": {{{ElementLimits.MaxHeaders}}}, "additionalProperties": {"type": "string"}},
            "body": {"type": "string", "maxLength": {{{ElementLimits.MaxBodyLength}}}, "description": "A Liquid template."},
            "timeout": {"type": "integer", "minimum": 1, "maximum": {{{ElementLimits.MaxTimeoutSeconds}}}, "default": 10, "description": "Seconds."},
            "retries": {"type": "integer", "minimum": 0, "maximum": {{{ElementLimits.MaxRetries}}}, "default": 3},
            "keep": {"type": "object", "maxProperties": {{{ElementLimits.MaxKept}}}, "additionalProperties": {"type": "string", "description": "A JSON pointer into the response body."}}
            """,
            "\"required\": [\"url\"]"
        ),
        Read
    );

    public override ElementType Type => ElementType.Webhook;
    public override IReadOnlyList<string> Outputs { get; } = Kind.Outputs;
    public override bool ReadsProfile => true;

    public override IEnumerable<(string Path, string Message)> Missing() =>
        Url is null ? [("/url", "A webhook must have a URL.")] : [];

    internal override Arrival Arrive(in Step at)
    {
        try
        {
            var request = WebhookRendering.Render(this, at.Scope());
            return Arrival.Perform(EffectKind.Webhook, Encoding.UTF8.GetString(request.ToBytes()));
        }
        catch (TemplateException e)
        {
            return Arrival.Leave(Output.Error, Detail.Of("code", e.Code));
        }
    }

    private static Webhook Read(ElementReading reading)
    {
        var (settings, checks) = (reading.Settings, reading.Checks);
        var method = settings.Text("method", ElementLimits.MaxMethodLength) ?? "POST";
        if (!Methods.Contains(method))
            settings.Fault("method", "unknownValue", "Must be one of GET, POST, PUT, PATCH, DELETE.");
        var url = ReadUrl(settings, checks);
        var headers = ReadHeaders(settings, checks);
        var body = settings.Text("body", ElementLimits.MaxBodyLength);
        if (body is not null)
            checks.Template(settings, "body", body);
        var timeout = settings.Whole("timeout", 1, ElementLimits.MaxTimeoutSeconds) ?? 10;
        var retries = settings.Whole("retries", 0, ElementLimits.MaxRetries) ?? 3;
        return new Webhook(reading.Id, reading.Name, method, url, headers, body, timeout, retries, ReadKeep(settings));
    }

    private static string? ReadUrl(JsonObjectReader settings, DefinitionChecks checks)
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

    private static Dictionary<string, string> ReadHeaders(JsonObjectReader settings, DefinitionChecks checks)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (settings.Object("headers") is not { } reader)
            return headers;
        foreach (var (name, _) in reader.Members())
        {
            if (headers.Count == ElementLimits.MaxHeaders)
            {
                settings.Fault("headers", "tooMany", $"At most {ElementLimits.MaxHeaders} headers are allowed.");
                break;
            }
            if (!WebhookHeaders.IsName(name))
                reader.Fault(name, "invalidHeader", "Not a valid name of a header, or one that the sender sets itself.");
            if (reader.Text(name, WebhookHeaders.MaxValueCharacters, required: true) is not { } value)
                continue;
            // Inside Liquid any text is allowed; the rendered value is checked again before it is sent.
            if (!WebhookHeaders.IsValue(LiquidTags.Without(value)))
                reader.Fault(name, "invalidHeader", "Only visible ASCII characters, spaces and tabs are allowed.");
            else
                checks.Template(reader, name, value);
            if (!headers.TryAdd(name, value))
                reader.Fault(name, "duplicateHeader", $"Duplicate header '{name}'.");
        }
        return headers;
    }

    private static Dictionary<string, string> ReadKeep(JsonObjectReader settings)
    {
        var keep = new Dictionary<string, string>(StringComparer.Ordinal);
        if (settings.Object("keep") is not { } reader)
            return keep;
        foreach (var (name, _) in reader.Members())
        {
            if (keep.Count == ElementLimits.MaxKept)
            {
                settings.Fault("keep", "tooMany", $"At most {ElementLimits.MaxKept} kept answers are allowed.");
                break;
            }
            if (!Names.IsId(name))
                reader.Fault(name, "invalidName", "Must be 1 to 64 letters, digits, _ and -.");
            if (reader.Text(name, ElementLimits.MaxPointerLength, required: true) is not { } pointer)
                continue;
            if (!JsonPointer.IsValid(pointer))
                reader.Fault(name, "invalidPointer", "Must be a JSON pointer like /customer/id.");
            keep[name] = pointer;
        }
        return keep;
    }
}
