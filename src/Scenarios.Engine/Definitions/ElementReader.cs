using System.Text.Json;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// One element of each type. A faulty setting reads as its default after its fault was noted, so that the links of the element
/// are still checked; an element of an unknown type is null.
/// </summary>
internal sealed class ElementReader(List<Problem> problems, DefinitionChecks checks)
{
    /// <param name="id">As it was sent, also when it is not a good id; null when there is none.</param>
    public Element? Read(JsonElement json, string path, out string? id)
    {
        var element = new JsonObjectReader(json, path, problems);
        id = element.Text("id", int.MaxValue, required: true);
        element.ElementId = id;
        if (id is not null && !Names.IsId(id))
            element.Fault("id", "invalidId", "Must be 1 to 64 letters, digits, _ and -.");
        var name = element.Text("name", ElementLimits.MaxNameLength);
        var settings = element.Object("settings")
            ?? new JsonObjectReader(Facts.NoJson, element.PathOf("settings"), problems, id);
        var read = Type(element) is { } type
            ? ElementKind
                .Of(type)
                .Read(new ElementReading(id ?? "", string.IsNullOrEmpty(name) ? id ?? "" : name, settings, checks, problems))
            : null;
        element.Done();
        if (read is not null)
            settings.Done();
        return read;
    }

    private static ElementType? Type(JsonObjectReader element)
    {
        if (element.Text("type", ElementLimits.MaxIdLength, required: true) is not { } name)
            return null;
        if (Name<ElementType>.TryParse(name, out var type))
            return type;
        element.Fault("type", "unknownType", $"Must be one of {string.Join(", ", Name<ElementType>.All)}.");
        return null;
    }
}
