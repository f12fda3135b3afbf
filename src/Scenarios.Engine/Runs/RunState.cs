namespace Scenarios.Engine.Runs;

/// <summary>
/// What a run is doing at its element: about to go on (arriving), until its wait is due, or until its effect is settled.
/// </summary>
public enum RunPhase
{
    Arriving,
    Waiting,
    Performing,
}

/// <summary>One passage of one profile through one scenario, as the hot row holds it.</summary>
/// <param name="Step">Trail steps left behind so far; the run is in step <c>Step + 1</c>.</param>
/// <param name="ArrivedAt">When it came to the element where it is.</param>
/// <param name="Due">When it moves on; in the scenario's own time when <paramref name="Stoppable"/>, else real time.</param>
/// <param name="Stoppable">A duration wait, whose remaining time <c>clockStops</c> keeps through a freeze.</param>
/// <param name="Revision">The revision by which <paramref name="Due"/> was computed.</param>
/// <param name="Depth">How many gotos led here since the last wait.</param>
/// <param name="Hops">Steps since the last wait, for the loop guard.</param>
/// <param name="StoppedAtArrival">For how long the scenario's time had stood still, in all, when the run arrived.</param>
public sealed record RunState(
    Guid Id,
    string ProfileId,
    string Element,
    RunPhase Phase,
    int Step,
    DateTimeOffset EnteredAt,
    DateTimeOffset ArrivedAt,
    DateTimeOffset? Due,
    bool Stoppable,
    int Revision,
    int Depth,
    int Hops,
    TimeSpan StoppedAtArrival
)
{
    public static RunState Begin(
        Guid id,
        string profile,
        string start,
        DateTimeOffset now,
        int revision,
        int depth,
        TimeSpan stopped
    ) => new(id, profile, start, RunPhase.Arriving, 0, now, now, now, false, revision, depth, 0, stopped);

    /// <summary>When it moves on, in real time, if the scenario's own time is not stopped any longer.</summary>
    public DateTimeOffset? RealDue(TimeSpan stopped) => Stoppable ? Due + stopped : Due;
}

/// <summary>The one instant of a batch.</summary>
/// <param name="Now">The database's clock.</param>
/// <param name="Stopped">For how long the scenario's own time has stood still, in all: scenario time is <c>Now -
/// Stopped</c>.</param>
public readonly record struct BatchInstant(DateTimeOffset Now, TimeSpan Stopped);

public enum EndState
{
    Completed,
    Failed,
    Left,
}

/// <param name="Reason">For <c>failed</c> what failed, for <c>left</c> one of the reasons of elements.md, null for
/// <c>completed</c>.</param>
public sealed record RunEnd(EndState State, string? Reason, string? Goal)
{
    public static readonly RunEnd Complete = new(EndState.Completed, null, null);

    public static RunEnd Fail(string reason) => new(EndState.Failed, reason, null);

    public static RunEnd Leave(string reason) => new(EndState.Left, reason, null);

    /// <summary>The name under which an element counts runs that ended in it.</summary>
    public string CountedAs => Reason ?? "completed";
}

/// <summary>Why a run left, where no failure was (elements.md, end states).</summary>
public static class LeftReason
{
    public const string Restarted = "restarted",
        Deactivated = "deactivated",
        Cleared = "cleared",
        Removed = "removed",
        ElementDeleted = "elementDeleted",
        ProfileDeleted = "profileDeleted",
        ScenarioDeleted = "scenarioDeleted",
        Expired = "expired";
}

/// <summary>One element that a run has left behind.</summary>
/// <param name="Detail">A JSON object: the decision with the values seen, an answer's status, the successor of a
/// restarted run …</param>
/// <param name="End">Set on the last step of an ended run.</param>
public sealed record TrailStep(
    int Step,
    string Element,
    DateTimeOffset At,
    DateTimeOffset LeftAt,
    string? Output,
    string? Detail,
    RunEnd? End
);

/// <summary>Work outside the system that a step asks for, rendered once.</summary>
/// <param name="Request">JSON, stored, and sent byte for byte in each attempt.</param>
public sealed record EffectRequest(int Step, string Element, EffectKind Kind, string Request);

/// <summary>What an input made of a run; to be committed whole or not at all.</summary>
/// <param name="Run">Where it is now; null when it ended.</param>
/// <param name="Changes">Operations on the profile, in order: <c>[operator, field, value]</c> as JSON.</param>
/// <param name="Subscriptions">A JSON list to merge into the profile's subscriptions, or null.</param>
/// <param name="Kept">All kept answers after this, as JSON; null when nothing was added.</param>
public sealed record Transition(
    RunState? Run,
    RunEnd? End,
    IReadOnlyList<TrailStep> Steps,
    EffectRequest? Effect,
    IReadOnlyList<string> Changes,
    string? Subscriptions,
    string? Kept
)
{
    /// <summary>The input came too late, or does not concern where the run is: nothing changes.</summary>
    public static readonly Transition? Ignored;
}
