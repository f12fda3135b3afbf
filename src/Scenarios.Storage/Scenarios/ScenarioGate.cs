using Npgsql;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Scenarios;

/// <summary>The result of a move of the gate.</summary>
/// <param name="Status">The status afterwards; null when there is no such scenario.</param>
/// <param name="Moved">False when the scenario already had the requested status.</param>
/// <param name="Frozen">Runs that were frozen before (activate) or are frozen now (deactivate).</param>
/// <param name="Overdue">The frozen runs that have become due since then.</param>
/// <param name="Ended">Runs that the move ended.</param>
public sealed record GateMove(
    ScenarioStatus? Status,
    bool Moved,
    long Frozen,
    long Overdue,
    DateTimeOffset? LastLeavesAt,
    long Ended,
    int Revision
)
{
    public static readonly GateMove NotFound = new(null, false, 0, 0, null, 0, 0);
}

// Design notes.
//
// Activating, stopping, clearing and deleting are one small transaction each, whatever the number of runs inside: they
// move the scenario's gate under its exclusive advisory lock, which waits for the commits in flight and blocks later
// ones. A commit that was decided under the previous gate then fails its fence and is decided again. So the answer of
// such a call is valid from that moment.
//
// Runs are ended by raising the generation: rows of an older one are dead at once. Their inside counts move into the
// statistics in the same transaction (a row for each element, not for each run), so the numbers add up at every
// instant. The rows themselves are cleaned up later, in bounded chunks (DeadRuns).

