using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Runs;

/// <summary>What can happen to a run. Everything comes in as one of these, and each knows what it does.</summary>
public abstract record RunInput
{
    /// <summary>Applies itself to a run at an element of the graph.</summary>
    /// <returns>False when it does not concern where the run is: nothing changes.</returns>
    internal abstract bool Apply(Walk walk, Element element);

    /// <summary>The same where the element has been deleted: whatever happens next, the run ends.</summary>
    internal virtual bool ApplyToDeleted(Walk walk) => walk.End(RunEnd.Leave(LeftReason.ElementDeleted));

    /// <summary>A capture was admitted: the run begins at its trigger.</summary>
    public sealed record Captured : RunInput
    {
        internal override bool Apply(Walk walk, Element element) => walk.Run.Phase == RunPhase.Arriving && walk.GoOn();
    }

    /// <summary>The due instant has come, or a run that stopped at a commit boundary goes on.</summary>
    public sealed record Due : RunInput
    {
        // A phase that only a newer version knows is none of these: its run is left alone.
        internal override bool Apply(Walk walk, Element element) =>
            walk.Run.Phase == RunPhase.Arriving ? walk.GoOn() : walk.Run.Phase == RunPhase.Waiting && walk.Wake(element);
    }

    /// <summary>The definition or the profile has changed: a wait is computed again.</summary>
    public sealed record Reconsidered : RunInput
    {
        internal override bool Apply(Walk walk, Element element) => walk.Run.Phase == RunPhase.Waiting && walk.Wake(element);
    }

    /// <summary>The effect of a step has its outcome.</summary>
    public sealed record Settled(int Step, string? Output, bool EndsRun, string? Reason, string? Detail, string? Kept)
        : RunInput
    {
        // An outcome without output that does not end the run is another attempt, which is not the run's concern.
        internal override bool Apply(Walk walk, Element element)
        {
            if (walk.Run.Phase != RunPhase.Performing || Step != walk.Run.Step + 1 || (Output is null && !EndsRun))
                return false;
            if (Kept is not null)
                walk.Keep(Kept);
            return EndsRun ? walk.End(RunEnd.Complete, Detail) : walk.Leave(Output!, Detail, Reason) && walk.GoOn();
        }
    }

    /// <summary>The run ends at once, at whatever element it is.</summary>
    public sealed record Removed(string Reason, string? Detail = null) : RunInput
    {
        internal override bool Apply(Walk walk, Element element) => ApplyToDeleted(walk);

        internal override bool ApplyToDeleted(Walk walk) => walk.End(RunEnd.Leave(Reason), Detail);
    }

    /// <summary>Something on the run's way is impossible: it ends at once, and no other run with it.</summary>
    public sealed record Failed(string Reason) : RunInput
    {
        internal override bool Apply(Walk walk, Element element) => ApplyToDeleted(walk);

        internal override bool ApplyToDeleted(Walk walk) => walk.End(RunEnd.Fail(Reason));
    }

    /// <summary>A wait ends before its time, by the named output or the one that it would take.</summary>
    public sealed record Released(string? Output) : RunInput
    {
        internal override bool Apply(Walk walk, Element element) =>
            walk.Run.Phase == RunPhase.Waiting
            && (Output is null || element.Outputs.Contains(Output))
            && walk.Leave(Output ?? element.ReleasedBy, Runs.Detail.Of("released", true))
            && walk.GoOn();
    }

    /// <summary>An operator gives a waiting run another instant.</summary>
    public sealed record Postponed(DateTimeOffset Until) : RunInput
    {
        internal override bool Apply(Walk walk, Element element) =>
            walk.Run.Phase == RunPhase.Waiting && walk.Postpone(Instants.CeilingMicrosecond(Until));
    }

    /// <summary>An operator, or a save that deleted the element, puts the run at another one.</summary>
    public sealed record Moved(string To) : RunInput
    {
        internal override bool Apply(Walk walk, Element element) => walk.Run.Phase != RunPhase.Performing && walk.MoveTo(To);

        internal override bool ApplyToDeleted(Walk walk) => walk.MoveTo(To) || base.ApplyToDeleted(walk);
    }
}
