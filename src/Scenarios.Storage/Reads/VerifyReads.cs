using System.Data;
using System.Text.Json.Serialization;
using Npgsql;

namespace Scenarios.Storage.Reads;

public sealed record Verification(IReadOnlyList<Difference> Differences)
{
    [JsonPropertyOrder(-1)]
    public bool Consistent => Differences.Count == 0;
}

/// <param name="What">inside, balance, entered, completed, failed, or left.REASON.</param>
/// <param name="Element">Null for the scenario itself.</param>
/// <param name="Counted">What the counters say.</param>
/// <param name="Recounted">The value recounted from the rows or from the other counters.</param>
public sealed record Difference(string What, string? Element, long Counted, long Recounted);

/// <summary>
/// The proof that the numbers add up: recounts a scenario from its rows in one snapshot, while it runs.
/// </summary>
public sealed class VerifyReads(NpgsqlDataSource dataSource)
{
    /// <summary>Counting millions of rows is slow and rarely requested.</summary>
    private const int TimeoutSeconds = 120;

    /// <remarks>Counts older than the tenant's history no longer have rows to be compared with.</remarks>
    public async Task<Verification> VerifyAsync(int tenant, int scenario, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (
            var settings = connection.Command($"set transaction read only; set local statement_timeout = '{TimeoutSeconds}s'")
        )
            await settings.ExecuteNonQueryAsync(cancellationToken);
        var differences = new List<Difference>();
        differences.AddRange(await InsideAsync(connection, tenant, scenario, cancellationToken));
        differences.AddRange(await BalanceAsync(connection, tenant, scenario, cancellationToken));
        differences.AddRange(await EndsAsync(connection, tenant, scenario, cancellationToken));
        return new Verification(differences);
    }

    /// <summary>Live counts against the open runs at each element.</summary>
    private static Task<List<Difference>> InsideAsync(
        NpgsqlConnection connection,
        int tenant,
        int scenario,
        CancellationToken cancellationToken
    ) =>
        CompareAsync(
            connection.Command(
                """
                with counted as (
                    select l.element, sum(l.n)::bigint as n
                    from scenario s join live_count l on l.tenant_id = s.tenant_id and l.scenario = s.number and l.generation = s.generation
                    where s.tenant_id = $1 and s.number = $2 group by 1
                ), recounted as (
                    select r.element, count(*) as n
                    from scenario s join run r on r.tenant_id = s.tenant_id and r.scenario = s.number and r.generation = s.generation
                    where s.tenant_id = $1 and s.number = $2 group by 1
                )
                select 'inside', element, coalesce(counted.n, 0), coalesce(recounted.n, 0)
                from counted full join recounted using (element)
                order by 2
                """,
                tenant,
                scenario
            ),
            cancellationToken
        );

    /// <summary>Inside equals entries minus exits, for the scenario and for each element.</summary>
    private static Task<List<Difference>> BalanceAsync(
        NpgsqlConnection connection,
        int tenant,
        int scenario,
        CancellationToken cancellationToken
    ) =>
        CompareAsync(
            connection.Command(
                """
                with balance as (
                    select element, sum(case when kind = 'entered' then n when kind in ('completed', 'failed', 'left', 'ended') then -n else 0 end)::bigint as n
                    from period_count where tenant_id = $1 and scenario = $2 group by 1
                ), live as (
                    select coalesce(l.element, '') as element, sum(l.n)::bigint as n
                    from scenario s join live_count l on l.tenant_id = s.tenant_id and l.scenario = s.number and l.generation = s.generation
                    where s.tenant_id = $1 and s.number = $2 group by grouping sets ((l.element), ())
                )
                select 'balance', nullif(element, ''), coalesce(live.n, 0), coalesce(balance.n, 0)
                from balance full join live using (element)
                order by 2 nulls first
                """,
                tenant,
                scenario
            ),
            cancellationToken
        );

    /// <summary>
    /// Entries and ends against the runs that are still kept, including dead rows that are not yet cleaned up.
    /// </summary>
    private static Task<List<Difference>> EndsAsync(
        NpgsqlConnection connection,
        int tenant,
        int scenario,
        CancellationToken cancellationToken
    ) =>
        CompareAsync(
            connection.Command(
                """
                with since as (
                    -- The first quarter hour of which every run is still kept.
                    select quarter_hour(history_from) + interval '15 minutes' as at from tenant where id = $1
                ), counted as (
                    select case kind when 'left' then 'left.' || name else kind end as what, sum(n)::bigint as n
                    from period_count, since
                    where tenant_id = $1 and scenario = $2 and element = '' and kind in ('entered', 'completed', 'failed', 'left') and period_count.at >= since.at
                    group by 1
                ), rows as (
                    select r.entered_at, g.ended_at, case when g.generation is not null then 'left' end as state, g.reason
                    from scenario s
                    join run r on r.tenant_id = s.tenant_id and r.scenario = s.number
                    left join scenario_generation g
                        on g.tenant_id = r.tenant_id and g.scenario = r.scenario and g.generation = r.generation and r.generation < s.generation
                    where s.tenant_id = $1 and s.number = $2
                    union all
                    select entered_at, ended_at, state, reason from run_history where tenant_id = $1 and scenario = $2
                ), recounted as (
                    select 'entered' as what, count(*) as n from rows, since where entered_at >= since.at
                    union all
                    select case state when 'left' then 'left.' || reason else state end, count(*) from rows, since where ended_at >= since.at group by 1
                )
                select what, null::text, coalesce(counted.n, 0), coalesce(recounted.n, 0)
                from counted full join recounted using (what)
                order by 1
                """,
                tenant,
                scenario
            ),
            cancellationToken
        );

    private static async Task<List<Difference>> CompareAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        command.CommandTimeout = TimeoutSeconds;
        var rows = await command.ListAsync(
            row => new Difference(row.GetString(0), row.Text(1), row.GetInt64(2), row.GetInt64(3)),
            cancellationToken
        );
        rows.RemoveAll(r => r.Counted == r.Recounted);
        return rows;
    }
}
