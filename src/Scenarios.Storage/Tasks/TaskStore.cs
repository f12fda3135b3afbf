using Npgsql;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Tasks;

/// <param name="Kind">bulk or captures.</param>
/// <param name="Work">The work to do, in the format of its kind.</param>
/// <param name="Key">The request's idempotency key, or null: requested twice, it is one task.</param>
public sealed record NewTask(int Tenant, string Kind, int Scenario, long Total, string Work, string? Key, string Actor);

/// <summary>A task with its owner.</summary>
/// <param name="Progress">The progress; null at the beginning.</param>
public sealed record OwnedTask(
    int Tenant,
    Guid Id,
    long Epoch,
    string Kind,
    int Scenario,
    string Work,
    string? Progress,
    long Done
);

/// <summary>The result of one page.</summary>
/// <param name="Part">The piece of a batch that this page completes, and its result.</param>
/// <param name="Result">Set by the last page.</param>
public sealed record TaskProgress(
    string? Progress,
    long Done,
    bool IsLast,
    string? Result,
    (int Part, string Outcome)? Part = null
);

/// <summary>
/// Tasks as rows. A worker first raises the task's epoch and writes each page's progress under it, so a former owner
/// that comes back can no longer change anything; a cancelled task accepts no progress.
/// </summary>
public sealed class TaskStore(NpgsqlDataSource dataSource)
{
    /// <summary>Tasks of a tenant that may run at once.</summary>
    public const int MaxRunning = 100;

    /// <summary>Pieces that were never sent are no longer needed.</summary>
    private const string NeverSent = "update task_part set work = null where tenant_id = $1 and task = $2 and work is not null";

    private static readonly TimeSpan KeyKept = TimeSpan.FromHours(48);

    /// <summary>
    /// Creates the task, or finds the one that its key created before. Null when the tenant has
    /// <see cref="MaxRunning"/> running.
    /// </summary>
    public async Task<Guid?> AddAsync(
        NewTask task,
        IReadOnlyList<string> parts,
        Audit? audit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (task.Key is not null)
            await ExecuteAsync(
                connection,
                "update task set key = null where tenant_id = $1 and key = $2 and created_at < clock_timestamp() - $3",
                cancellationToken,
                task.Tenant,
                task.Key,
                KeyKept
            );
        await using var insert = connection.Command(
            """
            insert into task (tenant_id, id, kind, scenario, total, work, key, actor)
            select $1, $2, $3, $4, $5, $6, $7, $8
            where (select count(*) from task where tenant_id = $1 and state = 'running') < $9
            on conflict (tenant_id, key) where key is not null do nothing
            """,
            task.Tenant,
            Guid.CreateVersion7(),
            task.Kind,
            task.Scenario,
            task.Total,
            task.Work,
            task.Key,
            task.Actor,
            MaxRunning
        );
        var id = (Guid)insert.Parameters[1].Value!;
        if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0)
            return task.Key is null ? null : await ByKeyAsync(connection, task, cancellationToken);
        if (parts.Count > 0)
            await ExecuteAsync(
                connection,
                """insert into task_part (tenant_id, task, part, work) select $1, $2, p.n - 1, p.work from unnest($3::text[]) with ordinality as p (work, n)""",
                cancellationToken,
                task.Tenant,
                id,
                parts.ToArray()
            );
        if (audit is not null)
            await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    /// <summary>Takes over the task; null when there is nothing (left) to do.</summary>
    public Task<OwnedTask?> TakeOverAsync(int tenant, Guid id, string owner, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                update task set epoch = epoch + 1, owner = $3, at = clock_timestamp() where tenant_id = $1 and id = $2 and state = 'running'
                returning epoch, kind, scenario, work, progress, done
                """,
                tenant,
                id,
                owner
            )
            .FirstAsync(
                row => new OwnedTask(
                    tenant,
                    id,
                    row.GetInt64(0),
                    row.GetString(1),
                    row.GetInt32(2),
                    row.GetString(3),
                    row.Text(4),
                    row.GetInt64(5)
                ),
                cancellationToken
            );

    /// <summary>The next piece of a batch that is not done; null when all are done.</summary>
    public Task<Tuple<int, string>?> NextPartAsync(int tenant, Guid id, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                "select part, work from task_part where tenant_id = $1 and task = $2 and outcome is null order by part limit 1",
                tenant,
                id
            )
            .FirstAsync(row => Tuple.Create(row.GetInt32(0), row.GetString(1)), cancellationToken);

    /// <summary>Pieces of the database's batches that wait for their turn and hold this text.</summary>
    public Task<List<(Guid Task, int Part, string Work)>> PartsHoldingAsync(
        int tenant,
        int database,
        string text,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select p.task, p.part, p.work from task t
                join scenario s on s.tenant_id = t.tenant_id and s.number = t.scenario and s.database = $2
                join task_part p on p.tenant_id = t.tenant_id and p.task = t.id
                where t.tenant_id = $1 and t.state = 'running' and position($3 in p.work) > 0
                """,
                tenant,
                database,
                text
            )
            .ListAsync(row => (row.GetGuid(0), row.GetInt32(1), row.GetString(2)), cancellationToken);

