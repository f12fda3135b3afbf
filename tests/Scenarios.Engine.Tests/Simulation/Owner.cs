using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>A capture as its caller sees it: sent again under the same key until it is answered.</summary>
internal sealed class Call(string key, string profile) : ICaller<CaptureInput>
{
    public string Key => key;
    public string Profile => profile;

    /// <summary>Every answer that arrived.</summary>
    public List<Answer> Answers { get; } = [];

    public void Answer(CaptureInput input) => Answers.Add(Simulation.Answer.Of(input.Outcome));

    /// <summary>It does not know, and asks again.</summary>
    public void Fail(CaptureInput input, Exception reason) { }
}

/// <summary>An attempt that was handed out.</summary>
internal readonly record struct Delivery(Owner Owner, EffectRow Effect);

/// <summary>The owners of one silo know the gate together: what the commit of one has found out, all decide by.</summary>
internal sealed class Silo(Ledger ledger)
{
    public ScenarioSnapshot Scenario { get; private set; } = ledger.Snapshot();

    public void Learn() => Scenario = ledger.Snapshot();
}

// Why an owner is still a model.
//
// What is decided is the product's: its inputs, its batch, its view of a slice and what a commit makes of it. The queue, the
// lane and the timer around them are asynchronous in the product (Slice, LedgerLane); here each of their steps is an action by
// itself, so that anything may happen between any two of them.

/// <summary>
/// An activation that owns a partition, or believes so: takes what came as one batch, decides, commits, and only then
/// answers and hands out effects. It looks for what is due when its own timer says so, or when it was poked: nobody else knows.
/// </summary>
internal sealed class Owner : ICaller<SettledInput>, ICaller<CommandInput>
{
    private static readonly byte[] Hash = [1];

    private readonly Ledger _ledger;
    private readonly Silo _silo;
    private readonly BatchLimits _limits;
    private readonly List<SliceInput> _inbox = [];
    private readonly HashSet<(Guid Run, int Step)> _underWay = [];
    private readonly Watch _watch = new();
    private SliceView _view;
    private Batch? _batch;
    private bool _isUncertain,
        _wantsDue = true;

    public Owner(Ledger ledger, int partition, Silo silo)
    {
        (_ledger, _silo) = (ledger, silo);
        _view = SliceView.Of(new SliceKey(1, 12, (short)partition), ledger.TakeOver(partition), _underWay);
        _limits = new BatchLimits(
            EffectsUnderWay: 2,
            EffectsUnwatched: TimeSpan.FromSeconds(15),
            UnreadableAgain: TimeSpan.FromMinutes(1),
            ReceiptsKept: TimeSpan.FromDays(1000),
            _ => ledger.NextId()
        );
    }

    public int Partition => _view.Key.Partition;
    public long Epoch => _view.Ownership.Epoch;

    /// <summary>Found that another one owns the partition; whatever it had is lost.</summary>
    public bool IsGone { get; private set; }

    public bool HasBatch => _batch is not null;

    public void Capture(Call call) =>
        Take(new CaptureInput(call, 0, call.Profile, new Entering(null, null, 0, null, null), call.Key, Hash), call.Profile);

    public void Settle(EffectRow effect, EffectOutcome outcome) =>
        Take(new SettledInput(this, effect, outcome), effect.ProfileId);

    public void Command(Guid run, string profile, RunInput order) =>
        Take(new CommandInput(this, run, profile, order, null), profile);

    private void Take(SliceInput input, string profile)
    {
        if (!IsGone)
            _inbox.Add(new Watched(input, profile, _watch));
    }

    /// <summary>Somebody says that something may be due.</summary>
    public void Poke() => _wantsDue = true;

    /// <summary>Decides all that came, and what is due if it has reason to look, by the gate that its silo knows.</summary>
    public void Decide(int wakes)
    {
        if (IsGone || _batch is not null)
            return;
        Meet();
        var looks = _wantsDue || _view.NextDue <= _ledger.Clock;
        if (!looks && _inbox.Count == 0)
            return;
        _wantsDue = false;
        Decide(new Batch([.. _inbox], looks ? wakes : 0, _silo.Scenario, _limits));
        _inbox.Clear();
    }

    private void Decide(Batch batch)
    {
        _batch = batch;
        _watch.Begin();
        batch.Decide(_ledger.Read(batch.Plan(_view, _ledger.Clock)));
        _watch.Ends(batch.Write);
        if (batch.Failures is [var failure, ..])
            throw new Violation("A1", $"{failure.Run} met {failure.Reason}");
        if (_ledger.Mutant == Mutant.AnswerFirst)
            Answer(batch);
    }

