using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>Effects of runs that perform: due when the next attempt is, at infinity while one is under way.</summary>
internal static class Effects
{
    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    private const string Selected =
        "e.run_id, e.step, e.profile_id, e.element, e.kind, e.generation, e.attempt, e.request, e.outcome";

    private static readonly Columns<Asked<int>> DueOf = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "scenario", "int", a => a.Scenario },
        { "partition", "smallint", a => a.Partition },
        { "n", "int", a => a.Value },
    };

    private static readonly Columns<Asked<bool>> UnderWayOf = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "scenario", "int", a => a.Scenario },
        { "partition", "smallint", a => a.Partition },
    };

    private static readonly Columns<Written<(EffectRow Row, DateTimeOffset Due)>> Begun = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "run_id", "uuid", r => r.Row.Row.RunId },
        { "step", "int", r => r.Row.Row.Step },
        { "partition", "smallint", r => r.Partition },
        { "generation", "int", r => r.Row.Row.Generation },
        { "profile_id", "text", r => r.Row.Row.ProfileId },
        { "element", "text", r => r.Row.Row.Element },
        { "kind", "text", r => r.Row.Row.Kind },
        { "attempt", "int", r => r.Row.Row.Attempt },
        { "due", "timestamptz", r => r.Row.Due },
        { "request", "text", r => r.Row.Row.Request },
    };

    private static readonly Columns<Written<EffectChange>> Changed = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "run_id", "uuid", r => r.Row.RunId },
        { "step", "int", r => r.Row.Step },
        { "attempt", "int", r => r.Row.Attempt },
        { "due", "timestamptz", r => r.Row.Due },
        { "outcome", "text", r => r.Row.Outcome },
    };

    private static readonly Columns<Written<(Guid RunId, int Step)>> Settled = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "run_id", "uuid", r => r.Row.RunId },
        { "step", "int", r => r.Row.Step },
    };

    /// <summary>By how much tests move the clock: the parameter behind the columns.</summary>
    private static readonly string Shift = DueOf.After(0);

    private static readonly string SelectDue = $"""
        select x.i, {Selected}
        from {DueOf.Rows}
        cross join lateral (
            select * from effect
            where effect.tenant_id = x.tenant_id and effect.scenario = x.scenario and effect.partition = x.partition and effect.due <= now() + {Shift}
            order by effect.due, effect.run_id limit x.n) as e
        """;

    private static readonly string SelectNextDue = $"""
        select x.i, (
            select e.due from effect e
            where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.partition = x.partition and e.due > now() + {Shift} and e.due < 'infinity'
            order by e.due limit 1)
        from {DueOf.Rows}
        """;

    private static readonly string SelectUnderWay = $"""
        select x.i, {Selected}
        from {UnderWayOf.Rows}
        join effect e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.partition = x.partition and e.due = 'infinity'
        """;

    private static readonly string Insert = $"insert into effect ({Begun.Names}) select * from {Begun.Unnest}";

    private static readonly string Update = $"""
        update effect e set attempt = x.attempt, due = x.due, outcome = x.outcome
        from {Changed.Rows}
        where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.run_id = x.run_id and e.step = x.step
        """;

    private static readonly string Delete = $"""
        delete from effect e using {Settled.Rows}
        where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.run_id = x.run_id and e.step = x.step
        """;

    /// <summary>Effects that are due, as many as a slice may begin, and when the next one is.</summary>
    public static void AskDue(LedgerBatch batch, IReadOnlyList<SliceRead> slices, TimeSpan shift)
    {
        var asked = LedgerBatch.Asked<int>(slices, s => s.EffectCredit > 0 ? [s.EffectCredit] : []);
        batch.Add(
            SelectDue,
            DueOf,
            asked,
            reader =>
            {
                var row = new RowCursor(reader);
                slices[row.Int()].Effects.Add(Read(ref row));
            },
            shift
        );
        batch.Add(
            SelectNextDue,
            DueOf,
            asked,
            reader =>
            {
                var row = new RowCursor(reader);
                slices[row.Int()].Earlier(row.InstantOrNull());
            },
            shift
        );
    }

    /// <summary>What a former owner had under way.</summary>
    public static void AskUnderWay(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        batch.Add(SelectUnderWay, UnderWayOf, LedgerBatch.Asked<bool>(slices, s => s.AdoptsEffects ? [true] : []), reader =>
        {
            var row = new RowCursor(reader);
            slices[row.Int()].EffectsUnderWay.Add(Read(ref row));
        });

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        batch.Add(Delete, Settled, LedgerBatch.Rows(writes, w => w.SettledEffects));
        batch.Add(Insert, Begun, LedgerBatch.Rows(writes, w => w.NewEffects));
        batch.Add(Update, Changed, LedgerBatch.Rows(writes, w => w.ChangedEffects));
    }

    private static EffectRow Read(ref RowCursor row) =>
        new(row.Id(), row.Int(), row.Text(), row.Text(), row.Text(), row.Int(), row.Int(), row.Text(), row.TextOrNull());
}
