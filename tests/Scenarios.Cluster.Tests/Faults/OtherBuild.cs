using System.Text.RegularExpressions;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// The server of another version, built in a folder of its own: the former one out of the repository's history, or the next one,
/// which is ours with the migrations that it may have.
/// </summary>
internal sealed partial class OtherBuild : IDisposable
{
    private readonly TempDirectory _folder = new();

    private string Source => Directory.CreateDirectory(System.IO.Path.Combine(_folder.Path, "source")).FullName;
    private string Migrations => System.IO.Path.Combine(Source, "src", "Scenarios.Storage", "Migrations");
    private string Log => System.IO.Path.Combine(_folder.Path, "build.log");

    public string Path => System.IO.Path.Combine(_folder.Path, "built");

    /// <summary>The number of its newest migration.</summary>
    public int Newest => Directory.EnumerateFiles(Migrations).Count();

    /// <summary>What its migrations have made, Orleans' tables not among them.</summary>
    public IEnumerable<string> Tables =>
        Directory
            .EnumerateFiles(Migrations)
            .Order(StringComparer.Ordinal)
            .SelectMany(f => Made().Matches(File.ReadAllText(f)))
            .Select(m => m.Groups[1].Value);

    /// <summary>The commit that <c>eng/former</c> names.</summary>
    public static string Former { get; } =
        File.ReadLines(System.IO.Path.Combine(Repository.Root, "eng", "former")).First(line => !line.StartsWith('#'));

    public static bool HasFormer => Program.Run("git", "-C", Repository.Root, "cat-file", "-e", Former + "^{commit}");

    public static OtherBuild OfFormer() => Of($"git archive {Former}", []);

    /// <param name="migrations">By name, each with its heading; they are numbered here.</param>
    public static OtherBuild OfNext(IEnumerable<(string Name, string Sql)> migrations) =>
        Of("git ls-files -z --cached --others --exclude-standard | tar --null -T - -c", migrations);

    private static OtherBuild Of(string archive, IEnumerable<(string Name, string Sql)> migrations)
    {
        var build = new OtherBuild();
        try
        {
            build.Run($"cd '{Repository.Root}' && {archive} | tar -x -C '{build.Source}'");
            foreach (var (i, (name, sql)) in migrations.Index())
                File.WriteAllText(
                    System.IO.Path.Combine(build.Migrations, $"{Migration.All.Count + 1 + i:0000}_{name}.sql"),
                    sql + "\n"
                );
            build.Run(
                $"cd '{build.Source}' && '{ServerProcess.Dotnet}' build src/Scenarios.Server "
                    + "--disable-build-servers -c Release --nologo -v quiet -p:RestoreLockedMode=true "
                    + $"-p:NuGetAudit=false -p:BuildConsole=false -o '{build.Path}'"
            );
            return build;
        }
        catch
        {
            build.Dispose();
            throw;
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Run(string command) =>
        Assert.True(
            Program.Run("/bin/sh", "-c", $"{{ {command}; }} >'{Log}' 2>&1"),
            $"{command}\n{(File.Exists(Log) ? File.ReadAllText(Log) : "")}"
        );

    [GeneratedRegex(@"^create table ([a-z_]+) \(", RegexOptions.Multiline)]
    private static partial Regex Made();
}
