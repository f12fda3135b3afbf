using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Elements;

public enum ElementCategory
{
    Trigger,
    Operator,
    Action,
}

/// <summary>A type of element as the palette shows it, and how one is read.</summary>
/// <param name="Outputs">Those that every element of the type has.</param>
/// <param name="OutputsFrom">The setting whose members name further outputs, before the fixed ones; or null.</param>
/// <param name="Settings">
/// JSON schema (draft 2020-12) of the settings. It helps authors of definitions; the reader knows more than a
/// schema can say.
/// </param>
public sealed record ElementKind(
    ElementCategory Category,
    IReadOnlyList<string> Outputs,
    string? OutputsFrom,
    string Settings,
    Func<ElementReading, Element> Read
)
{
    /// <summary>The registration of all types: without its line here a new one does not compile.</summary>
    public static ElementKind Of(ElementType type) =>
        type switch
        {
            ElementType.ApiCall => ApiCall.Kind,
            ElementType.Wait => Wait.Kind,
            ElementType.Condition => Condition.Kind,
            ElementType.Split => Split.Kind,
            ElementType.Goto => Goto.Kind,
            ElementType.End => End.Kind,
            ElementType.Webhook => Webhook.Kind,
            ElementType.UpdateProfile => UpdateProfile.Kind,
        };
}

/// <summary>What a type reads an element from.</summary>
/// <param name="Settings">Empty where none were sent. A faulty setting is noted there and reads as its default.</param>
/// <param name="Problems">The same list that <paramref name="Settings"/> adds to.</param>
public readonly record struct ElementReading(
    string Id,
    string Name,
    JsonObjectReader Settings,
    DefinitionChecks Checks,
    List<Problem> Problems
);

/// <summary>Pieces of the schemas of settings.</summary>
internal static class Schema
{
    public const string Duration = """
        {"type": "object", "additionalProperties": false, "minProperties": 1, "properties": {"days": {"type": "integer", "minimum": 0}, "hours": {"type": "integer", "minimum": 0}, "minutes": {"type": "integer", "minimum": 0}, "seconds": {"type": "integer", "minimum": 0}}}
        """;

    public const string TimeOfDay = """{"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}""";

    /// <param name="properties">Without the braces around them.</param>
    /// <param name="further">More keywords of the schema, such as <c>"required": ["url"]</c>.</param>
    public static string Object(string properties, string? further = null) =>
        $$"""{"type": "object", "additionalProperties": false{{(further is null ? "" : ", " + further)}}, "properties": { {{properties}} } }""";
}
