using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Endpoints;

/// <summary>
/// The parts of a scenario as a request brings them (elements.md). They go on as JSON: what is in a definition, settings
/// and About is checked where they are saved, all faults at once.
/// </summary>
internal sealed record ScenarioBody(
    string? Title,
    string? Database,
    string? Definition,
    string? Settings,
    string? About,
    int? Partitions,
    string? Note,
    Dictionary<string, string>? MoveRuns,
    string[]? KeepTimes = null
)
{
    public const int MaxTitle = 200,
        MaxNote = 1000,
        MaxDefinitionBytes = 1 << 20;

    /// <summary>A definition may be 32 levels deep, inside a body.</summary>
    public const int MaxDepth = 33;

    public static async Task<ScenarioBody> CreateAsync(HttpContext context) =>
        Read(await JsonBody.ReadAsync(context, MaxDepth), (body, problems) =>
            Parts(body, problems, needsTitle: true) with
            {
                Database = body.Text("database", 200, required: true, min: 1),
            }
        );

    /// <summary>What was read may be put back: the members that only we set are taken and mean nothing.</summary>
    public static async Task<ScenarioBody> PutAsync(HttpContext context) =>
        Read(await JsonBody.ReadAsync(context, MaxDepth), (body, problems) =>
        {
            foreach (var ours in (string[])["number", "status", "revision", "createdAt", "updatedAt", "activatedAt"])
                body.Names(ours);
            return Parts(body, problems, needsTitle: false) with
            {
                Database = body.Text("database", 200, min: 1),
                Note = body.Text("note", MaxNote),
                MoveRuns = MovesOf(body),
                KeepTimes = KeptOf(body),
            };
        });

    /// <summary>An older revision is taken as it was; what may be said is what happens to those inside.</summary>
    public static async Task<ScenarioBody> RestoreAsync(HttpContext context) =>
        Read(await JsonBody.ReadAsync(context, optional: true), (body, _) =>
            new ScenarioBody(null, null, null, null, null, null, body.Text("note", MaxNote), MovesOf(body), KeptOf(body))
        );

    public static async Task<ScenarioBody> PatchAsync(HttpContext context) =>
        Read(await JsonBody.ReadAsync(context, MaxDepth), (body, _) =>
            new ScenarioBody(TitleOf(body, false), null, null, null, RawObject(body, "about"), null, null, null)
        );

    public static async Task<ScenarioBody> CloneAsync(HttpContext context) =>
        Read(await JsonBody.ReadAsync(context, optional: true), (body, _) =>
            new ScenarioBody(TitleOf(body, false), null, null, null, null, body.Whole("partitions", 1, 256), null, null)
        );

    /// <summary>For a check only: what is absent is taken from what is saved.</summary>
    public static async Task<ScenarioBody> ValidateAsync(HttpContext context) =>
        Read(await JsonBody.ReadAsync(context, MaxDepth, optional: true), (body, problems) =>
            Parts(body, problems, needsTitle: false)
        );

    public Save Save(int? ifRevision, bool dryRun, Actor actor) =>
        new(ifRevision, Definition, Settings, Title, About, Database, MoveRuns, dryRun, Note, actor, KeepTimes);

    private static ScenarioBody Read(JsonBody json, Func<JsonObjectReader, List<Problem>, ScenarioBody> read)
    {
        var problems = new List<Problem>();
        var body = json.Object(problems);
        var parts = read(body, problems);
        body.Done();
        Refused.If(problems);
        return parts;
    }

    private static ScenarioBody Parts(JsonObjectReader body, List<Problem> problems, bool needsTitle)
    {
        var definition = RawObject(body, "definition");
        if (definition is not null && System.Text.Encoding.UTF8.GetByteCount(definition) > MaxDefinitionBytes)
            problems.Add(new Problem("/definition", "tooLarge", $"A definition has at most {MaxDefinitionBytes} bytes."));
        return new ScenarioBody(
            TitleOf(body, needsTitle),
            null,
            definition,
            RawObject(body, "settings"),
            RawObject(body, "about"),
            null,
            null,
            null
        );
    }

    private static string? TitleOf(JsonObjectReader body, bool required)
    {
        var title = body.Text("title", MaxTitle, required, min: 1);
        if (title is not null && title.Any(char.IsControl))
            body.Fault("title", "unsupportedCharacter", "A title must not have control characters.");
        else if (title is not null && string.IsNullOrWhiteSpace(title))
            body.Fault("title", "blank", "A title must not consist of white space only.");
        return title;
    }

    private static string? RawObject(JsonObjectReader body, string name)
    {
        if (!body.Has(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Object)
            return value.GetRawText();
        body.Fault(name, "wrongType", "Must be an object.");
        return null;
    }

    private static string[]? KeptOf(JsonObjectReader body)
    {
        if (!body.Names("keepTimes"))
            return null;
        var ids = new List<string>();
        foreach (var (json, path) in body.Array("keepTimes", 300))
            if (json.ValueKind == JsonValueKind.String)
                ids.Add(json.GetString()!);
            else
                body.FaultAt(path, "wrongType", "Must be the id of an element.");
        return [.. ids];
    }

    private static Dictionary<string, string>? MovesOf(JsonObjectReader body)
    {
        if (body.Object("moveRuns") is not { } moves)
            return null;
        var targets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (deleted, target) in moves.Members())
        {
            if (target.ValueKind == JsonValueKind.String)
                targets.Add(deleted, target.GetString()!);
            else
                moves.Fault(deleted, "wrongType", "Must be the id of an element.");
        }
        return targets;
    }
}
