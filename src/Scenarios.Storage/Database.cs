using Microsoft.Extensions.Logging;
using Npgsql;
using Scenarios.Storage.Embedded;

namespace Scenarios.Storage;

/// <summary>
/// The connections of one process to PostgreSQL, in two pools, so that a long list never delays a commit. Connections
/// return to their pool without a reset: leave no session setting, lock or cursor behind (use <c>set local</c>).
/// </summary>
public sealed partial class Database : IAsyncDisposable
{
    private const int OldestVersion = PostgresBinaries.OldestMajor * 10_000;

    /// <summary>
    /// The ledger reads and writes by key, whatever the planner knows of a table's size: a plan made while the table
    /// was empty (scan it all) would last as long as the connection and ruin performance. Plans are generic, so that
    /// arrays of any length share one.
    /// </summary>
    private const string KeyedPlans =
        "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off -c "
        + "plan_cache_mode=force_generic_plan -c jit=off";

    private Database(NpgsqlDataSource ledger, NpgsqlDataSource reads) => (Ledger, Reads) = (ledger, reads);

    /// <summary>Commits, the control plane, Orleans' own tables, and reads that are quick.</summary>
    public NpgsqlDataSource Ledger { get; }

    /// <summary>Slow reads: read-only transactions with a longer time limit.</summary>
    public NpgsqlDataSource Reads { get; }

