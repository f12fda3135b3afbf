using System.Globalization;
using Npgsql;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>What happens to databases. Processes are found as the postmaster's own children, and ended by their ids.</summary>
internal static class PostgresCrash
{
    private const int SigQuit = 3,
        SigKill = 9;
    private static readonly TimeSpan GoneLimit = TimeSpan.FromSeconds(10),
        LookEvery = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// <c>kill -9</c> of the postmaster and every process of it; returns when all are gone, and a start would not be refused.
    /// </summary>
    public static async Task KillAsync(string connectionString, CancellationToken cancellationToken)
    {
        var all = await ProcessesAsync(connectionString, cancellationToken);
        foreach (var pid in all)
            _ = Signals.Send(pid, SigKill); // a child that has left meanwhile is as dead as the others
        await GoneAsync(all, cancellationToken);
    }

    /// <summary>What <c>pg_ctl -m immediate stop</c> does: no checkpoint, no farewell.</summary>
    public static async Task StopAtOnceAsync(string connectionString, CancellationToken cancellationToken)
    {
        var all = await ProcessesAsync(connectionString, cancellationToken);
        _ = Signals.Send(all[0], SigQuit);
        await GoneAsync(all, cancellationToken);
    }

    /// <summary>The postmaster, then its children.</summary>
    private static async Task<List<int>> ProcessesAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(connectionString, cancellationToken);
        var backend = connection.ProcessID;
        var postmaster = ParentOf(backend)
            ?? throw new InvalidOperationException($"The backend {backend} is no process of this machine.");
        return [postmaster, .. Processes().Where(pid => ParentOf(pid) == postmaster)];
    }

    private static async Task GoneAsync(List<int> all, CancellationToken cancellationToken)
    {
        var postmaster = all[0];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(GoneLimit);
        while (all.Any(pid => ParentOf(pid) == postmaster || pid == postmaster && ParentOf(pid) is not null))
            await Task.Delay(LookEvery, limit.Token);
    }

    /// <summary>When it takes connections again, as often as it refuses.</summary>
    public static async Task AnswersAsync(string connectionString, CancellationToken cancellationToken)
    {
        while (true)
            try
            {
                await using var connection = await OpenAsync(connectionString, cancellationToken);
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(LookEvery, cancellationToken);
            }
    }

    /// <summary>
    /// Ends one of the connections to this database, whatever it does, as the dice say. False when there is none.
    /// </summary>
    public static async Task<bool> TerminateOneAsync(
        NpgsqlConnection connection,
        Random dice,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            """
            with others as (
                select pid, row_number() over (order by state = 'active' desc, pid) - 1 as n, count(*) over () as of from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
            )
            select pg_terminate_backend(pid) from others where n = floor($1 * of)
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = dice.NextDouble() });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 2 }.ConnectionString
        );
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static IEnumerable<int> Processes() =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid != 0);

    /// <summary>Null when there is no such process, or it is dead and merely not yet buried.</summary>
    private static int? ParentOf(int pid)
    {
        try
        {
            // pid (name) state ppid …; the name may hold anything.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
