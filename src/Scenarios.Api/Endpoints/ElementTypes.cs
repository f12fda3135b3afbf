using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Endpoints;

/// <summary>
/// The palette: each element type with its category, its outputs and the JSON schema of its settings. The schema helps
/// whoever writes a definition; what is accepted is decided by the readers of the engine, which know more than a schema can say.
/// </summary>
internal static class ElementTypes
{
    /// <param name="Outputs">Those that every element of the type has.</param>
    /// <param name="OutputsFrom">The setting whose members name further outputs, before the fixed ones; or null.</param>
    /// <param name="Settings">JSON schema (draft 2020-12).</param>
    private sealed record Kind(string Category, string[] Outputs, string? OutputsFrom, string Settings);

    public static void MapElementTypes(this IEndpointRouteBuilder api) =>
        api.MapGet("/element-types", () => Answer.Written(Write))
            .Needs(Role.Viewer)
            .Produces<Palette>()
            .WithSummary("The palette: types of element with outputs and settings");

    internal static void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("items");
        foreach (var type in Enum.GetValues<ElementType>())
        {
            var kind = Of(type);
            json.WriteStartObject();
            json.WriteString("type", Name<ElementType>.Of(type));
            json.WriteString("category", kind.Category);
            json.WriteStartArray("outputs");
            foreach (var output in kind.Outputs)
                json.WriteStringValue(output);
            json.WriteEndArray();
            json.WriteString("outputsFrom", kind.OutputsFrom);
            json.WritePropertyName("settings");
            json.WriteRawValue(kind.Settings);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("nextCursor");
        json.WriteEndObject();
    }

    private static Kind Of(ElementType type) =>
        type switch
        {
            ElementType.ApiCall => new(
                "trigger",
                [Output.Next],
                null,
                Object(
                    """
                    "enabled": {"type": "boolean", "default": true, "description": "Switched off, its captures are declined startDisabled."}
                    """
                )
            ),
            ElementType.Wait => new(
                "operator",
                [Output.Next, Output.NotComputable],
                null,
                Object(
                    $$$"""
                    "duration": {{{Duration}}},
                    "until": {"type": "string", "format": "date-time"},
                    "field": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {
                        "name": {"type": "string", "description": "A date or dateTime field of the profile."},
                        "offset": {{{Duration}}}, "before": {"type": "boolean", "default": false}, "at": {{{TimeOfDay}}} }},
                    "window": {"type": "object", "additionalProperties": false, "required": ["weekdays", "from", "to"], "properties": {
                        "weekdays": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "integer", "minimum": 1, "maximum": 7, "description": "1 is Monday."}},
                        "from": {{{TimeOfDay}}}, "to": {{{TimeOfDay}}} }},
                    "zone": {"type": "string", "default": "scenario", "description": "account, scenario, profile or an IANA zone."},
                    "past": {"enum": ["continue", "exit"], "default": "continue"}
                    """,
                    "\"oneOf\": [{\"required\": [\"duration\"]}, {\"required\": [\"until\"]}, {\"required\": [\"field\"]}, {\"required\": [\"window\"]}]"
                )
            ),
            ElementType.Condition => new(
                "operator",
                [Output.Else],
                "branches",
                Object(
                    $$$"""
                    "branches": {"type": "array", "minItems": 1, "maxItems": {{{ElementLimits.MaxBranches}}}, "description": "The first that holds wins.", "items": {
                        "type": "object", "additionalProperties": false, "required": ["output", "rules"], "properties": {
                            "output": {"type": "string", "minLength": 1, "maxLength": 64}, "rules": {"type": "object", "description": "Rules of the API reference: all, any, not, or a leaf."} } } }
                    """,
                    "\"required\": [\"branches\"]"
                )
            ),
            ElementType.Split => new(
                "operator",
                [],
                "branches",
                Object(
                    $$$"""
                    "branches": {"type": "array", "minItems": {{{ElementLimits.MinShares}}}, "maxItems": {{{ElementLimits.MaxShares}}}, "description": "The percents add up to 100.", "items": {
                        "type": "object", "additionalProperties": false, "required": ["output", "percent"], "properties": {
                            "output": {"type": "string", "minLength": 1, "maxLength": 64}, "percent": {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.001} } } },
                    "draw": {"enum": ["stable", "eachEntry"], "default": "stable"}
                    """,
                    "\"required\": [\"branches\"]"
                )
            ),
            ElementType.Goto => new(
                "operator",
                [Output.Declined],
                null,
                Object(
                    """
                    "scenario": {"type": "integer", "minimum": 1, "description": "The number of a scenario on the same database."},
                    "start": {"type": "string", "description": "The trigger to start at; the default one when absent."}
                    """,
                    "\"required\": [\"scenario\"]"
                )
            ),
            ElementType.End => new(
                "operator",
                [],
                null,
                Object(
                    """
                    "goal": {"type": "string", "minLength": 1, "maxLength": 200}
                    """
                )
            ),
            ElementType.Webhook => new(
                "action",
                [Output.Success, Output.Error],
                null,
                Object(
                    """
                    "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"], "default": "POST"},
                    "url": {"type": "string", "format": "uri", "description": "http or https; Liquid in path and query."},
                    "headers": {"type": "object", "maxProperties": 50, "additionalProperties": {"type": "string"}},
                    "body": {"type": "string", "maxLength": 65536, "description": "Liquid."},
                    "timeout": {"type": "integer", "minimum": 1, "maximum": 60, "default": 10, "description": "Seconds."},
                    "retries": {"type": "integer", "minimum": 0, "maximum": 10, "default": 3},
                    "keep": {"type": "object", "maxProperties": 20, "additionalProperties": {"type": "string", "description": "A JSON pointer into the answer."}}
                    """,
                    "\"required\": [\"url\"]"
                )
            ),
            ElementType.UpdateProfile => new(
                "action",
                [Output.Next, Output.Error],
                null,
                Object(
                    """
                    "set": {"type": "object", "description": "Field to value; null clears. Texts are Liquid."},
                    "add": {"type": "object", "description": "List field to what is added."},
                    "remove": {"type": "object", "description": "List field to what is removed."},
                    "increment": {"type": "object", "additionalProperties": {"type": "number"}},
                    "subscriptions": {"type": "array", "items": {"type": "object", "required": ["channel", "status"]}}
                    """
                )
            ),
        };

    private const string Duration = """
        {"type": "object", "additionalProperties": false, "minProperties": 1, "properties": {"days": {"type": "integer", "minimum": 0}, "hours": {"type": "integer", "minimum": 0}, "minutes": {"type": "integer", "minimum": 0}, "seconds": {"type": "integer", "minimum": 0}}}
        """;

    private const string TimeOfDay = """{"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}""";

    private static string Object(string properties, string? further = null) =>
        $$"""{"type": "object", "additionalProperties": false{{(further is null ? "" : ", " + further)}}, "properties": { {{properties}} } }""";
}
