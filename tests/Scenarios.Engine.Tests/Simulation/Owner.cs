using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>What comes to an owner.</summary>
internal abstract record Incoming
{
    public sealed record Capture(Call Call) : Incoming;

    public sealed record Outcome(Guid Run, RunInput.Settled Settled) : Incoming;

    public sealed record Command(Guid Run, RunInput Input) : Incoming;
}

/// <summary>A capture as its caller sees it: sent again under the same key until it is answered.</summary>
internal sealed class Call(string key, string profile)
{
    public string Key => key;
    public string Profile => profile;

    /// <summary>Every answer that arrived.</summary>
    public List<Answer> Answers { get; } = [];
}

/// <summary>An attempt that was handed out.</summary>
internal readonly record struct Delivery(Owner Owner, Guid Run, int Step);

/// <summary>The owners of one silo know the gate together: what the commit of one has found out, all decide by.</summary>
internal sealed class Silo(Ledger ledger)
{
    public Gate Gate { get; private set; } = ledger.Gate;

    public void Learn() => Gate = ledger.Gate;
}

/// <summary>
/// An activation that owns a partition, or believes so: takes what came as one batch, decides, commits, and only then
/// answers and hands out effects. Between deciding and committing anything may happen to the world. It looks for what is due
/// when its own timer says so, or when it was poked: nobody else knows.
/// </summary>
internal sealed class Owner
{
    private readonly Ledger _ledger;
    private readonly List<Incoming> _inbox = [];
    private readonly Silo _silo;
    private long _seq;
    private Gate _gate;
    private int _met;
    private DateTimeOffset? _nextDue;
    private Batch? _batch;
    private bool _isUncertain,
        _wantsDue = true;

    public Owner(Ledger ledger, int partition, Silo silo)
    {
        (_ledger, Partition, _silo, _gate, _met) = (ledger, partition, silo, silo.Gate, ledger.Gate.Number);
        Epoch = ledger.TakeOver(partition);
        _seq = ledger.Partitions[partition].Seq;
        _nextDue = ledger.NextDue[partition];
    }

    public int Partition { get; }
    public long Epoch { get; }

    /// <summary>Found that another one owns the partition; whatever it had is lost.</summary>
    public bool IsGone { get; private set; }

    public bool HasBatch => _batch is not null;

    public void Take(Incoming input)
    {
        if (!IsGone)
            _inbox.Add(input);
    }

    /// <summary>Somebody says that something may be due.</summary>
    public void Poke() => _wantsDue = true;

    /// <summary>Decides all that came, and what is due if it has reason to look, by the gate that its silo knows.</summary>
    public void Decide(int wakes)
    {
        if (IsGone || _batch is not null)
            return;
        Meet();
        var looks = _wantsDue || _nextDue <= _ledger.Clock;
        if (!looks && _inbox.Count == 0)
            return;
        _wantsDue = false;
        _batch = new Batch(_ledger, _gate, Partition, [.. _inbox], looks ? wakes : null, _nextDue);
        _inbox.Clear();
        if (_ledger.Mutant == Mutant.AnswerFirst)
            Answer();
    }

    /// <summary>What the gate's move did to this partition is looked at, whoever found out that it had moved.</summary>
    private void Meet()
    {
        _gate = _silo.Gate;
        if (_met == _gate.Number)
            return;
        _met = _gate.Number;
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
        if (_batch is null || _isUncertain)
            return;
        _inbox.InsertRange(0, _batch.Inputs.Where(i => i is Incoming.Outcome));
        _wantsDue |= _batch.Looks;
        _batch = null;
        _ledger.Happened("given up");
    }

    /// <param name="isAnswerLost">The database does what it does, and the owner does not hear of it.</param>
    public IEnumerable<Delivery> Commit(bool isAnswerLost)
    {
        if (IsGone || _batch is null)
            return [];
        if (_isUncertain)
            return Settle();
        var proof = _ledger.Commit(Partition, Epoch, _seq, _gate.Number, _batch.NextDue, _batch.Changes);
        if (isAnswerLost)
        {
            _isUncertain = true;
            return [];
        }
        return Learn(proof);
    }

    /// <summary>The sequence tells whether a commit without an answer was one.</summary>
    private IEnumerable<Delivery> Settle()
    {
        _isUncertain = false;
        var (epoch, seq) = _ledger.Partitions[Partition];
        _ledger.Happened("lost answer settled");
        return Learn(
            epoch != Epoch ? Ledger.Proof.Fenced
            : seq == _seq + 1 ? Ledger.Proof.Committed
            : Ledger.Proof.GateMoved
        );
    }

    private IEnumerable<Delivery> Learn(Ledger.Proof proof)
    {
        var batch = _batch!;
        switch (proof)
        {
            case Ledger.Proof.Committed:
                _seq++;
                _nextDue = batch.NextDue;
                Answer();
                _batch = null;
                return [.. batch.Begun.Select(e => new Delivery(this, e.Run, e.Step))];
            case Ledger.Proof.GateMoved:
                // Decided anew under the gate of today, from the same inputs.
                _silo.Learn();
                _wantsDue |= batch.Looks;
                _inbox.InsertRange(0, batch.Inputs);
                _batch = null;
                return [];
            case Ledger.Proof.Fenced:
                IsGone = true;
                _batch = null;
                _inbox.Clear();
                return [];
        }
        return [];
    }

    /// <summary>Answers that are not lost on their way (the simulator throws away some) reach their callers.</summary>
    private void Answer()
    {
        foreach (var (call, answer) in _batch!.Answers)
            call.Answers.Add(answer);
    }
}