    /// <summary>Replaces the work of a piece; does nothing if it is already done.</summary>
    public async Task ReplaceAsync(int tenant, Guid task, int part, string work, string by, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(
            connection,
            "update task_part set work = $5 where tenant_id = $1 and task = $2 and part = $3 and work = $4",
            cancellationToken,
            tenant,
            task,
            part,
            work,
            by
        );
    }

    /// <summary>
    /// Records a page. False, with nothing recorded, when the task has another owner now or was cancelled.
    /// </summary>
    public async Task<bool> NoteAsync(OwnedTask task, TaskProgress page, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = connection.Command(
            """
            update task set progress = $4, done = $5, result = $6, at = clock_timestamp(),
                state = case when $7 then 'done' else state end, ended_at = case when $7 then clock_timestamp() end, work = case when $7 then '{}' else work end
            where tenant_id = $1 and id = $2 and epoch = $3 and state = 'running'
            """,
            task.Tenant,
            task.Id,
            task.Epoch,
            page.Progress,
            page.Done,
            page.Result,
            page.IsLast
        );
        if (await update.ExecuteNonQueryAsync(cancellationToken) == 0)
            return false;
        if (page.Part is { } part)
            await ExecuteAsync(
                connection,
                "update task_part set outcome = $4, work = null where tenant_id = $1 and task = $2 and part = $3",
                cancellationToken,
                task.Tenant,
                task.Id,
                part.Part,
                part.Outcome
            );
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Marks the task as failed.</summary>
    public async Task FailAsync(OwnedTask task, string errors, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = connection.Command(
            """update task set state = 'failed', errors = $4, ended_at = clock_timestamp(), work = '{}' where tenant_id = $1 and id = $2 and epoch = $3 and state = 'running'""",
            task.Tenant,
            task.Id,
            task.Epoch,
            errors
        );
        if (await update.ExecuteNonQueryAsync(cancellationToken) == 0)
            return;
        await ExecuteAsync(connection, NeverSent, cancellationToken, task.Tenant, task.Id);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Cancels the task: it accepts no further progress. False when it was not running.</summary>
    public async Task<bool> CancelAsync(int tenant, Guid id, Audit audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = connection.Command(
            """update task set state = 'cancelled', ended_at = clock_timestamp(), work = '{}' where tenant_id = $1 and id = $2 and state = 'running'""",
            tenant,
            id
        );
        if (await update.ExecuteNonQueryAsync(cancellationToken) == 0)
            return false;
        await ExecuteAsync(connection, NeverSent, cancellationToken, tenant, id);
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Running tasks whose owner is dead or has recorded nothing for the given time.</summary>
    public Task<List<(int Tenant, Guid Id)>> AbandonedAsync(
        string[] living,
        TimeSpan silent,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select tenant_id, id from task
                where state = 'running' and (owner is null or owner <> all($1) or at < clock_timestamp() - $2) order by at limit $3
                """,
                living,
                silent,
                limit
            )
            .ListAsync(row => (row.GetInt32(0), row.GetGuid(1)), cancellationToken);

    private static async Task<Guid?> ByKeyAsync(NpgsqlConnection connection, NewTask task, CancellationToken cancellationToken)
    {
        await using var find = connection.Command(
            "select id from task where tenant_id = $1 and key = $2",
            task.Tenant,
            task.Key
        );
        return await find.ExecuteScalarAsync(cancellationToken) as Guid?;
    }

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
