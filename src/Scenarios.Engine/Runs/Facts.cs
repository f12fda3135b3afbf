using System.Text.Json;
using Scenarios.Engine.Definitions;

namespace Scenarios.Engine.Runs;

/// <summary>A profile as the batch read it.</summary>
/// <param name="Fields">A JSON object of the typed fields.</param>
/// <param name="Subscriptions">A JSON array (elements.md, Profile).</param>
public sealed record ProfileFacts(
    string Id,
    string? Email,
    string? Phone,
    string? TimeZone,
    JsonElement Fields,
    JsonElement Subscriptions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>What is remembered of a profile in a scenario, for rules over scenario history.</summary>
public sealed record ScenarioHistory(int Entries, int Open, int Completed, int Failed)
{
    public static readonly ScenarioHistory None = new(0, 0, 0, 0);
}

/// <summary>
/// All that a step may look at besides its run: the interpreter is handed facts and never fetches any.
/// </summary>
public sealed record Facts(
    int Tenant,
    int Scenario,
    string AccountZone,
    string ScenarioZone,
    ProfileFacts Profile,
    JsonElement Content,
    JsonElement Kept,
    IReadOnlyDictionary<int, ScenarioHistory> Histories,
    DatabaseFields FieldTypes
)
{
    /// <summary>Of the scenario, for templates.</summary>
    public string ScenarioTitle { get; init; } = "";

    public static readonly JsonElement NoJson = JsonDocument.Parse("{}").RootElement;
}
