using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>What happened to a scenario's runs in a period.</summary>
/// <param name="Errors">Runs that failed, and exits by an error output that led on.</param>
public readonly record struct Happened(long Entered, long Completed, long Failed, long Left, long Errors)
{
    public static Happened operator +(Happened a, Happened b) =>
        new(a.Entered + b.Entered, a.Completed + b.Completed, a.Failed + b.Failed, a.Left + b.Left, a.Errors + b.Errors);

    internal Happened With(string kind, long n) =>
        kind switch
        {
            "entered" => this with { Entered = Entered + n },
            "completed" => this with { Completed = Completed + n },
            "failed" => this with { Failed = Failed + n, Errors = Errors + n },
            "left" => this with { Left = Left + n },
            "error" => this with { Errors = Errors + n },
            _ => this,
        };
}

/// <summary>
/// The numbers of a scenario as a whole, of one snapshot: entered = inside + completed + failed + left, ever.
/// </summary>
/// <param name="Today">Since midnight of the scenario's zone.</param>
public sealed record LiveTotals(long Inside, Happened Today, Happened Ever);

/// <summary>
/// Reads the totals of watched scenarios repeatedly. The days before today no longer change, so they are summed once
/// a day; each read then scans only the quarter hours of today.
/// </summary>
public sealed class LiveTotalsReads(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// A commit carries the instant at which it began: this long after midnight no commit of the day before is still
    /// in flight.
    /// </summary>
    private static readonly TimeSpan LongestCommit = TimeSpan.FromMinutes(1);

    /// <param name="before">What an earlier read of the same day returned for the days before; null sums them.</param>
    /// <returns>The totals, and the value to pass to the next read.</returns>
    public async Task<(LiveTotals Totals, DaysBefore? Before)> OfAsync(
        int tenant,
        int scenario,
        DateTimeOffset midnight,
        DaysBefore? before,
        CancellationToken cancellationToken
    )
    {
        if (before?.Until != midnight)
            before = null;
        await using var command = dataSource.Command(
            """
            select 'inside', true, coalesce(sum(l.n), 0)::bigint, statement_timestamp()
            from scenario s join live_count l on l.tenant_id = s.tenant_id and l.scenario = s.number and l.generation = s.generation
            where s.tenant_id = $1 and s.number = $2
            union all
            select kind, at >= $3, sum(n)::bigint, statement_timestamp()
            from period_count where tenant_id = $1 and scenario = $2 and element = '' and at >= $4
            group by 1, 2
            """,
            tenant,
            scenario,
            midnight,
            before is null ? DateTimeOffset.MinValue : midnight
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (inside, today, earlier, now) = (0L, default(Happened), before?.Happened ?? default, default(DateTimeOffset));
        while (await reader.ReadAsync(cancellationToken))
        {
            var (kind, isToday, n) = (reader.GetString(0), reader.GetBoolean(1), reader.GetInt64(2));
            now = reader.At(3);
            if (kind == "inside")
                inside = n;
            else if (isToday)
                today = today.With(kind, n);
            else
                earlier = earlier.With(kind, n);
        }
        return (
            new LiveTotals(inside, today, earlier + today),
            now - midnight > LongestCommit ? new DaysBefore(midnight, earlier) : null
        );
    }

    public sealed record DaysBefore(DateTimeOffset Until, Happened Happened);
}
