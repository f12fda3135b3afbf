using Scenarios.Engine.Batches;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>
/// What a batch decides, in order, as it is decided. The product's write says what becomes of the rows, and not which input came
/// first; the re-entry model has to be told just that.
/// </summary>
internal sealed class Watch
{
    private readonly HashSet<Guid> _ended = [];

    public List<Fact> Facts { get; } = [];

    public void Begin()
    {
        _ended.Clear();
        Facts.Clear();
    }

    /// <summary>Runs of the profile that have ended since.</summary>
    public void Ends(ProfileTurn turn, Guid butNot = default)
    {
        foreach (var run in turn.Runs)
            if (run.End is { } end && run.State.Id != butNot && _ended.Add(run.State.Id))
                Facts.Add(new Fact.Ended(turn.ProfileId, run.State.Id, end));
    }

    /// <summary>All that the batch ended.</summary>
    public void Ends(LedgerWrite write)
    {
        foreach (var ended in write.Ended)
            if (_ended.Add(ended.Run.State.Id))
                Facts.Add(new Fact.Ended(ended.Run.State.ProfileId, ended.Run.State.Id, ended.End));
    }
}

/// <summary>An input of the product that tells what it has decided.</summary>
internal sealed class Watched(SliceInput inner, string profile, Watch watch) : SliceInput
{
    public SliceInput Inner => inner;
    public override string Name => inner.Name;
    public override bool EndsAttempt => inner.EndsAttempt;

    public override void Ask(SliceRead read) => inner.Ask(read);

    public override void Decide(Batch batch)
    {
        inner.Decide(batch);
        var turn = batch.Turn(profile);
        if (inner is CaptureInput { Outcome: { IsReplay: false } outcome })
        {
            watch.Ends(turn, butNot: outcome.Run);
            watch.Facts.Add(new Fact.Captured(profile, Simulation.Answer.Of(outcome)));
        }
        watch.Ends(turn);
    }

    public override void Refuse() => inner.Refuse();

    public override void Answer() => inner.Answer();

    public override void Fail(Exception reason) => inner.Fail(reason);
}
