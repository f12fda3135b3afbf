using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>The numbers: what happened by quarter of an hour, and how many runs are at each element now.</summary>
internal static class Counts
{
    private static readonly Columns<Happened> ByQuarter = new()
    {
        { "tenant_id", "int", c => c.Tenant },
        { "scenario", "int", c => c.Scenario },
        { "at", "timestamptz", c => c.At },
        { "partition", "smallint", c => c.Partition },
        { "element", "text", c => c.Count.Element },
        { "kind", "text", c => c.Count.Kind },
        { "name", "text", c => c.Count.Name },
        { "n", "bigint", c => c.N },
    };

    private static readonly Columns<Written<KeyValuePair<(int Generation, string Element), int>>> Live = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "generation", "int", r => r.Row.Key.Generation },
        { "partition", "smallint", r => r.Partition },
        { "element", "text", r => r.Row.Key.Element },
        { "n", "bigint", r => (long)r.Row.Value },
    };

    private static readonly string AddToPeriods = $"""
        insert into period_count as c ({ByQuarter.Names})
        select * from {ByQuarter.Unnest}
        on conflict (tenant_id, scenario, at, partition, element, kind, name) do update set n = c.n + excluded.n
        """;

    private static readonly string AddToLive = $"""
        insert into live_count as c ({Live.Names})
        select * from {Live.Unnest}
        on conflict (tenant_id, scenario, generation, partition, element) do update set n = c.n + excluded.n
        """;

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        // What slices of one scenario counted goes into one row, that of the first of them: the fence holds its partition, so no
        // other commit is at it.
        var happened = writes
            .SelectMany(w => w.Counts.Select(c => (w.Key, At: Quarter(w.Now), Count: c.Key, N: (long)c.Value)))
            .GroupBy(
                c => (c.Key.Tenant, c.Key.Scenario, c.At, c.Count),
                (same, some) =>
                    new Happened(
                        same.Tenant,
                        same.Scenario,
                        same.At,
                        some.Min(c => c.Key.Partition),
                        same.Count,
                        some.Sum(c => c.N)
                    )
            )
            .ToList();
        batch.Add(AddToPeriods, ByQuarter, happened);
        batch.Add(AddToLive, Live, LedgerBatch.Rows(writes, w => w.Live.Where(l => l.Value != 0)));
    }

    /// <summary>Statistics are kept in quarter hours of UTC.</summary>
    private static DateTimeOffset Quarter(DateTimeOffset now) =>
        new(now.Ticks - now.Ticks % (TimeSpan.TicksPerMinute * 15), TimeSpan.Zero);

    private readonly record struct Happened(int Tenant, int Scenario, DateTimeOffset At, short Partition, Count Count, long N);
}
