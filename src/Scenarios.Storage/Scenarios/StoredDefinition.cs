using System.Text.Json;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Scenarios;

/// <summary>
/// Reads a saved definition. It was validated when it was saved; a definition that this version still cannot read
/// (written by a newer version, or damaged) gives null, which sets its scenario aside but stops no silo.
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
