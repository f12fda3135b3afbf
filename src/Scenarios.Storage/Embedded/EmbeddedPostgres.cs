using Microsoft.Extensions.Logging;
using Npgsql;

namespace Scenarios.Storage.Embedded;

/// <summary>
/// The server's own PostgreSQL, used when no other is configured: a private cluster below the data directory, on a free port
/// of the loopback address, with a generated password and every commit on disk before it is answered.
///
/// Server processes on one data directory share it. Each holds a shared lock on <c>postgres.users</c> while it lives,
/// and an exclusive lock on <c>postgres.gate</c> while it decides: the first process starts PostgreSQL, the next ones
/// join it, the last one stops it.
/// The kernel releases both locks when a process dies, so a <c>kill -9</c> leaves at worst a PostgreSQL that runs on
/// without us; the next process adopts it. While this process lives, a watch restarts a PostgreSQL that died, on the
/// same port.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    public const string Role = "scenarios";

    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3); // a crash may have left gigabytes of log to replay
    private static readonly TimeSpan GatePatience = StartPatience + TimeSpan.FromSeconds(30);

    /// <summary>Processes of a killed server may still be exiting.</summary>
    private static readonly TimeSpan RefusedPatience = TimeSpan.FromSeconds(15);
    private const long LogLimitBytes = 16 << 20;

    private readonly PostgresHome home;
    private readonly PostgresBinaries binaries;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly FileLock user;
    private Task watch = Task.CompletedTask;

    private EmbeddedPostgres(PostgresHome home, PostgresBinaries binaries, FileLock user, ILogger log, TimeProvider time)
    {
        this.home = home;
        this.binaries = binaries;
        this.user = user;
        this.log = log;
        this.time = time;
    }

    public int Port { get; private set; }

    public string ConnectionString => ConnectionTo(Role, Role);

    /// <summary>The superuser's connection, to create further databases in tests.</summary>
    public string AdminConnectionString => ConnectionTo("postgres", "postgres");

    /// <summary>
    /// Starts the cluster below <paramref name="dataDirectory"/>, or joins the one that runs there; creates it on first use.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">The cluster is not available; the message says why and what to
    /// do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        string dataDirectory,
        ILogger log,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (OperatingSystem.IsWindows())
            throw new PostgresUnavailableException(
                "The embedded PostgreSQL requires Linux or another Unix. Set ConnectionStrings__Scenarios to your own server."
            );
        dataDirectory = Path.GetFullPath(dataDirectory);
        Directory.CreateDirectory(dataDirectory);

        using var gate = await FileLock.AloneAsync(
            Path.Combine(dataDirectory, "postgres.gate"),
            GatePatience,
            time,
            cancellationToken
        );
        var home = await PostgresHome.OpenAsync(dataDirectory, PostgresAccount.Choose(), cancellationToken);
        var binaries = PostgresBinaries.Find(home.MadeBy);
        var user = FileLock.TryTogether(home.UsersFile) ?? throw new IOException($"Could not lock {home.UsersFile}.");
        var postgres = new EmbeddedPostgres(home, binaries, user, log, time);
        try
        {
            if (home.MadeBy is null)
                await postgres.MakeClusterAsync(cancellationToken);
            await postgres.EnsureRunningAsync(cancellationToken);
            await postgres.EnsureDatabaseAsync(cancellationToken);
        }
        catch
        {
            await postgres.LeaveAsync();
            throw;
        }
        postgres.watch = postgres.WatchAsync();
        return postgres;
    }

    /// <summary>Leaves the cluster, and stops it if no other server process uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watch;
        stopping.Dispose();
        using var gate = await FileLock.AloneAsync(home.GateFile, GatePatience, time, CancellationToken.None);
        await LeaveAsync();
    }

    /// <summary>One pass of the watch: if PostgreSQL died, it is restarted on the same port.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (Postmaster.Read(home.Cluster) is { } postmaster && postmaster.IsAlive())
            return;
        using var gate = await FileLock.AloneAsync(home.GateFile, GatePatience, time, cancellationToken);
        await EnsureRunningAsync(cancellationToken);
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(WatchEvery, time);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stopping.Token);
                await RunOnceAsync(stopping.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogWatchFailed(e, Port);
            }
        }
    }

    /// <summary>Under the gate: adopts a running server or starts one, and waits until it answers.</summary>
    private async Task EnsureRunningAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var postmaster = Postmaster.Read(home.Cluster);
            if (postmaster is not null && postmaster.IsAlive())
            {
                if (await AnswersAsync(postmaster.Port, cancellationToken))
                {
                    Port = postmaster.Port;
                    return;
                }
            }
            else
            {
                // Its pid may now belong to another process, and PostgreSQL would then refuse to start. Removing the
                // file is safe: PostgreSQL also checks whether any process is still attached to the cluster's shared
                // memory.
                if (postmaster is not null)
                    File.Delete(postmaster.PidFile);
                await StartServerAsync(begun);
            }
            if (time.GetElapsedTime(begun) > StartPatience)
                throw new PostgresUnavailableException(
                    $"PostgreSQL in {home.Cluster} has not answered for {StartPatience.TotalSeconds} s. Its log: {TailOfLog()}"
                );
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    private async Task StartServerAsync(long begun)
    {
        // A port once chosen stays: our connections, and those of the other processes, use it.
        var port = Port != 0 ? Port : LoopbackPort.Find();
        if (File.Exists(home.Log) && new FileInfo(home.Log).Length > LogLimitBytes)
            File.Delete(home.Log);
        LogStarting(home.Cluster, port, home.Account.Name ?? Environment.UserName);
        // pg_ctl puts the server into a session of its own: Ctrl-C in our terminal must not stop it before we have drained.
        var (exitCode, _) = await ControlAsync([
            "start",
            "-w",
            "-t",
            "30",
            "-l",
            home.Log,
            "-o",
            PostgresSettings.CommandLine(port),
        ]);
        if (exitCode != 0 && time.GetElapsedTime(begun) > RefusedPatience && Postmaster.Read(home.Cluster)?.IsAlive() != true)
            throw new PostgresUnavailableException($"PostgreSQL does not start in {home.Cluster}. Its log: {TailOfLog()}");
    }

    /// <summary>Under the gate: the last process stops it.</summary>
    private async Task LeaveAsync()
    {
        user.Dispose();
        using var last = FileLock.TryAlone(home.UsersFile);
        if (last is null)
        {
            LogLeft(Port);
            return;
        }
        if (Postmaster.Read(home.Cluster)?.IsAlive() != true)
            return;
        var (exitCode, output) = await ControlAsync(["stop", "-m", "fast", "-w", "-t", "60"]);
        if (exitCode == 0)
            LogStopped(Port);
        else
            LogNotStopped(Port, output);
    }

    private async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionTo("postgres", "postgres", port));
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            throw new PostgresUnavailableException(
                $"PostgreSQL in {home.Cluster} refuses the password in {home.DataDirectory}/postgres.password.",
                e
            );
        }
        catch (NpgsqlException)
        {
            return false; // starting, recovering or stopping
        }
    }

    private async Task MakeClusterAsync(CancellationToken cancellationToken)
    {
        LogMaking(home.Cluster, binaries.Major);
        var unfinished = await home.MakeUnfinishedClusterAsync(cancellationToken);
        // The password is passed in a file that only the account can read; the account itself must write it, in its
        // own directory.
        // Collation by bytes is fast and the same everywhere; the character type makes lower() work beyond ASCII.
        var (exitCode, output) = await home.Account.RunAsync(
            "/bin/sh",
            [
                "-c",
                """
                umask 077
                cat > "$2.password"
                "$1" -D "$2" -U postgres --pwfile="$2.password" --auth-host=scram-sha-256 --auth-local=reject \
                    --encoding=UTF8 --lc-collate=C --lc-messages=C --lc-monetary=C --lc-numeric=C --lc-time=C --lc-ctype="$3" --data-checksums
                made=$?
                rm -f "$2.password"
                exit $made
                """,
                "sh",
                binaries.Of("initdb"),
                unfinished + "/cluster",
                OperatingSystem.IsMacOS() ? "UTF-8" : "C.UTF-8",
            ],
            home.Password + "\n",
            cancellationToken
        );
        if (exitCode != 0)
            throw new PostgresUnavailableException($"initdb failed in {unfinished}: {output}");
        Directory.Move(unfinished + "/cluster", home.Cluster);
        Directory.Delete(unfinished, recursive: true);
    }

    /// <summary>The server uses a role without special rights and a database of its own.</summary>
    private async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand(
            "select exists (select from pg_database where datname = 'scenarios')",
            connection
        );
        if (await exists.ExecuteScalarAsync(cancellationToken) is true)
            return;
        // DDL accepts no parameters; the password is hexadecimal digits that we generated. A crash in between is
        // repaired next time.
        await using var role = new NpgsqlCommand(
            $"""
            do $$ begin
                if not exists (select from pg_roles where rolname = 'scenarios') then create role scenarios login password '{home.Password}'; end if;
            end $$
            """,
            connection
        );
        await role.ExecuteNonQueryAsync(cancellationToken);
        await using var database = new NpgsqlCommand("create database scenarios owner scenarios", connection);
        await database.ExecuteNonQueryAsync(cancellationToken);
    }

    // Never cancelled in the middle: a half-started server would have no owner.
    private Task<(int ExitCode, string Output)> ControlAsync(string[] arguments) =>
        home.Account.RunAsync(
            binaries.Of("pg_ctl"),
            ["-D", home.Cluster, "-s", .. arguments],
            input: null,
            CancellationToken.None
        );

    private string TailOfLog() => File.Exists(home.Log) ? string.Join(" | ", File.ReadLines(home.Log).TakeLast(5)) : "(none)";

    private string ConnectionTo(string role, string database, int? port = null) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port ?? Port,
            Username = role,
            Password = home.Password,
            Database = database,
            Pooling = database == Role,
            Timeout = 5, // seconds
        }.ConnectionString;
}
