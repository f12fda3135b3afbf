using System.Text.Json;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Scenarios;

/// <summary>
/// Reads back what was saved. It was checked when it came in; what this version cannot read all the same (written by a
/// newer one, or damaged) sets the scenario aside with a null, and stops no silo.
/// </summary>
public static class StoredDefinition
{
    public static Definition? Read(string json) => DefinitionReader.Read(JsonMerge.Parse(json), "/definition", [], _ => null);

    public static ScenarioSettings ReadSettings(string json) =>
        ScenarioSettings.Read(JsonMerge.Parse(json), "/settings", []) ?? ScenarioSettings.Default;

    public static DatabaseFields ReadFields(string json)
    {
        using var document = JsonDocument.Parse($"{{\"fields\":{json}}}");
        return DatabaseFields.Read(new JsonObjectReader(document.RootElement, "", new List<Problem>()), "fields")
            ?? new DatabaseFields([]);
    }
}
