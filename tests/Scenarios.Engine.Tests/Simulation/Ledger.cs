using System.Text.Json;
using Scenarios.Engine.Batches;
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
/// <param name="ResumedAt">When frozen runs were last activated, if some were overdue; <paramref name="ResumeOverdue"/> of
/// them.</param>
internal sealed record Gate(
    int Number,
    bool IsActive,
    int Generation,
    int Revision,
    TimeSpan Stopped,
    DateTimeOffset? FrozenAt,
    DateTimeOffset? ResumedAt,
    int ResumeOverdue
);

/// <summary>A step as it was committed, with what held then.</summary>
/// <param name="From">How the run was stored before.</param>
/// <param name="Gate">The true gate at the commit, whatever the owner believed.</param>
internal sealed record CommittedStep(TrailStep Step, RunState From, Gate Gate, DateTimeOffset CommittedAt);

/// <summary>A run, open or ended, with its whole trail.</summary>
internal sealed record StoredRun(RunState State, int Generation, RunEnd? End, string? Kept, IReadOnlyList<CommittedStep> Trail);

/// <param name="Due">When the next attempt may begin.</param>
internal sealed record StoredEffect(EffectRow Row, int Partition, DateTimeOffset Due);

/// <summary>What a partition's row holds.</summary>
internal sealed record StoredPartition(Ownership Ownership, DateTimeOffset? NextDue, int Overdue, int Resumed);

/// <summary>What a capture was answered.</summary>
internal sealed record Answer(Guid? Run, string? Declined)
{
    public static Answer Of(CaptureOutcome outcome) =>
        outcome.Verdict switch
        {
            CaptureVerdict.Accepted => new(outcome.Run, null),
            CaptureVerdict.Declined => new(null, outcome.Reason),
            CaptureVerdict.KeyReused or CaptureVerdict.Failed => throw new Violation(
                "A1",
                $"a capture came to {outcome}, which none can"
            ),
        };
}

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
// epoch and sequence that fence its commits. It reads what a batch of the product asks for (Ledger.Reads), and applies the
// product's write whole or not at all (Ledger.Writes), as RunLedger does in SQL. The gate moves at once. Everything else (who
// owns a partition, what was answered, what is under way) may be wrong or lost. When a partition is to be looked at next is
// a row too: what neither an owner nor that row remembers, nobody wakes.

/// <summary>The database of one scenario.</summary>
internal sealed partial class Ledger(
    ScenarioSettings settings,
    IReadOnlyList<Definition> revisions,
    int partitions,
    Mutant mutant
)
{
    private readonly Dictionary<int, DateTimeOffset> _endedAt = [];
    private int _ids;

    public ScenarioSettings Settings => settings;
    public IReadOnlyList<Definition> Revisions => revisions;
    public Mutant Mutant => mutant;
    public DateTimeOffset Clock { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    public Gate Gate { get; private set; } = new(1, true, 1, 0, TimeSpan.Zero, null, null, 0);

    public StoredPartition[] Partitions { get; } = [.. Enumerable.Repeat(new StoredPartition(default, null, 0, 0), partitions)];
    public SortedDictionary<Guid, StoredRun> Runs { get; } = [];
    public Dictionary<string, EntryRow> Entries { get; } = [];
    public Dictionary<string, ReceiptRow> Receipts { get; } = [];
    public SortedDictionary<(Guid Run, int Step), StoredEffect> Effects { get; } = [];
    public Dictionary<string, JsonElement> Profiles { get; } = [];
    public Dictionary<string, int> Live { get; } = [];
    public Dictionary<Count, int> Periods { get; } = [];
    public Dictionary<int, RunEnd> EndedGenerations { get; } = [];
    public List<Fact> Facts { get; } = [];

    /// <summary>Raised by whatever changes a row.</summary>
    public int Version { get; private set; }

    /// <summary>How often each thing happened, so that a test sees whether the histories are worth anything.</summary>
    public Dictionary<string, int> Tally { get; } = [];

    public void Happened(string what) => Tally[what] = Tally.GetValueOrDefault(what) + 1;

    /// <summary>Ordered by time, like ours, and the same in each telling of a history.</summary>
    public Guid NextId() => new(++_ids, 0, 0, new byte[8]);

    public int PartitionOf(string profile) => Engine.Runs.PartitionOf.Of(profile, partitions);

    /// <summary>Alive: neither ended nor of an ended generation.</summary>
    public bool IsOpen(StoredRun run) => run.End is null && run.Generation == Gate.Generation;

    public DateTimeOffset? RealDue(RunState run) => run.RealDue(Gate.Stopped);

    public Takeover TakeOver(int partition)
    {
        var (ownership, nextDue, overdue, resumed) = Partitions[partition];
        ownership = ownership with { Epoch = ownership.Epoch + 1 };
        Partitions[partition] = Partitions[partition] with { Ownership = ownership };
        return new Takeover(ownership, nextDue, overdue, resumed, Gate.Revision, Gate.Number);
    }

    public ScenarioSnapshot Snapshot() =>
        new(
            Gate.Number,
            Gate.IsActive ? ScenarioStatus.Active : ScenarioStatus.Inactive,
            Gate.Generation,
            Gate.Revision,
            1,
            revisions[Gate.Revision],
            settings,
            Gate.Stopped,
            Gate.ResumedAt,
            settings.ResumeRate,
            Gate.ResumeOverdue,
            Fields,
            new Dictionary<int, DateTimeOffset>(_endedAt),
            new Dictionary<string, string>(),
            "UTC"
        );

    private static readonly DatabaseFields Fields = new([new("visits", FieldType.Number)]);

    /// <summary>Who was overdue leaves at the scenario's rate.</summary>
    public void Activate()
    {
        if (Gate.IsActive)
            return;
        var clockStops = settings.FrozenWaits == FrozenWaits.ClockStops;
        var overdueUpTo = clockStops ? Gate.FrozenAt ?? Clock : Clock;
        var overdue = Runs
            .Values.Where(r => IsOpen(r) && r.State.RealDue(Gate.Stopped) <= (r.State.Stoppable ? overdueUpTo : Clock))
            .CountBy(r => PartitionOf(r.State.ProfileId))
            .ToDictionary();
        for (var i = 0; i < partitions; i++)
            Partitions[i] = Partitions[i] with
            {
                NextDue = Live.Count > 0 ? Clock : null,
                Overdue = overdue.GetValueOrDefault(i),
                Resumed = 0,
            };
        var total = overdue.Values.Sum();
        Move(
            Gate with
            {
                IsActive = true,
                FrozenAt = null,
                Stopped = Gate.Stopped + (clockStops && Gate.FrozenAt is { } since ? Clock - since : TimeSpan.Zero),
                ResumedAt = total > 0 ? Clock : null,
                ResumeOverdue = total,
            }
        );
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
        _endedAt[Gate.Generation] = Clock;
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
