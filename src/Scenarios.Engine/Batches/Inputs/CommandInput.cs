using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>An operator's command: end a run, release it, postpone it or move it to another element.</summary>
/// <param name="order">Removed, Released, Postponed or Moved.</param>
/// <param name="audit">The caller, and the name of the command; null when it is not audited.</param>
public sealed class CommandInput(
    ICaller<CommandInput> caller,
    Guid run,
    string profileId,
    RunInput order,
    (string Actor, string Action)? audit
) : SliceInput
{
    /// <summary>Null when it was done.</summary>
    public RefusalCode? Refusal { get; private set; }

    public override string Name => $"a command for run {run}";

    public override void Ask(SliceRead read) => read.Runs.Add(run);

    public override void Decide(Batch batch) => Refusal = RefusalIn(batch);

    private RefusalCode? RefusalIn(Batch batch)
    {
        if (batch.IsPoisoned)
            return RefusalCode.Unstorable;
        if (!batch.TryFind(run, out var turn, out var known) || turn.ProfileId != profileId)
            return RefusalCode.RunNotFound;
        var refusal = turn.Command(known, order);
        if (refusal is null && audit is var (actor, action))
            batch.Write.Audits.Add((run, actor, action));
        return refusal;
    }

    public override void Refuse() => Refusal = RefusalCode.RunNotFound;

    public override void Answer() => caller.Answer(this);

    public override void Fail(Exception reason) => caller.Fail(this, reason);
}
