using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Grains;

/// <summary>What a request to create or save a scenario came to, once read: texts as they are stored, or a refusal.</summary>
internal sealed record ReadScenario(
    Definition? Graph,
    string? Definition,
    string? Layout,
    ScenarioSettings? Settings,
    string? About,
    Refusal? Refusal
);

/// <summary>Reads the JSON of scenarios as it is saved: every fault at once, and defaults filled in.</summary>
internal sealed class SavedScenario(NetworkRules networks)
{
    /// <summary>Bytes of a definition (api.md, limits).</summary>
    public const int DefinitionLimit = 1024 * 1024;

    public const string EmptyDefinition = """{"elements":[{"id":"start","type":"apiCall","name":"Default"}],"links":[]}""";

    /// <param name="inDatabase">When given, the graph is also held against the fields of its database, as activation
    /// will.</param>
    public ReadScenario Read(string? definition, string? settings, string? about, DatabaseFields? inDatabase, int? self = null)
    {
        var problems = new List<Problem>();
        Definition? graph = null;
        string? stored = null,
            layout = null;
        if (definition is not null)
        {
            if (Encoding.UTF8.GetByteCount(definition) > DefinitionLimit)
                return Refused(Refusal.Of(RefusalCode.DefinitionTooLarge, "A definition may have at most 1 MB."));
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