    /// <summary>What the gate's move did to this partition is looked at, whoever found out that it had moved.</summary>
    private void Meet()
    {
        if (_view.Gate == _silo.Scenario.Gate)
            return;
        var stored = _ledger.Partitions[Partition];
        _view = _view.Meet(_silo.Scenario.Gate, stored.Overdue, stored.Resumed);
        if (_ledger.Mutant != Mutant.TrustNeighbour)
            _wantsDue = true;
        else
            _ledger.Happened("gate met");
    }

    /// <summary>
    /// The commit failed so often that its callers were told; what nobody waits for is kept, and the look is owed.
    /// </summary>
    public void GiveUp()
    {
        if (_batch is not { } batch || _isUncertain)
            return;
        _wantsDue |= batch.Wakes > 0;
        _batch = null;
        foreach (var input in batch.Inputs)
            input.Fail(new TimeoutException());
        _ledger.Happened("given up");
    }

    /// <param name="isAnswerLost">The database does what it does, and the owner does not hear of it.</param>
    public IReadOnlyList<Delivery> Commit(bool isAnswerLost)
    {
        if (IsGone || _batch is null)
            return [];
        if (_isUncertain)
            return Settle();
        var proof = _ledger.Commit(_batch.Write, _watch.Facts);
        if (isAnswerLost)
        {
            _isUncertain = true;
            return [];
        }
        return Learn(proof);
    }

    /// <summary>The sequence tells whether a commit without an answer was one.</summary>
    private List<Delivery> Settle()
    {
        _isUncertain = false;
        var stored = _ledger.Partitions[Partition].Ownership;
        _ledger.Happened("lost answer settled");
        return Learn(
            stored.Epoch != Epoch ? Ledger.Proof.Fenced
            : stored.Seq == _view.Ownership.Seq + 1 ? Ledger.Proof.Committed
            : Ledger.Proof.GateMoved
        );
    }

    private List<Delivery> Learn(Ledger.Proof proof)
    {
        var batch = _batch!;
        switch (proof)
        {
            case Ledger.Proof.Committed:
                _batch = null;
                return Committed(batch);
            case Ledger.Proof.GateMoved:
                // The same inputs are decided again, under the gate of today.
                _silo.Learn();
                Meet();
                Decide(batch.Again(_silo.Scenario));
                return [];
            case Ledger.Proof.Fenced:
                IsGone = true;
                _batch = null;
                _inbox.Clear();
                return [];
        }
        return [];
    }

    private List<Delivery> Committed(Batch batch)
    {
        Told(batch);
        _view = _view.After(batch);
        Answer(batch);
        foreach (var input in batch.Inputs)
            if (input is not Watched { Inner: CaptureInput })
                input.Answer();
        List<EffectRow> handedOut = [.. batch.Attempts.Adopted, .. batch.Attempts.Begun];
        foreach (var effect in handedOut)
            _underWay.Add((effect.RunId, effect.Step));
        foreach (var (effect, outcome) in batch.Attempts.Remembered)
        {
            _underWay.Add((effect.RunId, effect.Step));
            Settle(effect, outcome);
        }
        return handedOut.ConvertAll(effect => new Delivery(this, effect));
    }

    private void Told(Batch batch)
    {
        foreach (var input in batch.Inputs)
            if (input is Watched { Inner: CaptureInput { Outcome.IsReplay: true } })
                _ledger.Happened("replayed");
            else if (input is Watched { Inner: CommandInput { Refusal: RefusalCode.NotWaiting } })
                _ledger.Happened("input ignored");
        foreach (var effect in batch.Attempts.Begun)
            if (effect.Attempt > 1)
                _ledger.Happened("attempt repeated");
        foreach (var _ in batch.Attempts.Adopted)
            _ledger.Happened("attempt adopted");
        foreach (var _ in batch.Attempts.Remembered)
            _ledger.Happened("kept outcome applied");
        if (batch.HasMore)
            _ledger.Happened("attempt waited for room");
        if (batch.Write.Resumed > 0)
            _ledger.Happened("overdue resumed");
    }

    /// <summary>Answers that are not lost on their way reach their callers.</summary>
    private static void Answer(Batch batch)
    {
        foreach (var input in batch.Inputs)
            if (input is Watched { Inner: CaptureInput })
                input.Answer();
    }

    void ICaller<SettledInput>.Answer(SettledInput input) => _underWay.Remove((input.Effect.RunId, input.Effect.Step));

    void ICaller<SettledInput>.Fail(SettledInput input, Exception reason) => Take(input, input.Effect.ProfileId);

    void ICaller<CommandInput>.Answer(CommandInput input) { }

    void ICaller<CommandInput>.Fail(CommandInput input, Exception reason) { }
}