/// <summary>Moves the gates of scenarios.</summary>
public sealed class ScenarioGate(NpgsqlDataSource dataSource)
{
    /// <param name="shift">Moves the database's clock, for tests.</param>
    public async Task<GateMove> ActivateAsync(
        int tenant,
        int number,
        bool clear,
        bool dryRun,
        int resumeRate,
        bool clockStops,
        string actor,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        // Nothing moves while the scenario is inactive, so what is overdue can be counted before the lock is taken.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var overdue = clear ? [] : await OverdueAsync(connection, tenant, number, clockStops, shift, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var gate = await TakeAsync(connection, tenant, number, shift, cancellationToken);
        if (gate is null)
            return GateMove.NotFound;
        if (gate.Status == ScenarioStatus.Active)
            return new GateMove(ScenarioStatus.Active, false, 0, 0, null, 0, gate.Revision);

        var (isFrozen, total) = (gate.Status == ScenarioStatus.Inactive, overdue.Sum(o => o.Count));
        var frozen = isFrozen ? await InsideAsync(connection, tenant, number, gate.Generation, cancellationToken) : 0;
        var lastLeavesAt = total == 0 ? (DateTimeOffset?)null : gate.Now + TimeSpan.FromSeconds((double)total / resumeRate);
        if (dryRun)
            return new GateMove(gate.Status, false, frozen, total, lastLeavesAt, 0, gate.Revision);

        var ended = clear
            ? await EndGenerationAsync(connection, tenant, number, gate, LeftReason.Cleared, cancellationToken)
            : 0;
        // Reactivating a finishing scenario keeps the resume rate of runs that are already being released.
        await ExecuteAsync(
            connection,
            """
            update scenario
            set gate = gate + 1, status = 'active', activated_at = $3, frozen_at = null,
                stopped = stopped + case when $4 and frozen_at is not null then $3 - frozen_at else '0' end,
                resumed_at = case when $7 then resumed_at when $5 > 0 then $3 end,
                resume_rate = case when $7 then resume_rate else $6 end, resume_overdue = case when $7 then resume_overdue else $5 end
            where tenant_id = $1 and number = $2
            """,
            cancellationToken,
            tenant,
            number,
            gate.Now,
            clockStops,
            total,
            resumeRate,
            !isFrozen && !clear
        );
        if (isFrozen)
        {
            await ExecuteAsync(
                connection,
                """update partition set overdue = 0, resumed = 0, next_due = case when $3 > 0 then $4 end where tenant_id = $1 and scenario = $2""",
                cancellationToken,
                tenant,
                number,
                frozen - ended,
                gate.Now
            );
            foreach (var (partition, count) in overdue)
                await ExecuteAsync(
                    connection,
                    "update partition set overdue = $4 where tenant_id = $1 and scenario = $2 and partition = $3",
                    cancellationToken,
                    tenant,
                    number,
                    partition,
                    count
                );
        }
        await AuditedAsync(connection, tenant, number, gate, actor, "activate", ended, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GateMove(
            ScenarioStatus.Active,
            true,
            isFrozen ? frozen - ended : 0,
            total,
            lastLeavesAt,
            ended,
            gate.Revision
        );
    }

    public async Task<GateMove> DeactivateAsync(
        int tenant,
        int number,
        StopMode mode,
        string actor,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var gate = await TakeAsync(connection, tenant, number, shift, cancellationToken);
        if (gate is null)
            return GateMove.NotFound;
        // Stopping a stopped scenario changes nothing, except that "end" ends its frozen runs.
        if (gate.Status == ScenarioStatus.Inactive && mode != StopMode.End)
            return new GateMove(
                ScenarioStatus.Inactive,
                false,
                await InsideAsync(connection, tenant, number, gate.Generation, cancellationToken),
                0,
                null,
                0,
                gate.Revision
            );

        long ended = 0,
            frozen = 0;
        switch (mode)
        {
            case StopMode.End:
                ended = await EndGenerationAsync(connection, tenant, number, gate, LeftReason.Deactivated, cancellationToken);
                break;
            case StopMode.Freeze:
                frozen = await InsideAsync(connection, tenant, number, gate.Generation, cancellationToken);
                break;
            case StopMode.Finish:
                break;
        }
        var inside =
            mode == StopMode.Finish
                ? await InsideAsync(connection, tenant, number, gate.Generation, cancellationToken)
                : frozen;
        var status = mode == StopMode.Finish && inside > 0 ? ScenarioStatus.Finishing : ScenarioStatus.Inactive;
        await ExecuteAsync(
            connection,
            "update scenario set gate = gate + 1, status = $3, frozen_at = $4 where tenant_id = $1 and number = $2",
            cancellationToken,
            tenant,
            number,
            Name<ScenarioStatus>.Of(status),
            mode == StopMode.Freeze ? gate.Now : null
        );
        await AuditedAsync(connection, tenant, number, gate, actor, "deactivate", ended, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GateMove(status, true, frozen, 0, null, ended, gate.Revision);
    }

    /// <summary>A finishing scenario has no open runs left: it becomes inactive.</summary>
    public async Task<bool> FinishAsync(int tenant, int number, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var gate = await TakeAsync(connection, tenant, number, TimeSpan.Zero, cancellationToken);
        if (
            gate is null
            || gate.Status != ScenarioStatus.Finishing
            || await InsideAsync(connection, tenant, number, gate.Generation, cancellationToken) > 0
        )
            return false;
        await ExecuteAsync(
            connection,
            "update scenario set gate = gate + 1, status = 'inactive' where tenant_id = $1 and number = $2",
            cancellationToken,
            tenant,
            number
        );
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public async Task<GateMove> ClearAsync(
        int tenant,
        int number,
        string actor,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var gate = await TakeAsync(connection, tenant, number, shift, cancellationToken);
        if (gate is null)
            return GateMove.NotFound;
        var ended = await EndGenerationAsync(connection, tenant, number, gate, LeftReason.Cleared, cancellationToken);
        var status = gate.Status == ScenarioStatus.Finishing ? ScenarioStatus.Inactive : gate.Status;
        await ExecuteAsync(
            connection,
            "update scenario set gate = gate + 1, status = $3 where tenant_id = $1 and number = $2",
            cancellationToken,
            tenant,
            number,
            Name<ScenarioStatus>.Of(status)
        );
        await AuditedAsync(connection, tenant, number, gate, actor, "clear", ended, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GateMove(status, true, 0, 0, null, ended, gate.Revision);
    }

    /// <summary>Moves the scenario to the trash; it must be inactive (otherwise Moved is false).</summary>
    public async Task<GateMove> DeleteAsync(
        int tenant,
        int number,
        string actor,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var gate = await TakeAsync(connection, tenant, number, shift, cancellationToken);
        if (gate is null)
            return GateMove.NotFound;
        if (gate.Status != ScenarioStatus.Inactive)
            return new GateMove(gate.Status, false, 0, 0, null, 0, gate.Revision);
        var ended = await EndGenerationAsync(connection, tenant, number, gate, LeftReason.ScenarioDeleted, cancellationToken);
        await ExecuteAsync(
            connection,
            "update scenario set gate = gate + 1, deleted_at = $3 where tenant_id = $1 and number = $2",
            cancellationToken,
            tenant,
            number,
            gate.Now
        );
        await AuditedAsync(connection, tenant, number, gate, actor, "delete", ended, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GateMove(ScenarioStatus.Inactive, true, 0, 0, null, ended, gate.Revision);
    }

    private sealed record Held(ScenarioStatus Status, int Generation, int Revision, DateTimeOffset Now);

    /// <summary>
    /// The exclusive lock, then (in a statement of its own, so that it sees what was committed while it waited) the
    /// gate.
    /// </summary>
    private static async Task<Held?> TakeAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        await LockAsync(connection, tenant, number, cancellationToken);
        await using var command = connection.Command(
            """select status, generation, revision, clock_timestamp() + $3 from scenario where tenant_id = $1 and number = $2 and deleted_at is null""",
            tenant,
            number,
            shift
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new Held(
                Name<ScenarioStatus>.Parse(reader.GetString(0)),
                reader.GetInt32(1),
                reader.GetInt32(2),
                reader.GetFieldValue<DateTimeOffset>(3)
            )
            : null;
    }

    /// <summary>
    /// Acquires the gate's lock for the transaction: waits for the commits in flight in this scenario, and for no
    /// others.
    /// </summary>
    internal static Task LockAsync(NpgsqlConnection connection, int tenant, int number, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, "select pg_advisory_xact_lock($1, $2)", cancellationToken, tenant, number);

    private static async Task<long> InsideAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        int generation,
        CancellationToken cancellationToken
    )
    {
        await using var command = connection.Command(
            "select coalesce(sum(n), 0)::bigint from live_count where tenant_id = $1 and scenario = $2 and generation = $3",
            tenant,
            number,
            generation
        );
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<List<(short Partition, long Count)>> OverdueAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        bool clockStops,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        // By the index of due waits, one range for each slice and kind of wait: runs that are not overdue cost
        // nothing, whatever their number. (A range of an index has no end that is another one at each row:
        // clock_timestamp() would be.)
        await using var command = connection.Command(
            """
            select p.partition::smallint, sum(r.n)::bigint
            from scenario s
            cross join generate_series(0, s.partitions - 1) as p (partition)
            cross join (values (false), (true)) as k (stoppable)
            cross join lateral (
                select count(*) as n from run
                where run.tenant_id = s.tenant_id and run.scenario = s.number and run.partition = p.partition and run.stoppable = k.stoppable and run.generation = s.generation
                  and run.due <= case when not k.stoppable then statement_timestamp() + $4
                                      when $3 then coalesce(s.frozen_at, statement_timestamp() + $4) - s.stopped
                                      else statement_timestamp() + $4 - s.stopped end) as r
            where s.tenant_id = $1 and s.number = $2 and s.status = 'inactive'
            group by p.partition having sum(r.n) > 0
            """,
            tenant,
            number,
            clockStops,
            shift
        );
        command.CommandTimeout = 60;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new List<(short, long)>();
        while (await reader.ReadAsync(cancellationToken))
            counts.Add((reader.GetInt16(0), reader.GetInt64(1)));
        return counts;
    }

    /// <summary>
    /// Every run in the scenario is dead from this transaction on, and is counted as ended at its element.
    /// </summary>
    private static async Task<long> EndGenerationAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        Held gate,
        string reason,
        CancellationToken cancellationToken
    )
    {
        await using var command = connection.Command(
            """
            with standing as (
                delete from live_count where tenant_id = $1 and scenario = $2 and generation = $3 returning partition, element, n),
            ended as (
                select partition, element, 'ended' as kind, n from standing where n <> 0
                union all select partition, '', 'left', sum(n)::bigint from standing group by partition having sum(n) <> 0),
            counted as (
                insert into period_count as c (tenant_id, scenario, at, partition, element, kind, name, n)
                select $1, $2, date_bin('15 minutes', $4, 'epoch'), partition, element, kind, $5, n from ended
                on conflict (tenant_id, scenario, at, partition, element, kind, name) do update set n = c.n + excluded.n),
            remembered as (
                insert into scenario_generation (tenant_id, scenario, generation, ended_at, reason) values ($1, $2, $3, $4, $5)),
            raised as (
                update scenario set generation = generation + 1 where tenant_id = $1 and number = $2)
            select coalesce(sum(n), 0)::bigint from standing
            """,
            tenant,
            number,
            gate.Generation,
            gate.Now,
            reason
        );
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static Task AuditedAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        Held gate,
        string actor,
        string action,
        long ended,
        CancellationToken cancellationToken
    ) =>
        new Audit(tenant, actor, action, $"scenario/{number}", $"{{\"from\":{gate.Revision},\"ended\":{ended}}}").WriteAsync(
            connection,
            cancellationToken
        );

    private static async Task ExecuteAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellationToken,
        params object?[] values
    )
    {
        await using var command = connection.Command(sql, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
