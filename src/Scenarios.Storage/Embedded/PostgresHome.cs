using System.Security.Cryptography;
using System.Text;

namespace Scenarios.Storage.Embedded;

/// <summary>
/// The location of the private cluster and its files: below the data directory, if PostgreSQL's account can reach it.
/// </summary>
/// <param name="DataDirectory">The server's data directory (<c>--data</c>): locks, password, pointer.</param>
/// <param name="Cluster">PostgreSQL's own directory. It exists once initdb has succeeded.</param>
/// <param name="Password">The password of the roles <c>postgres</c> and <c>scenarios</c>.</param>
public sealed record PostgresHome(string DataDirectory, string Cluster, string Password, PostgresAccount Account)
{
    /// <summary>Locked exclusively while deciding about start and stop.</summary>
    public string GateFile => Path.Combine(DataDirectory, "postgres.gate");

    /// <summary>Locked (shared) by every server process that uses the cluster.</summary>
    public string UsersFile => Path.Combine(DataDirectory, "postgres.users");

    public string Log => Path.Combine(Cluster, "server.log");

    /// <summary>The major version that created the cluster; null while there is none.</summary>
    public int? MadeBy
    {
        get
        {
            var version = Path.Combine(Cluster, "PG_VERSION");
            return File.Exists(version) ? int.Parse(File.ReadAllText(version)) : null;
        }
    }

    /// <summary>Call it under the gate: it writes the password and the pointer on first use.</summary>
    public static async Task<PostgresHome> OpenAsync(
        string dataDirectory,
        PostgresAccount account,
        CancellationToken cancellationToken
    )
    {
        var parent = await ParentOfClusterAsync(dataDirectory, account, cancellationToken);
        return new PostgresHome(
            dataDirectory,
            Path.Combine(parent, "postgres"),
            ReadOrMakePassword(Path.Combine(dataDirectory, "postgres.password")),
            account
        );
    }

    /// <summary>
    /// An empty directory, owned by the account, to create the cluster in: only a finished one is renamed to
    /// <see cref="Cluster"/>.
    /// </summary>
    public async Task<string> MakeUnfinishedClusterAsync(CancellationToken cancellationToken)
    {
        var unfinished = Cluster + ".unfinished";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        await MakeDirectoryOfAsync(Account, unfinished, cancellationToken);
        return unfinished;
    }

    private static async Task<string> ParentOfClusterAsync(
        string dataDirectory,
        PostgresAccount account,
        CancellationToken cancellationToken
    )
    {
        var pointer = Path.Combine(dataDirectory, "postgres.path");
        if (File.Exists(pointer))
            return (await File.ReadAllTextAsync(pointer, cancellationToken)).Trim();
        if (account.Name is null || Directory.Exists(Path.Combine(dataDirectory, "postgres")))
            return dataDirectory;
        if (await CanReachAsync(account, dataDirectory, cancellationToken))
            return dataDirectory;

        // For example root's home: we must not change its permissions, so the cluster goes where the account can reach it.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataDirectory)))[..16];
        // A cluster without a pointer to it belonged to a data directory that was removed since then: neither open
        // nor delete it.
        var elsewhere = Enumerable
            .Range(1, int.MaxValue)
            .Select(n => Path.Combine("/var/lib/scenarios", n == 1 ? name : $"{name}-{n}"))
            .First(directory => !Directory.Exists(directory));
        Directory.CreateDirectory(elsewhere);
        await File.WriteAllTextAsync(pointer, elsewhere + "\n", cancellationToken);
        return elsewhere;
    }

    private static async Task<bool> CanReachAsync(
        PostgresAccount account,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var probe = Path.Combine(directory, "postgres.probe");
        await MakeDirectoryOfAsync(account, probe, cancellationToken);
        try
        {
            return (await account.RunAsync("/usr/bin/env", ["test", "-w", probe], input: null, cancellationToken)).ExitCode
                == 0;
        }
        finally
        {
            Directory.Delete(probe);
        }
    }

    private static async Task MakeDirectoryOfAsync(
        PostgresAccount account,
        string directory,
        CancellationToken cancellationToken
    )
    {
        if (account.Name is null && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }
        var root = new PostgresAccount(Name: null);
        var (exitCode, output) = await root.RunAsync(
            "/usr/bin/env",
            ["install", "-d", "-m", "700", "-o", account.Name!, directory],
            input: null,
            cancellationToken
        );
        if (exitCode != 0)
            throw new PostgresUnavailableException($"Could not create {directory} for the account {account.Name}: {output}");
    }

    private static string ReadOrMakePassword(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } kept)
            return kept;
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        PrivateFile.Write(file, password + "\n");
        return password;
    }
}
