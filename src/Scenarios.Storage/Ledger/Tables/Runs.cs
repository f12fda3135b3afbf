using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>Open runs: the hot table, one row for each.</summary>
internal static class Runs
{
    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    public const string Selected = """
        r.generation, r.id, r.profile_id, r.element, r.phase, r.step, r.entered_at, r.arrived_at, r.due, r.stoppable, r.revision, r.depth, r.hops, r.stopped, r.has_content, r.has_kept
        """;

    /// <summary>The same, with the profile and what the run carries.</summary>
    private const string SelectedWhole = $"{Selected}, {Profiles.Selected}, d.content, d.kept";

    private static readonly Columns<Written<RunRow>> Inserted = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "id", "uuid", r => r.Row.State.Id },
        { "partition", "smallint", r => r.Partition },
        { "generation", "int", r => r.Row.Generation },
        { "profile_id", "text", r => r.Row.State.ProfileId },
        { "element", "text", r => r.Row.State.Element },
        { "phase", "smallint", r => (short)r.Row.State.Phase },
        { "step", "int", r => r.Row.State.Step },
        { "entered_at", "timestamptz", r => r.Row.State.EnteredAt },
        { "arrived_at", "timestamptz", r => r.Row.State.ArrivedAt },
        { "due", "timestamptz", r => r.Row.State.Due },
        { "stoppable", "bool", r => r.Row.State.Stoppable },
        { "revision", "int", r => r.Row.State.Revision },
        { "depth", "smallint", r => (short)r.Row.State.Depth },
        { "hops", "smallint", r => (short)r.Row.State.Hops },
        { "stopped", "interval", r => r.Row.State.StoppedAtArrival },
        { "has_content", "bool", r => r.Row.HasContent },
        { "has_kept", "bool", r => r.Row.HasKept },
    };

    /// <summary>What changes when a run moves on; the rest of its row never does.</summary>
    private static readonly Columns<Written<RunRow>> Updated = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "id", "uuid", r => r.Row.State.Id },
        { "element", "text", r => r.Row.State.Element },
        { "phase", "smallint", r => (short)r.Row.State.Phase },
        { "step", "int", r => r.Row.State.Step },
        { "arrived_at", "timestamptz", r => r.Row.State.ArrivedAt },
        { "due", "timestamptz", r => r.Row.State.Due },
        { "stoppable", "bool", r => r.Row.State.Stoppable },
        { "revision", "int", r => r.Row.State.Revision },
        { "depth", "smallint", r => (short)r.Row.State.Depth },
        { "hops", "smallint", r => (short)r.Row.State.Hops },
        { "stopped", "interval", r => r.Row.State.StoppedAtArrival },
        { "has_kept", "bool", r => r.Row.HasKept },
    };

    private static readonly Columns<Written<EndedRun>> Gone = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "id", "uuid", r => r.Row.Run.State.Id },
    };

    private static readonly Columns<Asked<Guid>> ById = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "scenario", "int", a => a.Scenario },
        { "partition", "smallint", a => a.Partition },
        { "id", "uuid", a => a.Value },
    };

    private static readonly Columns<Asked<string>> OpenOf = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "scenario", "int", a => a.Scenario },
        { "partition", "smallint", a => a.Partition },
        { "profile_id", "text", a => a.Value },
    };

    private static readonly Columns<Scan> Scanned = new()
    {
        { "i", "int", s => s.Place },
        { "tenant_id", "int", s => s.Slice.Key.Tenant },
        { "scenario", "int", s => s.Slice.Key.Scenario },
        { "partition", "smallint", s => s.Slice.Key.Partition },
        { "stoppable", "bool", s => s.Range.Stoppable },
        { "after", "timestamptz", s => s.Range.After },
        { "up_to", "timestamptz", s => s.Range.UpTo },
        { "n", "int", s => s.Range.Limit },
        { "stopped", "interval", s => s.Range.Stoppable ? s.Slice.Stopped : TimeSpan.Zero },
        { "whole", "bool", s => s.Slice.WithProfiles },
    };

    /// <summary>By how much tests move the clock: the parameter behind the columns.</summary>
    private static readonly string Shift = Scanned.After(0);

    // Rows of an ended generation are dead, and may lie here for a while yet.
    // A null key ends an index probe before it begins: profiles and data cost nothing where they are not asked for.
    // The limit of 1 says nothing new (it is the whole key): it has the planner look up one row for each run. Without
    // statistics it
    // otherwise joined all data of the scenario and threw away what did not fit (PlanTests).
    private static readonly string SelectDue = $"""
        select x.i, {SelectedWhole}
        from {Scanned.Rows}
        join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
        cross join lateral (
            select * from run
            where run.tenant_id = x.tenant_id and run.scenario = x.scenario and run.partition = x.partition and run.stoppable = x.stoppable
              and run.generation = s.generation and run.due > x.after and run.due <= least(x.up_to, now() + {Shift} - x.stopped)
            order by run.due limit x.n) as r
        left join lateral (
            select * from profile where profile.tenant_id = x.tenant_id and profile.database = s.database and profile.id = case when x.whole then r.profile_id end limit 1) as p on true
        left join lateral (
            select * from run_data where run_data.tenant_id = x.tenant_id and run_data.scenario = x.scenario
              and run_data.run_id = case when x.whole and (r.has_content or r.has_kept) then r.id end limit 1) as d on true
        """;

    private static readonly string SelectNextDue = $"""
        select x.i, (
            select r.due + x.stopped from run r
            where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.partition = x.partition and r.stoppable = x.stoppable
              and r.due > greatest(x.after, now() + {Shift} - x.stopped)
            order by r.due limit 1)
        from {Scanned.Rows}
        where x.up_to is null
        """;

    private static readonly string SelectById = $"""
        select x.i, {SelectedWhole}
        from {ById.Rows}
        join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
        join run r on r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id and r.partition = x.partition
        left join lateral (
            select * from profile where profile.tenant_id = x.tenant_id and profile.database = s.database and profile.id = r.profile_id limit 1) as p on true
        left join lateral (
            select * from run_data where run_data.tenant_id = x.tenant_id and run_data.scenario = x.scenario
              and run_data.run_id = case when r.has_content or r.has_kept then r.id end limit 1) as d on true
        """;

    private static readonly string SelectOpenOf = $"""
        select x.i, {Selected}
        from {OpenOf.Rows}
        join profile_entry e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
        cross join lateral unnest(e.open) as o (id)
        join run r on r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = o.id
        """;

    private static readonly string Insert = $"insert into run ({Inserted.Names}) select * from {Inserted.Unnest}";

    private static readonly string Update = $"""
        update run r
        set element = x.element, phase = x.phase, step = x.step, arrived_at = x.arrived_at, due = x.due, stoppable = x.stoppable, revision = x.revision,
            depth = x.depth, hops = x.hops, stopped = x.stopped, has_kept = x.has_kept
        from {Updated.Rows}
        where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id
        """;

    private static readonly string Delete = $"""
        delete from run r using {Gone.Rows}
        where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id
        """;

    /// <summary>What is due in the ranges that slices look through, and what comes next in each.</summary>
    public static void AskDue(LedgerBatch batch, IReadOnlyList<SliceRead> slices, TimeSpan shift)
    {
        var scans = new List<Scan>();
        foreach (var slice in slices)
        {
            slice.Due = [.. slice.Ranges.Select(_ => new List<RunRow>())];
            for (var range = 0; range < slice.Ranges.Count; range++)
                scans.Add(new Scan(scans.Count, slice, range));
        }
        batch.Add(
            SelectDue,
            Scanned,
            scans,
            reader =>
            {
                var row = new RowCursor(reader);
                var scan = scans[row.Int()];
                scan.Slice.Due[scan.Index].Add(Read(ref row, whole: true));
            },
            shift
        );
        batch.Add(
            SelectNextDue,
            Scanned,
            scans,
            reader =>
            {
                var row = new RowCursor(reader);
                scans[row.Int()].Slice.Earlier(row.InstantOrNull());
            },
            shift
        );
    }

    /// <summary>Runs that inputs name, with their profiles and what they carry.</summary>
    public static void AskById(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        batch.Add(SelectById, ById, LedgerBatch.Asked(slices, s => s.Runs), reader =>
        {
            var row = new RowCursor(reader);
            var slice = slices[row.Int()];
            var run = Read(ref row, whole: true);
            slice.RunRows[run.State.Id] = run;
        });

    /// <summary>Runs that captured profiles have open, where a capture may end them.</summary>
    public static void AskOpen(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        batch.Add(SelectOpenOf, OpenOf, LedgerBatch.Asked<string>(slices, s => s.WithOpenRuns ? s.Profiles : []), reader =>
        {
            var row = new RowCursor(reader);
            var slice = slices[row.Int()];
            var run = Read(ref row, whole: false);
            slice.RunRows.TryAdd(run.State.Id, run);
        });

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        batch.Add(Insert, Inserted, LedgerBatch.Rows(writes, w => w.Inserted));
        batch.Add(Update, Updated, LedgerBatch.Rows(writes, w => w.Updated));
        batch.Add(Delete, Gone, LedgerBatch.Rows(writes, w => w.Ended.Where(e => e.WasStored)));
    }

    private static RunRow Read(ref RowCursor row, bool whole) =>
        new(
            row.Int(),
            new RunState(
                row.Id(),
                row.Text(),
                row.Text(),
                (RunPhase)row.Short(),
                row.Int(),
                row.Instant(),
                row.Instant(),
                row.InstantOrNull(),
                row.Flag(),
                row.Int(),
                row.Short(),
                row.Short(),
                row.Value<TimeSpan>()
            ),
            row.Flag(),
            row.Flag()
        )
        {
            Profile = whole ? Profiles.Read(ref row) : null,
            Content = whole ? row.TextOrNull() : null,
            Kept = whole ? row.TextOrNull() : null,
        };

    /// <summary>One range of one slice.</summary>
    /// <param name="Place">Among all scans of the round.</param>
    /// <param name="Index">Of the range among those of its slice.</param>
    private readonly record struct Scan(int Place, SliceRead Slice, int Index)
    {
        public DueRange Range => Slice.Ranges[Index];
    }
}
