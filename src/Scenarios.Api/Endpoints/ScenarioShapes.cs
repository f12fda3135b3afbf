using System.Text.Json;

namespace Scenarios.Api.Endpoints;

// Shapes of bodies and of answers that are written by hand, for the reference (elements.md says what they hold).

public sealed record ScenarioToCreate(
    string Title,
    string Database,
    JsonElement? Definition = null,
    JsonElement? Settings = null,
    JsonElement? About = null
);

/// <param name="MoveRuns">Id of a deleted element to the id of the element to which its runs move; without it they end
/// <c>elementDeleted</c>.</param>
/// <param name="KeepTimes">Changed waits: those who wait there leave when they would have left.</param>
public sealed record ScenarioToSave(
    string? Title = null,
    string? Database = null,
    JsonElement? Definition = null,
    JsonElement? Settings = null,
    JsonElement? About = null,
    string? Note = null,
    IReadOnlyDictionary<string, string>? MoveRuns = null,
    IReadOnlyList<string>? KeepTimes = null
);

/// <param name="MoveRuns">As in a save, for elements that the restored revision does not have.</param>
public sealed record RevisionToRestore(
    string? Note = null,
    IReadOnlyDictionary<string, string>? MoveRuns = null,
    IReadOnlyList<string>? KeepTimes = null
);

public sealed record ScenarioToDescribe(string? Title = null, JsonElement? About = null);

public sealed record ScenarioToClone(string? Title = null, int? Partitions = null);

public sealed record ScenarioToValidate(
    string? Title = null,
    JsonElement? Definition = null,
    JsonElement? Settings = null,
    JsonElement? About = null
);

public sealed record ScenarioProblems(bool Valid, IReadOnlyList<ScenarioProblems.Problem> Problems)
{
    /// <param name="Severity">error or warning.</param>
    public sealed record Problem(string? Element, string Code, string Message, string Severity, string Path);
}

/// <param name="Clear">End the frozen runs instead of letting them go on.</param>
public sealed record Activation(bool? Clear = null);

/// <param name="Frozen">How many are frozen, or were until now.</param>
/// <param name="Overdue">Of them, whose wait is over: they leave first, at the scenario's rate.</param>
public sealed record Activated(string Status, long Frozen, long Overdue, DateTimeOffset? LastLeavesAt);

/// <param name="Mode">end, freeze or finish; the scenario's setting decides when absent.</param>
public sealed record Deactivation(string? Mode = null);

public sealed record Deactivated(string Status, long Frozen, long Ended);

public sealed record Cleared(long Ended);

public sealed record DraftView(long Version, string By, DateTimeOffset At, JsonElement Draft);

public sealed record DraftKept(long Version, string By, DateTimeOffset At);

public sealed record Release(string? Output = null);

public sealed record Postponement(DateTimeOffset Until);

public sealed record Move(string To);

public sealed record Palette(IReadOnlyList<Palette.ElementKind> Items, string? NextCursor)
{
    /// <param name="OutputsFrom">The setting whose members name further outputs, before the fixed ones.</param>
    /// <param name="Settings">JSON schema.</param>
    public sealed record ElementKind(
        string Type,
        string Category,
        IReadOnlyList<string> Outputs,
        string? OutputsFrom,
        JsonElement Settings
    );
}
