using Npgsql;

namespace Scenarios.Storage.Reads;

/// <param name="Errors">Runs that failed, and exits by an error output that led on.</param>
/// <param name="Left">By reason; so are <paramref name="Declined"/> and <paramref name="FailedBy"/>.</param>
/// <param name="ErrorExits">By element: exits by its error output that led on.</param>
public sealed record StatisticsTotals(
    long Entered,
    long Completed,
    long Failed,
    long Errors,
    IReadOnlyDictionary<string, long> Left,
    IReadOnlyDictionary<string, long> Declined,
    IReadOnlyDictionary<string, long> FailedBy,
    IReadOnlyDictionary<string, long> ErrorExits
);

/// <param name="At">When the bucket begins.</param>
/// <param name="Left">For any reason.</param>
public sealed record StatisticsBucket(DateTimeOffset At, long Entered, long Completed, long Failed, long Errors, long Left);

/// <summary>entered = inside + Σ left (by output) + Σ ended (by reason).</summary>
public sealed record ElementStatistics(
    long Entered,
    IReadOnlyDictionary<string, long> Left,
    IReadOnlyDictionary<string, long> Ended
);

/// <param name="From">The period, widened to whole buckets; To is exclusive.</param>
public sealed record Statistics(
    DateTimeOffset From,
    DateTimeOffset To,
    StatisticsTotals Totals,
    IReadOnlyList<StatisticsBucket> Series,
    IReadOnlyDictionary<string, ElementStatistics> Elements
);

public sealed class StatisticsReads(NpgsqlDataSource dataSource)
{
    /// <param name="edges">Ascending edges of the buckets, at least two, on quarter hours
    /// (<see cref="Engine.Time.Buckets"/>).</param>
    public async Task<Statistics> OfAsync(
        int tenant,
        int scenario,
        IReadOnlyList<DateTimeOffset> edges,
        CancellationToken cancellationToken
    )
    {
        await using var command = dataSource.Command(
            """
            select element, kind, name, case when element = '' then width_bucket(at, $3) - 1 else 0 end, sum(n)::bigint
            from period_count
            where tenant_id = $1 and scenario = $2 and at >= $4 and at < $5
            group by 1, 2, 3, 4
            """,
            tenant,
            scenario,
            edges.Select(e => e.UtcDateTime).ToArray(),
            edges[0],
            edges[^1]
        );
        var buckets = new Bucket[edges.Count - 1];
        var (left, declined, failedBy, errorExits) = (Names(), Names(), Names(), Names());
        var elements = new SortedDictionary<string, Element>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (element, kind, name, n) = (reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(4));
            if (element.Length > 0)
            {
                if (!elements.TryGetValue(element, out var at))
                    elements.Add(element, at = new Element(Names(), Names()));
                if (kind == "entered")
                    at.Entered += n;
                else
                    Add(kind == "left" ? at.Left : at.Ended, name, n);
                continue;
            }
            ref var bucket = ref buckets[reader.GetInt32(3)];
            switch (kind)
            {
                case "entered":
                    bucket.Entered += n;
                    break;
                case "completed":
                    bucket.Completed += n;
                    break;
                case "failed":
                    bucket.Failed += n;
                    Add(failedBy, name, n);
                    break;
                case "error":
                    bucket.ErrorExits += n;
                    Add(errorExits, name, n);
                    break;
                case "left":
                    bucket.Left += n;
                    Add(left, name, n);
                    break;
                case "declined":
                    Add(declined, name, n);
                    break;
                default:
                    break; // Counted by a newer version.
            }
        }
        var totals = new StatisticsTotals(
            buckets.Sum(b => b.Entered),
            buckets.Sum(b => b.Completed),
            buckets.Sum(b => b.Failed),
            buckets.Sum(b => b.Failed + b.ErrorExits),
            left,
            declined,
            failedBy,
            errorExits
        );
        return new Statistics(
            edges[0],
            edges[^1],
            totals,
            [
                .. buckets.Select(
                    (b, i) => new StatisticsBucket(edges[i], b.Entered, b.Completed, b.Failed, b.Failed + b.ErrorExits, b.Left)
                ),
            ],
            elements.ToDictionary(e => e.Key, e => new ElementStatistics(e.Value.Entered, e.Value.Left, e.Value.Ended))
        );
    }

    private struct Bucket
    {
        public long Entered,
            Completed,
            Failed,
            ErrorExits,
            Left;
    }

    private sealed class Element(SortedDictionary<string, long> left, SortedDictionary<string, long> ended)
    {
        public long Entered;
        public readonly SortedDictionary<string, long> Left = left,
            Ended = ended;
    }

    private static SortedDictionary<string, long> Names() => new(StringComparer.Ordinal);

    private static void Add(SortedDictionary<string, long> to, string name, long n) =>
        to[name] = to.GetValueOrDefault(name) + n;
}
