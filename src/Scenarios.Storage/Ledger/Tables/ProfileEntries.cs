using Scenarios.Engine.Batches;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>What is remembered of a profile in a scenario: one row for each, which outlives the runs.</summary>
internal static class ProfileEntries
{
    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    private const string Selected =
        """e.entries, e.open, e.generation, e.completed, e.failed, e.last_entered_at, e.last_ended_at, e.recent, e.declined, e.declined_at""";

    private const int SelectedColumns = 10;

    private static readonly Columns<Asked<string>> OfCaptured = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "scenario", "int", a => a.Scenario },
        { "partition", "smallint", a => a.Partition },
        { "database", "int", a => a.Slice.Database },
        { "profile_id", "text", a => a.Value },
        { "whole", "bool", a => a.Slice.WithProfiles },
    };

    private static readonly Columns<Asked<(string Profile, int Scenario)>> OfHistory = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "scenario", "int", a => a.Value.Scenario },
        { "profile_id", "text", a => a.Value.Profile },
    };

    // Arrays of arrays of different lengths are none to PostgreSQL: lists go as texts.
    private static readonly Columns<Written<KeyValuePair<string, EntryRow>>> Remembered = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "profile_id", "text", r => r.Row.Key },
        { "entries", "int", r => r.Row.Value.Entries },
        { "open", "text", r => "{" + string.Join(',', r.Row.Value.Open) + "}" },
        { "generation", "int", r => r.Row.Value.Generation },
        { "completed", "int", r => r.Row.Value.Completed },
        { "failed", "int", r => r.Row.Value.Failed },
        { "last_entered_at", "timestamptz", r => r.Row.Value.LastEnteredAt },
        { "last_ended_at", "timestamptz", r => r.Row.Value.LastEndedAt },
        { "recent", "text", r => Recent(r.Row.Value.Recent) },
        { "declined", "text", r => r.Row.Value.Declined },
        { "declined_at", "timestamptz", r => r.Row.Value.DeclinedAt },
    };

    private static readonly Columns<Written<EntryEnd>> Ends = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "profile_id", "text", r => r.Row.ProfileId },
        { "run_id", "uuid", r => r.Row.RunId },
        { "completed", "bool", r => r.Row.Completed },
        { "failed", "bool", r => r.Row.Failed },
        { "at", "timestamptz", r => r.Row.At },
    };

    private static readonly string SelectCaptured = $"""
        select x.i, x.profile_id, {Selected}, p.id is not null, {Profiles.SelectedIfWhole}
        from {OfCaptured.Rows}
        left join profile p on p.tenant_id = x.tenant_id and p.database = x.database and p.id = x.profile_id
        left join profile_entry e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
        """;

    private static readonly string SelectHistory = $"""
        select x.i, x.profile_id, x.scenario, e.entries, case when e.generation = s.generation then cardinality(e.open) else 0 end, e.completed, e.failed
        from {OfHistory.Rows}
        join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
        join profile_entry e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
        """;

    private static readonly string Upsert = $"""
        insert into profile_entry as e ({Remembered.Names})
        select x.tenant_id, x.scenario, x.profile_id, x.entries, x.open::uuid[], x.generation, x.completed, x.failed, x.last_entered_at, x.last_ended_at, x.recent::timestamptz[], x.declined, x.declined_at
        from {Remembered.Rows}
        on conflict (tenant_id, scenario, profile_id) do update set
            entries = excluded.entries, open = excluded.open, generation = excluded.generation, completed = excluded.completed, failed = excluded.failed,
            last_entered_at = excluded.last_entered_at, last_ended_at = excluded.last_ended_at, recent = excluded.recent, declined = excluded.declined, declined_at = excluded.declined_at
        """;

    // Several runs of one profile may end in one batch (parallel): their changes are added up first.
    private static readonly string UpdateEnds = $"""
        update profile_entry e
        set open = array(select o from unnest(e.open) as o where o <> all (x.ended)), completed = e.completed + x.completed, failed = e.failed + x.failed, last_ended_at = greatest(e.last_ended_at, x.at)
        from (
            select tenant_id, scenario, profile_id, array_agg(run_id) as ended, count(*) filter (where completed)::int as completed, count(*) filter (where failed)::int as failed, max(at) as at
            from {Ends.Rows}
            group by tenant_id, scenario, profile_id) as x
        where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
        """;

    /// <summary>The memory of captured profiles, and the profiles themselves: whole where steps look at them.</summary>
    public static void AskCaptured(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        batch.Add(SelectCaptured, OfCaptured, LedgerBatch.Asked(slices, s => s.Profiles), reader =>
        {
            var row = new RowCursor(reader);
            var slice = slices[row.Int()];
            var profile = row.Text();
            if (row.IsNull)
                row.Skip(SelectedColumns);
            else
                slice.Entries[profile] = Read(ref row);
            if (row.Flag())
                slice.ProfileRows[profile] = Profiles.Read(ref row) ?? ProfileOverlay.Empty(profile, default);
        });

    /// <summary>
    /// The histories of captured profiles. Those of runs are asked for once the runs are known
    /// (<see cref="AskHistoriesOfRuns"/>).
    /// </summary>
    public static void AskHistories(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        AskHistories(batch, slices, s => s.Profiles);

    public static void AskHistoriesOfRuns(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        AskHistories(batch, slices, s =>
            s.Due.SelectMany(d => d).Concat(s.RunRows.Values).Select(r => r.State.ProfileId).Distinct()
        );

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        batch.Add(Upsert, Remembered, LedgerBatch.Rows(writes, w => w.Entries));
        batch.Add(UpdateEnds, Ends, LedgerBatch.Rows(writes, w => w.EntryEnds));
    }

    private static void AskHistories(
        LedgerBatch batch,
        IReadOnlyList<SliceRead> slices,
        Func<SliceRead, IEnumerable<string>> profiles
    ) =>
        batch.Add(
            SelectHistory,
            OfHistory,
            LedgerBatch.Asked(slices, s =>
                s.ScenariosAsked.SelectMany(_ => profiles(s), (scenario, profile) => (Profile: profile, Scenario: scenario))
            ),
            reader =>
            {
                var row = new RowCursor(reader);
                var slice = slices[row.Int()];
                var key = (row.Text(), row.Int());
                slice.Histories[key] = new ScenarioHistory(row.Int(), row.Int(), row.Int(), row.Int());
            }
        );

    private static EntryRow Read(ref RowCursor row) =>
        new(
            row.Int(),
            row.Value<Guid[]>(),
            row.Int(),
            row.Int(),
            row.Int(),
            row.InstantOrNull(),
            row.InstantOrNull(),
            row.ListOrEmpty<DateTimeOffset>(),
            row.TextOrNull(),
            row.InstantOrNull()
        );

    private static string? Recent(DateTimeOffset[] recent) =>
        recent.Length == 0 ? null : "{" + string.Join(',', recent.Select(Instants.Format)) + "}";
}
