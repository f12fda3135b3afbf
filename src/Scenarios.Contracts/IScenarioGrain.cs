using Orleans.Concurrency;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;

namespace Scenarios.Contracts;

/// <summary>The control plane of one scenario: definition and revisions, settings, status, the gate.</summary>
[Alias("scenario")]
public interface IScenarioGrain : IGrainWithStringKey
{
    /// <summary>
    /// Publishes a new definition or new settings as the next revision, if <see cref="Save.IfRevision"/> is still the newest.
    /// </summary>
    [Alias("save")]
    Task<SaveAnswer> Save([Immutable] Save save);

    [Alias("activate")]
    Task<GateAnswer> Activate([Immutable] Activate request);

    /// <summary>Stops it.</summary>
    /// <param name="mode">A <see cref="StopMode"/>, as text; null lets the setting decide.</param>
    [Alias("deactivate")]
    Task<GateAnswer> Deactivate(string? mode, Actor actor);

    /// <summary>Ends every run that entered before this call, as <c>cleared</c>.</summary>
    [Alias("clear")]
    Task<GateAnswer> Clear(Actor actor);

    /// <summary>To the trash, while inactive; frozen runs end <c>scenarioDeleted</c>.</summary>
    [Alias("delete")]
    Task<GateAnswer> Delete(Actor actor);

    /// <summary>One action for many runs, as a task; a dry run only counts.</summary>
    [Alias("bulk")]
    Task<BulkAnswer> Bulk([Immutable] BulkAction action);

    /// <summary>The autosaved draft of an editor; it never touches what runs.</summary>
    [Alias("draft"), AlwaysInterleave]
    Task<Draft?> Draft();

    /// <summary>
    /// Keeps a draft; null takes it away. Refused with <c>stale</c> when <paramref name="ifVersion"/> is not the kept
    /// one's version (0: none).
    /// </summary>
    [Alias("keep-draft")]
    Task<Draft?> KeepDraft(string? json, long ifVersion, Actor actor);
}

/// <summary>The caller, for the audit.</summary>
[GenerateSerializer, Immutable, Alias("actor")]
public sealed record Actor([property: Id(0)] string Name);

/// <param name="IfRevision">The revision that the editor saw; null saves whatever is there.</param>
/// <param name="Definition">JSON of the definition; null leaves it.</param>
/// <param name="Settings">JSON of the settings; null leaves them.</param>
/// <param name="Title">Null leaves it; so does About.</param>
/// <param name="Database">Name of another database; only while inactive and empty.</param>
/// <param name="MoveRuns">Deleted element to the element its runs move to.</param>
/// <param name="KeepTimes">Changed waits whose runs keep the exit times that they have.</param>
[GenerateSerializer, Immutable, Alias("save-request")]
public sealed record Save(
    [property: Id(0)] int? IfRevision,
    [property: Id(1)] string? Definition,
    [property: Id(2)] string? Settings,
    [property: Id(3)] string? Title,
    [property: Id(4)] string? About,
    [property: Id(5)] string? Database,
    [property: Id(6)] Dictionary<string, string>? MoveRuns,
    [property: Id(7)] bool DryRun,
    [property: Id(8)] string? Note,
    [property: Id(9)] Actor Actor,
    [property: Id(10)] string[]? KeepTimes = null
);

/// <summary>A refusal as a value: stable code, the HTTP status that goes with it, and the faults found.</summary>
/// <param name="Status">By <see cref="RefusalStatus.Status"/>; sent, since the reader may not know the code.</param>
[GenerateSerializer, Immutable, Alias("refusal")]
public sealed record Refusal(
    [property: Id(0)] int Status,
    [property: Id(1)] string Code,
    [property: Id(2)] string Detail,
    [property: Id(3)] Fault[] Faults
)
{
    public static Refusal Of(RefusalCode code, string detail, params Fault[] faults) =>
        new(code.Status(), code.Text(), detail, faults);

    /// <summary>With the one fault that is the reason.</summary>
    public static Refusal At(string path, RefusalCode code, string message) =>
        Of(code, message, new Fault(path, code.Text(), message, null, false));

    /// <summary>A body is wrong: the refusal has the code and the message of the first fault.</summary>
    public static Refusal Invalid(Fault[] faults) => new(RefusalStatus.Invalid, faults[0].Code, faults[0].Message, faults);
}

[GenerateSerializer, Immutable, Alias("fault")]
public sealed record Fault(
    [property: Id(0)] string Path,
    [property: Id(1)] string Code,
    [property: Id(2)] string Message,
    [property: Id(3)] string? Element,
    [property: Id(4)] bool IsWarning
);

[GenerateSerializer, Immutable, Alias("save-answer")]
public sealed record SaveAnswer(
    [property: Id(0)] int Revision,
    [property: Id(1)] Refusal? Refusal,
    [property: Id(2)] PlannedChange[] Plan,
    [property: Id(3)] Fault[] Problems
);

/// <param name="Kind">added, removed, changed or relinked.</param>
/// <param name="Effect">ends, moves, recomputes or none.</param>
[GenerateSerializer, Immutable, Alias("planned-change")]
public sealed record PlannedChange(
    [property: Id(0)] string Element,
    [property: Id(1)] string Kind,
    [property: Id(2)] long Inside,
    [property: Id(3)] string Effect
);

[GenerateSerializer, Immutable, Alias("activate-request")]
public sealed record Activate([property: Id(0)] bool Clear, [property: Id(1)] bool DryRun, [property: Id(2)] Actor Actor);

/// <param name="Status">A <see cref="ScenarioStatus"/>, as text; empty when there is no such scenario.</param>
/// <param name="Frozen">Runs that are frozen (activate), or have just been frozen (deactivate).</param>
/// <param name="Overdue">Of these, runs whose wait has run out in the meantime.</param>
/// <param name="LastLeavesAt">When the last overdue one will have left at the scenario's rate.</param>
/// <param name="Ended">Runs that the call ended.</param>
[GenerateSerializer, Immutable, Alias("gate-answer")]
public sealed record GateAnswer(
    [property: Id(0)] string Status,
    [property: Id(1)] long Frozen,
    [property: Id(2)] long Overdue,
    [property: Id(3)] DateTimeOffset? LastLeavesAt,
    [property: Id(4)] long Ended,
    [property: Id(5)] Refusal? Refusal
);

[GenerateSerializer, Immutable, Alias("draft")]
public sealed record Draft(
    [property: Id(0)] string Json,
    [property: Id(1)] long Version,
    [property: Id(2)] string By,
    [property: Id(3)] DateTimeOffset At
);
