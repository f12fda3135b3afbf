using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>A scenario's slice of runs.</summary>
public readonly record struct SliceKey(int Tenant, int Scenario, short Partition)
{
    public override string ToString() => $"{Tenant}/{Scenario}/{Partition}";
}

/// <summary>The right to commit: raised at each takeover (epoch) and by each commit (seq).</summary>
public readonly record struct Ownership(long Epoch, long Seq);

/// <summary>What a new owner found.</summary>
/// <param name="Overdue">Runs that were overdue when the scenario was last activated, and how many of them have left (<paramref
/// name="Resumed"/>).</param>
/// <param name="Revision">Up to which edit the waiting runs were computed again.</param>
/// <param name="Gate">The scenario's gate, not later than the rest.</param>
public sealed record Takeover(
    Ownership Ownership,
    DateTimeOffset? NextDue,
    long Overdue,
    long Resumed,
    int Revision,
    long Gate
);

/// <summary>An open run, with what it carries when that was read along.</summary>
public sealed record RunRow(int Generation, RunState State, bool HasContent, bool HasKept)
{
    public ProfileFacts? Profile { get; init; }
    public string? Content { get; init; }
    public string? Kept { get; init; }
}

/// <summary>What is remembered of a profile in a scenario.</summary>
public sealed record EntryRow(
    int Entries,
    Guid[] Open,
    int Generation,
    int Completed,
    int Failed,
    DateTimeOffset? LastEnteredAt,
    DateTimeOffset? LastEndedAt,
    DateTimeOffset[] Recent,
    string? Declined,
    DateTimeOffset? DeclinedAt
);

/// <param name="Kind">One of <see cref="EffectKind"/>, as text: a newer node may have written one that this version
/// does not know.</param>
public sealed record EffectRow(
    Guid RunId,
    int Step,
    string ProfileId,
    string Element,
    string Kind,
    int Generation,
    int Attempt,
    string Request,
    string? Outcome
);

/// <summary>The answer that a key was given.</summary>
public sealed record ReceiptRow(string Route, byte[] Hash, int? Status, string? Answer, Guid? RunId, DateTimeOffset At);

/// <summary>All that a batch may depend on, as it stood when the gate had this number.</summary>
/// <param name="Stopped">For how long the scenario's own time has stood still, in all.</param>
/// <param name="ResumedAt">When frozen runs were last activated; those overdue then leave at <paramref name="ResumeRate"/> a
/// second.</param>
/// <param name="MovedElements">Deleted elements, and where the save that deleted them moved their runs.</param>
/// <param name="EndedGenerations">When each generation before the present one ended.</param>
/// <param name="AccountZone">The account's, where nothing else is named.</param>
public sealed record ScenarioSnapshot(
    long Gate,
    ScenarioStatus Status,
    int Generation,
    int Revision,
    int Database,
    Definition? Definition,
    ScenarioSettings Settings,
    TimeSpan Stopped,
    DateTimeOffset? ResumedAt,
    int ResumeRate,
    long ResumeOverdue,
    DatabaseFields FieldTypes,
    IReadOnlyDictionary<int, DateTimeOffset> EndedGenerations,
    IReadOnlyDictionary<string, string> MovedElements,
    string AccountZone
)
{
    public string Title { get; init; } = "";

    /// <summary>Runs take steps.</summary>
    public bool IsRunning => Status is ScenarioStatus.Active or ScenarioStatus.Finishing;

    /// <summary>Profiles may enter.</summary>
    public bool IsOpen => Status == ScenarioStatus.Active;
}

/// <summary>A range of due instants to look through.</summary>
/// <param name="Stoppable">Of waits in the scenario's own time, or of the others.</param>
/// <param name="After">Exclusive; the watermark below which nothing is left.</param>
/// <param name="UpTo">Inclusive; null for the batch's instant.</param>
public readonly record struct DueRange(bool Stoppable, DateTimeOffset After, DateTimeOffset? UpTo, int Limit);

/// <summary>What a slice needs to know for its next batch, and then what was found.</summary>
public sealed class SliceRead(SliceKey key, int database)
{
    public SliceKey Key { get; } = key;
    public int Database { get; } = database;
    public TimeSpan Stopped { get; init; }

    /// <summary>Steps may look at profiles and at what runs carry, so rows are read along.</summary>
    public bool WithProfiles { get; init; }

    public List<DueRange> Ranges { get; } = [];
    public int EffectCredit { get; set; }

    /// <summary>A new owner asks for the attempts that the former one had under way.</summary>
    public bool AdoptsEffects { get; set; }
    public HashSet<Guid> Runs { get; } = [];
    public HashSet<string> Profiles { get; } = new(StringComparer.Ordinal);

    /// <summary>Captures may end open runs (restart), so those are read too.</summary>
    public bool WithOpenRuns { get; set; }
    public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    public IReadOnlyList<int> ScenariosAsked { get; init; } = [];

    // Found:
    public List<RunRow>[] Due { get; set; } = [];

    /// <summary>The earliest instant, in real time, at which something of this slice will be due after what was read.</summary>
    public DateTimeOffset? NextDue { get; set; }

    /// <summary>Something is due then: it counts if nothing known is due before.</summary>
    public void Earlier(DateTimeOffset? due)
    {
        if (due < NextDue || NextDue is null)
            NextDue = due ?? NextDue;
    }

    public List<EffectRow> Effects { get; } = [];
    public List<EffectRow> EffectsUnderWay { get; } = [];
    public Dictionary<Guid, RunRow> RunRows { get; } = [];
    public Dictionary<string, ProfileFacts> ProfileRows { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, EntryRow> Entries { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, ReceiptRow> Receipts { get; } = new(StringComparer.Ordinal);
    public Dictionary<(string Profile, int Scenario), ScenarioHistory> Histories { get; } = [];
}
