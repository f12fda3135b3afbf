using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>A mistake that the model can be told to make, and that the checker must find.</summary>
public enum Mutant
{
    None,
    SkipFence,
    SkipGate,
    FireEarly,
    SkipCounter,
    ForgetGeneration,
    ForgetReceipt,
    AnswerFirst,
    LoseWake,
    TwoClocks,
    TrustNeighbour,
}

/// <summary>What a commit is proved against. Each move of it has another number.</summary>
internal sealed record Gate(
    int Number,
    bool IsActive,
    int Generation,
    int Revision,
    TimeSpan Stopped,
    DateTimeOffset? FrozenAt
);

/// <summary>A step as it was committed, with what held then.</summary>
/// <param name="From">How the run stood before the input.</param>
/// <param name="Gate">The true gate at the commit, whatever the owner believed.</param>
internal sealed record CommittedStep(TrailStep Step, RunState From, Gate Gate, DateTimeOffset CommittedAt);

internal sealed record RunRow(RunState State, int Generation, RunEnd? End, string? Kept, IReadOnlyList<CommittedStep> Trail);

internal sealed record EntryRow(int Entries, IReadOnlyList<Guid> Open, int Generation);

/// <param name="Due">When the next attempt may begin.</param>
/// <param name="Outcome">Came while the gate was closed, and is applied at activation.</param>
internal sealed record EffectRow(int Attempt, int Generation, DateTimeOffset Due, RunInput.Settled? Outcome);

/// <summary>What a capture was answered.</summary>
internal sealed record Answer(Guid? Run, string? Declined);

/// <summary>What was committed, in order: the history that the re-entry model is held against.</summary>
internal abstract record Fact
{
    public sealed record Captured(string Profile, Answer Answer) : Fact;

    public sealed record Ended(string Profile, Guid Run, RunEnd End) : Fact;

    public sealed record EndedAll(string Reason) : Fact;

    public sealed record Opened : Fact;

    public sealed record Closed : Fact;
}

// Why this file is the way it is.
//
// A model of the database as far as the ledger's promises need it: rows, one clock, one gate, and for each partition the
// epoch and sequence that fence its commits. A commit is a list of changes that is applied whole or not at all. The gate
// moves at once. Everything else (who owns a partition, what was answered, what is under way) may be wrong or lost.
// When a partition is to be looked at next is a row too: what neither an owner nor that row remembers, nobody wakes.

/// <summary>The database of one scenario.</summary>
internal sealed class Ledger(ScenarioSettings settings, IReadOnlyList<Definition> revisions, int partitions, Mutant mutant)
{
    private int _ids;

    public ScenarioSettings Settings => settings;
    public IReadOnlyList<Definition> Revisions => revisions;
    public Mutant Mutant => mutant;
    public DateTimeOffset Clock { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    public Gate Gate { get; private set; } = new(1, true, 1, 0, TimeSpan.Zero, null);

    public (long Epoch, long Seq)[] Partitions { get; } = new (long, long)[partitions];
    public DateTimeOffset?[] NextDue { get; } = new DateTimeOffset?[partitions];
    public SortedDictionary<Guid, RunRow> Runs { get; } = [];
    public Dictionary<string, EntryRow> Entries { get; } = [];
    public Dictionary<string, Answer> Receipts { get; } = [];
    public SortedDictionary<(Guid Run, int Step), EffectRow> Effects { get; } = [];
    public Dictionary<string, JsonElement> Profiles { get; } = [];
    public Dictionary<string, int> Live { get; } = [];
    public Dictionary<Count, int> Periods { get; } = [];
    public Dictionary<int, RunEnd> EndedGenerations { get; } = [];
    public List<Fact> Facts { get; } = [];

    /// <summary>Raised by whatever changes a row.</summary>
    public int Version { get; private set; }

    /// <summary>Ordered by time, like ours, and the same in each telling of a history.</summary>
    public Guid NextId() => new(++_ids, 0, 0, new byte[8]);

    public int PartitionOf(string profile) => Engine.Runs.PartitionOf.Of(profile, partitions);

    /// <summary>Alive: neither ended nor of an ended generation.</summary>
    public bool IsOpen(RunRow run) => run.End is null && run.Generation == Gate.Generation;

    public DateTimeOffset? RealDue(RunState run) => run.Stoppable ? run.Due + Gate.Stopped : run.Due;

    public long TakeOver(int partition) => ++Partitions[partition].Epoch;

    public enum Proof
    {
        Committed,
        Fenced,
        GateMoved,
    }

    /// <summary>How often each thing happened, so that a test sees whether the histories are worth anything.</summary>
    public Dictionary<string, int> Tally { get; } = [];

    public Proof Commit(int partition, long epoch, long seq, int gate, DateTimeOffset? nextDue, IReadOnlyList<Action> changes)
    {
        var proof = Prove(partition, epoch, seq, gate, changes);
        if (proof == Proof.Committed)
            NextDue[partition] = nextDue;
        Happened(proof.ToString());
        return proof;
    }

    public void Happened(string what) => Tally[what] = Tally.GetValueOrDefault(what) + 1;

    private Proof Prove(int partition, long epoch, long seq, int gate, IReadOnlyList<Action> changes)
    {
        if (mutant != Mutant.SkipFence && Partitions[partition] != (epoch, seq))
            return Proof.Fenced;
        if (mutant != Mutant.SkipGate && Gate.Number != gate)
            return Proof.GateMoved;
        Partitions[partition].Seq++;
        if (changes.Count > 0)
            Version++;
        foreach (var change in changes)
            change();
        return Proof.Committed;
    }

    public void Activate()
    {
        if (Gate.IsActive)
            return;
        var stopped =
            settings.FrozenWaits == FrozenWaits.ClockStops && Gate.FrozenAt is { } since ? Clock - since : TimeSpan.Zero;
        Move(Gate with { IsActive = true, FrozenAt = null, Stopped = Gate.Stopped + stopped });
        Array.Fill(NextDue, Live.Count > 0 ? Clock : null);
        Facts.Add(new Fact.Opened());
    }

    public void Deactivate(bool freeze)
    {
        if (!Gate.IsActive && freeze)
            return;
        if (!freeze)
            EndGeneration(LeftReason.Deactivated);
        Move(Gate with { IsActive = false, FrozenAt = freeze ? Clock : null });
        Facts.Add(new Fact.Closed());
    }

    public void Clear() => EndGeneration(LeftReason.Cleared);

    public void Edit(int revision) => Move(Gate with { Revision = revision });

    /// <summary>Whoever stands here is dead from now on, and counted as ended where it stood.</summary>
    private void EndGeneration(string reason)
    {
        EndedGenerations[Gate.Generation] = RunEnd.Leave(reason);
        foreach (var (element, n) in Live)
        {
            Add(new Count(element, "ended", reason), n);
            Add(new Count("", "left", reason), n);
        }
        Live.Clear();
        Move(Gate with { Generation = Gate.Generation + 1 });
        Facts.Add(new Fact.EndedAll(reason));
    }

    public void Add(Count count, int n)
    {
        if (n != 0)
            Periods[count] = Periods.GetValueOrDefault(count) + n;
    }

    /// <summary>Of the present generation only: what a dead one counted is history.</summary>
    public void Stand(int generation, string element, int n)
    {
        if (generation != Gate.Generation)
            return;
        if ((Live[element] = Live.GetValueOrDefault(element) + n) == 0)
            Live.Remove(element);
    }

    private void Move(Gate gate)
    {
        Version++;
        Gate = gate with { Number = Gate.Number + 1 };
    }
}
