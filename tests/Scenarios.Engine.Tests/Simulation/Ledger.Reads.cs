using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>What <c>LedgerReader</c> does in SQL. Some mutants are mistakes that a read could make.</summary>
internal sealed partial class Ledger
{
    private static readonly TimeSpan TooEarly = TimeSpan.FromMilliseconds(5),
        BetweenClocks = TimeSpan.FromMilliseconds(2);

    /// <summary>Fills in what was asked for, and answers the batch's instant.</summary>
    public DateTimeOffset Read(SliceRead read)
    {
        var now = mutant == Mutant.FireEarly ? Clock + TooEarly : Clock;
        // Which of the two clocks announces what falls due between them?
        var announced = mutant == Mutant.TwoClocks ? now + BetweenClocks : now;
        read.Due = [.. read.Ranges.Select(range => DueIn(read, range, now))];
        foreach (var range in read.Ranges.Where(range => range.UpTo is null))
        foreach (var run in Standing(read.Key, range.Stoppable))
            if (run.State.Due > range.After && run.State.RealDue(read.Stopped) is { } due && due > announced)
                Announce(read, due);
        foreach (var effect in Effects.Values.Where(e => e.Partition == read.Key.Partition).OrderBy(e => e.Due))
        {
            if (read.AdoptsEffects && effect.Due == Attempts.UnderWay)
                read.EffectsUnderWay.Add(RowOf(effect.Row));
            if (read.EffectCredit == 0 || effect.Due == Attempts.UnderWay)
                continue;
            if (effect.Due > announced)
                Announce(read, effect.Due);
            else if (effect.Due <= now && read.Effects.Count < read.EffectCredit)
                read.Effects.Add(RowOf(effect.Row));
        }
        foreach (var id in read.Runs)
            if (Runs.TryGetValue(id, out var run) && run.End is null)
                read.RunRows[id] = RowOf(run);
        foreach (var profile in read.Profiles)
        {
            read.ProfileRows[profile] = FactsOf(profile);
            if (!Entries.TryGetValue(profile, out var entry))
                continue;
            read.Entries[profile] = mutant == Mutant.ForgetGeneration ? entry with { Generation = Gate.Generation } : entry;
            if (read.WithOpenRuns)
                foreach (var open in entry.Open)
                    if (Runs[open].End is null)
                        read.RunRows.TryAdd(open, RowOf(Runs[open]));
        }
        if (mutant != Mutant.ForgetReceipt)
            foreach (var key in read.Keys)
                if (Receipts.TryGetValue(key, out var receipt))
                    read.Receipts[key] = receipt;
        return now;
    }

    private List<RunRow> DueIn(SliceRead read, DueRange range, DateTimeOffset now)
    {
        var upTo = range.Stoppable ? now - read.Stopped : now;
        if (range.UpTo < upTo)
            upTo = range.UpTo.Value;
        return
        [
            .. Standing(read.Key, range.Stoppable)
                .Where(r => r.State.Due > range.After && r.State.Due <= upTo)
                .Where(r => mutant != Mutant.LoseWake || r.State.Step % 2 == 0)
                .OrderBy(r => r.State.Due)
                .Take(range.Limit)
                .Select(RowOf),
        ];
    }

    private IEnumerable<StoredRun> Standing(SliceKey slice, bool stoppable) =>
        Runs.Values.Where(r =>
            r.End is null
            && r.State.Due is not null
            && r.State.Stoppable == stoppable
            && (r.Generation == Gate.Generation || mutant == Mutant.ForgetGeneration)
            && PartitionOf(r.State.ProfileId) == slice.Partition
        );

    private static void Announce(SliceRead read, DateTimeOffset due)
    {
        if (!(read.NextDue <= due))
            read.NextDue = due;
    }

    private RunRow RowOf(StoredRun run) =>
        new(GenerationOf(run.Generation), run.State, HasContent: false, run.Kept is not null)
        {
            Profile = FactsOf(run.State.ProfileId),
            Kept = run.Kept,
        };

    private EffectRow RowOf(EffectRow row) => row with { Generation = GenerationOf(row.Generation) };

    private int GenerationOf(int generation) => mutant == Mutant.ForgetGeneration ? Gate.Generation : generation;

    private ProfileFacts FactsOf(string profile) =>
        ProfileOverlay.Empty(profile, Clock) with
        {
            Fields = Profiles.GetValueOrDefault(profile, Engine.Runs.Facts.NoJson),
        };
}
