using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

public sealed record EndedRun(RunRow Run, RunEnd End, DateTimeOffset At, bool WasStored);

public sealed record EffectChange(Guid RunId, int Step, int Attempt, DateTimeOffset Due, string? Outcome);

/// <param name="Create">The profile may not exist yet.</param>
/// <param name="Head">JSON object with any of email, phone, timeZone.</param>
/// <param name="Operations">JSON list for <c>apply_field_operations</c>.</param>
public sealed record ProfileWrite(string ProfileId, bool Create, string Head, string Operations, string? Subscriptions)
{
    /// <summary>Two changes of one profile as one: in jsonb the later of two members with one name wins.</summary>
    public static ProfileWrite Then(ProfileWrite first, ProfileWrite second) =>
        new(
            first.ProfileId,
            first.Create || second.Create,
            RawJson.Joined(first.Head, second.Head),
            RawJson.Joined(first.Operations, second.Operations),
            first.Subscriptions is null ? second.Subscriptions
                : second.Subscriptions is null ? first.Subscriptions
                : RawJson.Joined(first.Subscriptions, second.Subscriptions)
        );
}

/// <summary>The end of a run whose profile's memory was not read: written as a change, not as a row.</summary>
public sealed record EntryEnd(string ProfileId, Guid RunId, bool Completed, bool Failed, DateTimeOffset At)
{
    public static EntryEnd Of(string profileId, Guid run, RunEnd end, DateTimeOffset at) =>
        new(profileId, run, end.State == EndState.Completed, end.State == EndState.Failed, at);
}

/// <summary>All that one slice's batch changes, and the proof under which it may.</summary>
public sealed class LedgerWrite(SliceKey key, int database, long gate, Ownership ownership)
{
    public SliceKey Key { get; } = key;
    public int Database { get; } = database;
    public long Gate { get; } = gate;
    public Ownership Ownership { get; } = ownership;
    public DateTimeOffset Now { get; init; }
    public DateTimeOffset? NextDue { get; set; }

    /// <summary>Overdue runs of the last activation that leave with this batch.</summary>
    public int Resumed { get; set; }

    public List<RunRow> Inserted { get; } = [];
    public List<RunRow> Updated { get; } = [];
    public List<EndedRun> Ended { get; } = [];
    public List<(Guid RunId, int FirstStep, string Steps)> Trails { get; } = [];

    /// <summary>Content and kept answers; null content leaves what is there.</summary>
    public List<(Guid RunId, string? Content, string? Kept)> Data { get; } = [];
    public Dictionary<string, EntryRow> Entries { get; } = new(StringComparer.Ordinal);
    public List<EntryEnd> EntryEnds { get; } = [];
    public Tally Tally { get; } = new();
    public Dictionary<Count, int> Counts => Tally.Counts;
    public Dictionary<(int Generation, string Element), int> Live => Tally.Live;
    public List<(string Key, ReceiptRow Row)> Receipts { get; } = [];

    /// <summary>Receipts of declines that are older than they are kept.</summary>
    public List<string> ExpiredReceipts { get; } = [];
    public List<(EffectRow Row, DateTimeOffset Due)> NewEffects { get; } = [];
    public List<EffectChange> ChangedEffects { get; } = [];
    public List<(Guid RunId, int Step)> SettledEffects { get; } = [];
    public List<ProfileWrite> Profiles { get; } = [];

    /// <summary>Deleted profiles, with the runs that they had open (of dead generations too).</summary>
    public List<(string ProfileId, Guid[] Open)> Forgotten { get; } = [];

    /// <summary>Commands that were obeyed, for the audit.</summary>
    public List<(Guid RunId, string Actor, string Action)> Audits { get; } = [];

    public void Count(Count count, int n) => Tally.Count(count, n);

    public void Stand(int generation, string element, int n) => Tally.Stand(generation, element, n);
}
