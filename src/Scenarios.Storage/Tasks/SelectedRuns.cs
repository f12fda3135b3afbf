using Npgsql;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Tasks;

/// <summary>The open runs that a bulk action selects. Null does not filter.</summary>
/// <param name="Element">Runs that were at this element at <paramref name="AsOf"/> and still are.</param>
/// <param name="AsOf">When the action was requested: runs that entered later are not selected.</param>
public sealed record RunSelection(
    string? Element,
    DateTimeOffset? EnteredBefore,
    string[]? ProfileIds,
    Guid[]? RunIds,
    DateTimeOffset AsOf
);

/// <summary>
/// Finds the runs of a selection, by entry. The statement contains only active filters: under the ledger's generic
/// plans a condition that may be absent would keep an index from being used.
/// </summary>
public sealed class SelectedRuns(NpgsqlDataSource dataSource)
{
    /// <summary>The database's clock.</summary>
    /// <param name="shift">Moves it, for tests.</param>
    public async Task<DateTimeOffset> NowAsync(TimeSpan shift, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command("select clock_timestamp() + $1", shift);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>The number of selected runs, by phase.</summary>
    public async Task<Dictionary<RunPhase, long>> CountAsync(
        int tenant,
        int scenario,
        RunSelection selection,
        CancellationToken cancellationToken
    )
    {
        var values = new List<object?>();
        var counts = await dataSource
            .Command($"select r.phase, count(*) {Selected(tenant, scenario, selection, values)} group by r.phase", [.. values])
            .ListAsync(row => ((RunPhase)row.GetInt16(0), row.GetInt64(1)), cancellationToken);
        return counts.ToDictionary(p => p.Item1, p => p.Item2);
    }

    /// <summary>A page of runs, each with its slice.</summary>
    /// <param name="after">Exclusive.</param>
    /// <param name="upTo">Inclusive; null for as far as the page goes.</param>
    public Task<List<(Guid Run, short Partition)>> PageAsync(
        int tenant,
        int scenario,
        RunSelection selection,
        Guid after,
        Guid? upTo,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var values = new List<object?>();
        var selected = Selected(tenant, scenario, selection, values);
        values.AddRange([after, upTo ?? Guid.AllBitsSet, limit]);
        var n = values.Count;
        return dataSource
            .Command(
                $"select r.id, r.partition {selected} and r.id > ${n - 2} and r.id <= ${n - 1} order by r.id limit ${n}",
                [.. values]
            )
            .ListAsync(row => (row.GetGuid(0), row.GetInt16(1)), cancellationToken);
    }

    private static string Selected(int tenant, int scenario, RunSelection selection, List<object?> values)
    {
        values.AddRange([tenant, scenario, selection.AsOf]);
        var sql = """
            from scenario s
            join run r on r.tenant_id = s.tenant_id and r.scenario = s.number and r.generation = s.generation
            where s.tenant_id = $1 and s.number = $2 and s.deleted_at is null and r.entered_at <= $3
            """;
        if (selection.Element is { } element)
            sql += $" and r.element = ${With(element)} and r.element <> '' and r.arrived_at <= $3";
        if (selection.EnteredBefore is { } before)
            sql += $" and r.entered_at < ${With(before)}";
        if (selection.RunIds is { } ids)
            sql += $" and r.id = any(${With(ids)})";
        if (selection.ProfileIds is { } profiles)
            sql +=
                $""" and r.id in (select unnest(e.open) from profile_entry e where e.tenant_id = $1 and e.scenario = $2 and e.profile_id = any(${With(profiles)}))""";
        return sql;

        int With(object value)
        {
            values.Add(value);
            return values.Count;
        }
    }
}
