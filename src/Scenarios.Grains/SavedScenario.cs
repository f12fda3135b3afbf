using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Grains;

/// <summary>A request to create or save a scenario after reading: the texts to store, or a refusal.</summary>
internal sealed record ReadScenario(
    Definition? Graph,
    string? Definition,
    string? Layout,
    ScenarioSettings? Settings,
    string? About,
    Refusal? Refusal
);

/// <summary>
/// Reads the JSON of a scenario that is being saved. It reports every fault at once and fills in defaults.
/// </summary>
internal sealed class SavedScenario(NetworkRules networks)
{
    /// <summary>The largest definition, in bytes (api.md, limits).</summary>
    public const int DefinitionLimit = 1024 * 1024;

    public const string EmptyDefinition = """{"elements":[{"id":"start","type":"apiCall","name":"Default"}],"links":[]}""";

    /// <param name="inDatabase">When given, the graph is also checked against the fields of its database, as on
    /// activation.</param>
    public ReadScenario Read(string? definition, string? settings, string? about, DatabaseFields? inDatabase, int? self = null)
    {
        var problems = new List<Problem>();
        Definition? graph = null;
        string? stored = null,
            layout = null;
        if (definition is not null)
        {
            if (Encoding.UTF8.GetByteCount(definition) > DefinitionLimit)
                return Refused(Refusal.Of(RefusalCode.DefinitionTooLarge, "Definition too large: at most 1 MB is allowed."));
            var json = JsonMerge.Parse(definition);
            graph = DefinitionReader.Read(json, "/definition", problems, Template.Check, networks);
            if (graph is not null)
            {
                stored = Detail.Write(writer =>
                {
                    foreach (var member in (string[])["elements", "links"])
                        if (json.TryGetProperty(member, out var value))
                        {
                            writer.WritePropertyName(member);
                            value.WriteTo(writer);
                        }
                });
                if (json.TryGetProperty("layout", out var places) && places.ValueKind == JsonValueKind.Object)
                    layout = places.GetRawText();
                problems.AddRange(Validator.Validate(graph, inDatabase, self).Where(p => p.Code == "gotoItself"));
            }
        }
        var read = settings is null
            ? ScenarioSettings.Default
            : ScenarioSettings.Read(JsonMerge.Parse(settings), "/settings", problems);
        var told = about is null ? About.Default : About.Read(JsonMerge.Parse(about), "/about", problems);
        return problems.Count > 0
            ? Refused(Refusal.Invalid([.. problems.Select(FaultOf)]))
            : new ReadScenario(graph, stored, layout, read, Write(told!), null);
    }

    public static Fault FaultOf(Problem problem) =>
        new(problem.Path, problem.Code, problem.Message, problem.Element, problem.Severity == Severity.Warning);

    public static string Write(ScenarioSettings settings) => Json(settings.Write);

    private static string Write(About about) => Json(about.Write);

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static ReadScenario Refused(Refusal refusal) => new(null, null, null, null, null, refusal);
}
