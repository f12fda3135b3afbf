using Microsoft.Extensions.Logging;
using Npgsql;

namespace Scenarios.Storage;

/// <summary>
/// Migrates the schema with the files that this database has not seen, in the order of their numbers. Forward only: a
/// file that ran anywhere is never changed; a later one corrects it. Any number of silos may start at once; they take
/// turns by a session-level advisory lock. A database that has seen newer files than ours is left as it is: during a
/// rolling upgrade older silos run beside newer ones, unless one of those files forbids it.
/// </summary>
public static partial class Migrator
{
    private const long TurnKey = 0x5343_454E_4152_494F; // "SCENARIO"

    /// <summary>
    /// Two minutes of them: slow reads hold their tables for one (<see cref="DatabaseOptions.ReadTimeout"/>).
    /// </summary>
    private const int Attempts = 120;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1),
        BetweenLooks = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// A node that dies in mid-statement, or whose machine dies, must not keep its turn and its locks for as long as
    /// the statement lasts.
    /// </summary>
    private const string NoticedWhenGone = """
        set client_connection_check_interval = '1s';
        set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3;
        set statement_timeout = 0; set lock_timeout = 0
        """;

    private const string Alone = "set local lock_timeout = '2s'";

    /// <summary>
    /// Other sessions that need a table that we wait for queue behind us. So we wait for half a second, no statement
    /// runs longer than one second, and an idle open transaction is ended. A vacuum holds its table for minutes and
    /// yields only to a session that it has blocked for a second (<c>deadlock_timeout</c>): for that we use a lock
    /// that blocks no other session.
    /// </summary>
    private const string BesideOthers = """
        set local idle_in_transaction_session_timeout = '2s';
        set local lock_timeout = '5s';
        do $$ declare busy regclass; begin
            for busy in
                select l.relation::regclass from pg_locks l join pg_class c on c.oid = l.relation
                where l.mode = 'ShareUpdateExclusiveLock' and l.granted and l.pid <> pg_backend_pid() and c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
                  and l.database = (select oid from pg_database where datname = current_database())
            loop
                execute format('lock table %s in share update exclusive mode', busy);
            end loop;
        end $$;
        set local lock_timeout = '500ms';
        set local statement_timeout = '1s'
        """;

    /// <summary>
    /// A step holds no lock for long. Building an index concurrently waits for all older transactions and blocks no
    /// other session in that time.
    /// </summary>
    private static string LimitOf(string step) =>
        $"set lock_timeout = '{(step.Contains("index concurrently", StringComparison.OrdinalIgnoreCase) ? "0" : "500ms")}'";

    /// <returns>How many files ran.</returns>
    /// <exception cref="MigrationException">A file differs from the one that ran, or fails; or the schema is too new
    /// for this program.</exception>
    public static Task<int> MigrateAsync(
        string connectionString,
        ILogger log,
        TimeProvider time,
        CancellationToken cancellationToken
    ) => MigrateAsync(connectionString, Migration.All, log, time, cancellationToken);

    /// <param name="known">The files of a program, 1 to n.</param>
    /// <param name="server">The server's role, if it differs from the role that migrates: it is granted access to the
    /// schema.</param>
    public static async Task<int> MigrateAsync(
        string connectionString,
        IReadOnlyList<Migration> known,
        ILogger log,
        TimeProvider time,
        CancellationToken cancellationToken,
        string? server = null
    )
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false, // the lock of the session ends with the connection, whatever happens
            CommandTimeout = 0,
        };
        settings.ApplicationName ??= "scenarios migrations";
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(NoticedWhenGone, connection, cancellationToken);
        await TakeTurnAsync(connection, log, time, cancellationToken);
        await ExecuteAsync(
            """
            do $$ begin
                -- Who may make no table may still see that there is nothing to do.
                if to_regclass('schema_migration') is null then
                    create table schema_migration (
                        number     integer primary key,
                        name       text not null,
                        hash       text not null,   -- SHA-256 of the file, hexadecimal
                        applied_at timestamptz not null default clock_timestamp());
                end if;
                if not exists (select from pg_attribute where attrelid = 'schema_migration'::regclass and attname = 'since') then
                    alter table schema_migration add column since integer;   -- which programs can work on it; null: those that know it
                end if;
            end $$
            """,
            connection,
            cancellationToken
        );

        var applied = await ReadAppliedAsync(connection, cancellationToken);
        CheckNewer(applied, known, log);
        var ran = 0;
        foreach (var migration in known)
        {
            if (!applied.TryGetValue(migration.Number, out var there))
            {
                await ApplyAsync(migration, connection, log, time, cancellationToken);
                ran++;
            }
            else if (there.Hash != migration.Hash)
            {
                throw new MigrationException(
                    $"The migration {migration.Name} ran on this database as {there.Hash[..12]}, but is "
                        + $"{migration.Hash[..12]} in this program. "
                        + "A migration that has run is never changed: add a new one."
                );
            }
        }
        if (server is not null)
            await Grants.GiveAsync(connection, server, cancellationToken);
        return ran;
    }

    /// <summary>
    /// Does not wait inside PostgreSQL: that would be a transaction, and an index that the other node builds
    /// concurrently would wait for its end.
    /// </summary>
    private static async Task TakeTurnAsync(
        NpgsqlConnection connection,
        ILogger log,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        await using var turn = new NpgsqlCommand($"select pg_try_advisory_lock({TurnKey})", connection);
        for (var isFirst = true; await turn.ExecuteScalarAsync(cancellationToken) is not true; isFirst = false)
        {
            if (isFirst)
                LogTurn(log);
            await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    private static void CheckNewer(Dictionary<int, Applied> applied, IReadOnlyList<Migration> known, ILogger log)
    {
        var ours = known[^1].Number;
        if (applied.Values.Where(a => a.Number > ours).ToList() is not { Count: > 0 } newer)
            return;
        if (newer.FirstOrDefault(a => a.Since > ours) is { } broken)
            throw new MigrationException(
                $"The schema has {broken.Name}, on which only programs work that know it as of "
                    + $"{broken.Since:0000}; this one knows {ours:0000}. Start the newer version."
            );
        LogNewerSchema(log, newer.Max(a => a.Number), ours);
    }

    private static async Task ApplyAsync(
        Migration migration,
        NpgsqlConnection connection,
        ILogger log,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        foreach (var (done, step) in migration.Steps.Index())
        {
            LogStep(log, migration.Name, done + 1, migration.Steps.Count);
            await PatientlyAsync(async () =>
            {
                await ExecuteAsync(LimitOf(step), connection, cancellationToken);
                await ExecuteAsync(step, connection, cancellationToken);
            });
        }
        await PatientlyAsync(async () =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (migration.Steps.Count == 0)
            {
                await ExecuteAsync(migration.Since < migration.Number ? BesideOthers : Alone, connection, cancellationToken);
                await ExecuteAsync(migration.Sql, connection, cancellationToken);
            }
            await using var record = new NpgsqlCommand(
                "insert into schema_migration (number, name, hash, since) values ($1, $2, $3, $4)",
                connection
            )
            {
                Parameters =
                {
                    new() { Value = migration.Number },
                    new() { Value = migration.Name },
                    new() { Value = migration.Hash },
                    new() { Value = migration.Since },
                },
            };
            await record.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        });
        LogMigrated(log, migration.Name);

        async Task PatientlyAsync(Func<Task> run)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await run();
                    return;
                }
                catch (PostgresException e)
                    when (e.SqlState
                            is PostgresErrorCodes.LockNotAvailable
                                or PostgresErrorCodes.QueryCanceled
                                or PostgresErrorCodes.DeadlockDetected
                        && attempt < Attempts
                    )
                {
                    LogWaiting(log, migration.Name, attempt, e.MessageText);
                    await Task.Delay(BetweenAttempts, time, cancellationToken);
                }
                catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.InsufficientPrivilege)
                {
                    throw new MigrationException(
                        $"The migration {migration.Name} failed at character {e.Position}: {e.MessageText}",
                        e
                    );
                }
            }
        }
    }

    private static async Task<Dictionary<int, Applied>> ReadAppliedAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            "select number, name, hash, coalesce(since, number) from schema_migration order by number",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<int, Applied>();
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(
                reader.GetInt32(0),
                new Applied(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3))
            );
        return applied;
    }

    private static async Task ExecuteAsync(string sql, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Applied(int Number, string Name, string Hash, int Since);
}

/// <summary>The schema cannot be migrated. The message is for the person at the console.</summary>
public sealed class MigrationException(string message, Exception? cause = null) : Exception(message, cause);