    /// <summary>Connects, checks that the server is suitable, and migrates the schema.</summary>
    /// <exception cref="PostgresUnavailableException">The server is unreachable or unsuitable; the message says what
    /// to do.</exception>
    /// <exception cref="MigrationException">The schema differs from what this program knows.</exception>
    public static async Task<Database> OpenAsync(
        DatabaseOptions options,
        ILoggerFactory logs,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var log = logs.CreateLogger<Database>();
        var server = await CheckServerAsync(
            options.ConnectionString,
            "ConnectionStrings__Scenarios",
            options,
            log,
            time,
            cancellationToken
        );
        var owner = options.MigrationsConnectionString is { } other
            ? await CheckServerAsync(other, "ConnectionStrings__Migrations", options, log, time, cancellationToken)
            : server;
        if (owner.Database != server.Database)
            throw new MigrationException(
                $"ConnectionStrings__Migrations names the database {owner.Database}, ConnectionStrings__Scenarios "
                    + $"{server.Database}: it is one database, and two roles."
            );
        Warn(server, owner, options, log);
        try
        {
            await Migrator.MigrateAsync(
                options.MigrationsConnectionString ?? options.ConnectionString,
                Migration.All,
                log,
                time,
                cancellationToken,
                owner.Role == server.Role ? null : server.Role
            );
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException(
                $"The role {owner.Role} may not migrate the schema: {e.MessageText}. Name a connection of "
                    + $"the schema's owner in ConnectionStrings__Migrations.",
                e
            );
        }
        return new Database(
            DataSource(options, logs, "ledger", options.LedgerConnections, options.StatementTimeout, readOnly: false),
            DataSource(options, logs, "reads", options.ReadConnections, options.ReadTimeout, readOnly: true)
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await Reads.DisposeAsync();
    }

    private static NpgsqlDataSource DataSource(
        DatabaseOptions options,
        ILoggerFactory logs,
        string name,
        int connections,
        TimeSpan statementTimeout,
        bool readOnly
    )
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        settings.ApplicationName ??= $"scenarios {name}";
        settings.MaxPoolSize = connections;
        settings.MaxAutoPrepare = options.PreparedStatements;
        settings.AutoPrepareMinUsages = 2;
        settings.NoResetOnClose = true;
        settings.Timeout = Seconds(options.ConnectTimeout);
        // The server's own limit must apply first: its error names the cause.
        settings.CommandTimeout = Seconds(statementTimeout) + 5;
        settings.TcpKeepAlive = true;
        settings.TcpKeepAliveTime = Seconds(options.TcpUserTimeout);
        settings.TcpKeepAliveInterval = 1;
        settings.Options = string.Join(
                ' ',
                [
                    settings.Options ?? "",
                    Limit("lock_timeout", options.LockTimeout),
                    Limit("statement_timeout", statementTimeout),
                    Limit("idle_in_transaction_session_timeout", options.IdleInTransactionTimeout),
                    Limit("tcp_user_timeout", options.TcpUserTimeout),
                    // An interval's days are calendar days of the session's zone: in another zone a day may have 23
                    // or 25 hours.
                    "-c timezone=UTC",
                    $"-c tcp_keepalives_idle={Seconds(options.TcpUserTimeout)}",
                    "-c tcp_keepalives_interval=1",
                    readOnly ? "-c default_transaction_read_only=on" : KeyedPlans,
                ]
            )
            .Trim();
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }
            .UseLoggerFactory(logs)
            .Build();
    }

    /// <summary>The checks on a new connection.</summary>
    private sealed record Found(
        string ConnectionString,
        string Where,
        string Database,
        string Role,
        bool IsSuperuser,
        string Commit,
        string Sync,
        string Checksums
    );

    private static async Task<Found> CheckServerAsync(
        string connectionString,
        string setting,
        DatabaseOptions options,
        ILogger log,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Timeout = Seconds(options.ConnectTimeout),
        };
        var where = $"{settings.Host}:{settings.Port}/{settings.Database}";
        var begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(settings.ConnectionString);
                await connection.OpenAsync(cancellationToken);
                return await CheckServerAsync(connection, connectionString, where, cancellationToken);
            }
            // Not there yet, or still starting: worth waiting for. A refusal (wrong password, no such database) is not.
            catch (NpgsqlException e)
                when (e is not PostgresException { IsTransient: false } && time.GetElapsedTime(begun) < options.StartPatience)
            {
                LogWaiting(log, where, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            }
            catch (NpgsqlException e)
            {
                throw new PostgresUnavailableException(
                    $"No PostgreSQL at {where} for {settings.Username}: {e.Message}. Check {setting}.",
                    e
                );
            }
        }
    }

    private static async Task<Found> CheckServerAsync(
        NpgsqlConnection connection,
        string connectionString,
        string where,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            """
            select current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('server_encoding'),
                   current_setting('synchronous_commit'), current_setting('fsync'), current_setting('data_checksums'),
                   current_database()::text, current_user::text, (select rolsuper from pg_roles where rolname = current_user)
            """,
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetInt32(0) < OldestVersion)
            throw new PostgresUnavailableException(
                $"PostgreSQL at {where} is {connection.PostgreSqlVersion}; Scenarios needs "
                    + $"{PostgresBinaries.OldestMajor} or newer."
            );
        if (reader.GetBoolean(1))
            throw new PostgresUnavailableException($"PostgreSQL at {where} is a standby and read-only; name the primary.");
        if (reader.GetString(2) != "UTF8")
            throw new PostgresUnavailableException(
                $"The database at {where} is encoded in {reader.GetString(2)}; create it with encoding 'UTF8'."
            );
        return new Found(
            connectionString,
            where,
            reader.GetString(6),
            reader.GetString(7),
            reader.GetBoolean(8),
            reader.GetString(3),
            reader.GetString(4),
            reader.GetString(5)
        );
    }

    /// <summary>Warns about settings that do not prevent a start but that the operator should know.</summary>
    private static void Warn(Found server, Found owner, DatabaseOptions options, ILogger log)
    {
        if (server.Commit == "off" || server.Sync == "off")
            LogNotDurable(log, server.Where, server.Commit, server.Sync);
        if (server.Checksums != "on")
            LogUnchecked(log, server.Where);
        if (server.IsSuperuser && !options.IsOwn)
            LogSuperuser(log, server.Role, server.Where);
        foreach (
            var where in new[] { server, owner }
                .Where(found => DatabaseOptions.IsOpenOnTheWay(found.ConnectionString))
                .Select(found => found.Where)
                .Distinct()
        )
            LogOpenOnTheWay(log, where);
    }

    private static string Limit(string setting, TimeSpan limit) => $"-c {setting}={(long)limit.TotalMilliseconds}";

    private static int Seconds(TimeSpan span) => (int)Math.Ceiling(span.TotalSeconds);
}
