using System.Diagnostics;

namespace Scenarios.Storage.Embedded;

/// <summary>A directory with PostgreSQL's server programs, and their major version.</summary>
public sealed record PostgresBinaries(string Directory, int Major)
{
    public const int OldestMajor = 15;

    /// <summary>Names a directory with initdb, pg_ctl and postgres; no other place is searched then.</summary>
    public const string Variable = "SCENARIOS_POSTGRES_BIN";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    // A distribution has one directory per major version and links only some programs into the path.
    private static readonly (string Parent, string Pattern, string Below)[] UsualPlaces =
    [
        ("/usr/lib/postgresql", "*", "bin"), // Debian, Ubuntu
        ("/usr", "pgsql-*", "bin"), // PostgreSQL's own packages for Red Hat
        ("/usr/libexec", "postgresql*", ""), // Alpine
        ("/opt/homebrew/opt", "postgresql@*", "bin"), // Homebrew
        ("/usr/local/opt", "postgresql@*", "bin"),
        ("/usr/local", "pgsql", "bin"), // built from source
    ];

    public string Of(string program) => Path.Combine(Directory, program);

    /// <summary>
    /// The newest found; for an existing cluster the version that created it, because no other can open it.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">None is installed. The message says what to do.</exception>
    public static PostgresBinaries Find(int? madeBy)
    {
        var found = Candidates().Distinct().Select(Inspect).OfType<PostgresBinaries>().ToList();
        var fit = madeBy is { } major
            ? found.Find(b => b.Major == major)
            : found.Where(b => b.Major >= OldestMajor).MaxBy(b => b.Major);
        return fit
            ?? throw new PostgresUnavailableException(
                (
                    madeBy is { } made
                        ? $"The data was created by PostgreSQL {made}, whose server programs are not installed"
                        : $"No server programs of PostgreSQL {OldestMajor} or newer are installed"
                )
                    + (found.Count == 0 ? ". " : $" (found: {string.Join(", ", found.Select(b => b.Directory))}). ")
                    + $"Install them (Debian and Ubuntu: apt-get install postgresql-{madeBy ?? OldestMajor}), or "
                    + $"name their directory in {Variable}, "
                    + "or use a server of your own: ConnectionStrings__Scenarios=\"Host=…;Database=…;Username=…;Password=…\"."
            );
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return [Path.GetFullPath(named)];
        var inPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => new FileInfo(Path.Combine(directory, "initdb")))
            .Where(initdb => initdb.Exists)
            .Select(initdb => (initdb.ResolveLinkTarget(returnFinalTarget: true) ?? initdb).FullName)
            .Select(initdb => Path.GetDirectoryName(initdb)!);
        var usual = UsualPlaces
            .Where(place => System.IO.Directory.Exists(place.Parent))
            .SelectMany(place =>
                System
                    .IO.Directory.EnumerateDirectories(place.Parent, place.Pattern)
                    .Select(found => Path.Combine(found, place.Below))
            );
        return inPath.Concat(usual);
    }

    private static PostgresBinaries? Inspect(string directory)
    {
        if (!Programs.All(program => File.Exists(Path.Combine(directory, program))))
            return null;
        using var postgres = Process.Start(
            new ProcessStartInfo(Path.Combine(directory, "postgres"), "--version") { RedirectStandardOutput = true }
        )!;
        var answer = postgres.StandardOutput.ReadToEnd(); // postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)
        postgres.WaitForExit();
        var version = answer.Split(' ').ElementAtOrDefault(2) ?? "";
        return int.TryParse(new string([.. version.TakeWhile(char.IsAsciiDigit)]), out var major)
            ? new PostgresBinaries(directory, major)
            : null;
    }
}

/// <summary>No usable database. The message is for the person at the console and says what to do.</summary>
public sealed class PostgresUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
