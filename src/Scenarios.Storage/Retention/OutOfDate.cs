using Npgsql;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Retention;

/// <summary>What one pass deleted.</summary>
public readonly record struct TakenAway(long Runs, long Keys, long Tasks, long Claims, long Scenarios)
{
    public bool IsNothing => Runs + Keys + Tasks + Claims + Scenarios == 0;
}

// Design notes.
//
// Expired data is deleted in chunks by whichever node comes first; each chunk is a transaction that locks its rows
// for milliseconds. A pass that is cancelled, or finds a row locked, leaves the rest to the next one.
//
//   runs       that ended longer ago than their tenant keeps them, with trail, content and the keys that began them. The
//              instant from which all of them are present is in the tenant's row and is raised first, in a transaction of
//              its own: so "verify" knows which counts have rows to be compared with, even after the tenant has changed
//              its retention. The memory of a profile ("never again") and the statistics stay.
//   keys       without a run, 48 hours after their answer. The page of a running task keeps its receipt: it may be sent
//              again.
//   tasks      that ended longer ago than runs are kept.
//   claims     30 days after they were made: by then the profile exists and is found by its own address, or never will.
//   scenarios  after 30 days in the trash, with all their rows. No other job touches these rows any longer.

/// <summary>Deletes what has expired.</summary>
public sealed class OutOfDate(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// The rest of a deleted scenario, after its ended runs: the memory, the statistics, and everything else.
    /// </summary>
    private static readonly string[] OfScenario =
    [
        "effect",
        "run_data",
        "run_trail",
        "profile_entry",
        "live_count",
        "period_count",
        "task",
        "scenario_generation",
        "scenario_revision",
        "partition",
        "listener",
    ];

    private static readonly TimeSpan ClaimsKept = TimeSpan.FromDays(30);

    private readonly KeeperTurn _turn = new(dataSource);

    /// <param name="chunk">Rows of one transaction.</param>
    /// <param name="shift">Moves the database's clock, for tests.</param>
    public async Task<TakenAway> RunOnceAsync(int chunk, TimeSpan shift, CancellationToken cancellationToken) =>
        new(
            await RunsAsync(chunk, shift, cancellationToken),
            await KeysAsync(chunk, shift, cancellationToken),
            await TasksAsync(chunk, shift, cancellationToken),
            await ClaimsAsync(chunk, shift, cancellationToken),
            await ScenariosAsync(chunk, shift, cancellationToken)
        );

    /// <summary>
    /// Scenarios whose time in the trash is over. (One with dead rows that are not yet cleaned up is deleted later.)
    /// </summary>
    private Task<List<(int Tenant, int Number)>> InTrashTooLongAsync(TimeSpan shift, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select s.tenant_id, s.number from scenario s
                where s.deleted_at < clock_timestamp() + $1 - $2 and not exists (select from run r where r.tenant_id = s.tenant_id and r.scenario = s.number)
                order by s.deleted_at
                """,
                shift,
                ScenarioReads.TrashKept
            )
            .ListAsync(row => (row.GetInt32(0), row.GetInt32(1)), cancellationToken);

    private async Task<long> RunsAsync(int chunk, TimeSpan shift, CancellationToken cancellationToken)
    {
        if (
            await _turn.DoAsync(
                """
                with raised as (
                    update tenant t set history_from = x.until
                    from (select id, clock_timestamp() + $1 - make_interval(days => retention_days) as until from tenant) as x
                    where x.id = t.id and t.history_from < x.until and exists (select from run_history h where h.tenant_id = t.id and h.ended_at < x.until)
                    returning 1)
                select count(*)::int from raised
                """,
                cancellationToken,
                shift
            )
            is null
        )
            return 0;
        var tenants = await dataSource
            .Command(
                """select t.id from tenant t where exists (select from run_history h where h.tenant_id = t.id and h.ended_at < t.history_from)"""
            )
            .ListAsync(row => row.GetInt32(0), cancellationToken);
        var taken = 0L;
        foreach (var tenant in tenants)
            taken += await RunsAsync(
                tenant,
                "h.ended_at < (select history_from from tenant where id = $1) order by h.ended_at",
                chunk,
                cancellationToken
            );
        return taken;
    }

    /// <param name="which">Runs of the tenant, and in which order.</param>
    private Task<long> RunsAsync(int tenant, string which, int chunk, CancellationToken cancellationToken) =>
        InChunksAsync(
            $"""
            with old as materialized (
                select h.tenant_id, h.scenario, h.id, h.ended_at from run_history h where h.tenant_id = $1 and {which} limit $2),
            contents as (
                delete from run_data d using old where d.tenant_id = old.tenant_id and d.scenario = old.scenario and d.run_id = old.id),
            trails as (
                delete from run_trail t using old where t.tenant_id = old.tenant_id and t.scenario = old.scenario and t.run_id = old.id),
            keys as (
                delete from receipt r using old where r.tenant_id = old.tenant_id and r.run_id = old.id),
            ended as (
                delete from run_history h using old where h.tenant_id = old.tenant_id and h.scenario = old.scenario and h.id = old.id and h.ended_at = old.ended_at)
            select count(*)::int from old
            """,
            chunk,
            cancellationToken,
            tenant,
            chunk
        );

    private Task<long> KeysAsync(int chunk, TimeSpan shift, CancellationToken cancellationToken) =>
        InChunksAsync(
            """
            with old as materialized (
                select r.tenant_id, r.key from receipt r
                where r.run_id is null and r.at < clock_timestamp() + $1 - $2
                  and case when r.key like e'\u0001task/%' then not exists (
                      select from task k where k.tenant_id = r.tenant_id and k.id = substr(r.key, 7, 32)::uuid and k.state = 'running') else true end
                order by r.at limit $3 for update of r skip locked),
            forgotten as (
                delete from receipt r using old where r.tenant_id = old.tenant_id and r.key = old.key)
            select count(*)::int from old
            """,
            chunk,
            cancellationToken,
            shift,
            ReceiptStore.Kept,
            chunk
        );

    private Task<long> TasksAsync(int chunk, TimeSpan shift, CancellationToken cancellationToken) =>
        InChunksAsync(
            """
            with old as materialized (
                select x.tenant_id, x.id from tenant t cross join lateral (
                    select k.tenant_id, k.id from task k where k.tenant_id = t.id and k.ended_at < clock_timestamp() + $1 - make_interval(days => t.retention_days) and k.state <> 'running'
                    order by k.ended_at limit $2) as x
                limit $2),
            forgotten as (
                delete from task k using old where k.tenant_id = old.tenant_id and k.id = old.id)
            select count(*)::int from old
            """,
            Math.Max(1, chunk / 10),
            cancellationToken,
            shift,
            Math.Max(1, chunk / 10)
        );

    private Task<long> ClaimsAsync(int chunk, TimeSpan shift, CancellationToken cancellationToken) =>
        InChunksAsync(
            """
            with old as materialized (
                select c.tenant_id, c.database, c.identity from profile_claim c
                where c.at < clock_timestamp() + $1 - $2 order by c.at limit $3 for update of c skip locked),
            gone as (
                delete from profile_claim c using old where c.tenant_id = old.tenant_id and c.database = old.database and c.identity = old.identity)
            select count(*)::int from old
            """,
            chunk,
            cancellationToken,
            shift,
            ClaimsKept,
            chunk
        );

    private async Task<long> ScenariosAsync(int chunk, TimeSpan shift, CancellationToken cancellationToken)
    {
        var gone = 0L;
        foreach (var (tenant, number) in await InTrashTooLongAsync(shift, cancellationToken))
        {
            await RunsAsync(tenant, $"h.scenario = {number} order by h.id", chunk, cancellationToken);
            foreach (var table in OfScenario)
                await InChunksAsync(
                    $"""
                    with gone as (
                        delete from {table} where ctid = any (array(select ctid from {table} where tenant_id = $1 and scenario = $2 limit $3)) returning 1)
                    select count(*)::int from gone
                    """,
                    chunk,
                    cancellationToken,
                    tenant,
                    number,
                    chunk
                );
            // Last, and only when nothing is left by which it would be found.
            gone += await _turn.DoAsync(
                """
                with gone as (
                    delete from scenario s where s.tenant_id = $1 and s.number = $2
                      and not exists (select from run_history h where h.tenant_id = $1 and h.scenario = $2)
                      and not exists (select from profile_entry e where e.tenant_id = $1 and e.scenario = $2)
                      and not exists (select from partition p where p.tenant_id = $1 and p.scenario = $2)
                    returning 1)
                select count(*)::int from gone
                """,
                cancellationToken,
                tenant,
                number
            ) ?? 0;
        }
        return gone;
    }

    /// <summary>Repeats until a chunk is not full; stops when another node keeps or a row is locked.</summary>
    private async Task<long> InChunksAsync(string sql, int chunk, CancellationToken cancellationToken, params object?[] values)
    {
        var all = 0L;
        try
        {
            while (await _turn.DoAsync(sql, cancellationToken, values) is { } rows)
            {
                all += rows;
                if (rows < chunk)
                    break;
            }
        }
        catch (PostgresException e)
            when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return all;
        }
        return all;
    }
}
