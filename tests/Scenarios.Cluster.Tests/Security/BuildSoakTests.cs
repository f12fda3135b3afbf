using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary><c>./test soak 1 1 Build</c>: whoever builds a release again, somewhere else, gets the same to the bit.</summary>
public sealed class BuildSoakTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Two_releases_from_two_copies_of_the_sources_in_different_folders_are_equal_and_tell_the_same_of_themselves()
    {
        using var directory = new TempDirectory();
        var releases = new List<string>();
        foreach (var place in (string[])["a", "another place, with a longer name"])
        {
            var copy = Directory.CreateDirectory(Path.Combine(directory.Path, place)).FullName;
            await CopySourcesAsync(copy);
            var release = Path.Combine(directory.Path, $"release {releases.Count}");
            // The console is built by others' programs; what they make is hashed in the provenance, and not promised to be equal.
            await RunAsync(copy, Path.Combine(copy, "eng", "publish"), [release, "-p:BuildConsole=false"]);
            releases.Add(release);
        }

        var ours = Directory.EnumerateFiles(releases[0], "Scenarios.*").Where(f => Path.GetExtension(f) is ".dll" or ".pdb").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["Api", "Contracts", "Engine", "Grains", "Server", "Storage"], ours.Where(f => f.EndsWith(".dll", StringComparison.Ordinal)).Select(f => f.Split('.')[1]));
        Assert.All(ours, file => Assert.Equal(HashOf(releases[0], file), HashOf(releases[1], file)));
        var told = releases.ConvertAll(r => File.ReadAllText(Path.Combine(r, "provenance.json")));
        Assert.Equal(told[0], told[1]);
        foreach (var artifact in JsonElement.Parse(told[0]).GetProperty("artifacts").EnumerateObject()) Assert.Equal(HashOf(releases[0], artifact.Name), artifact.Value.GetString());
        TestContext.Current.SendDiagnosticMessage($"{ours.Count} files of ours are equal, of {JsonElement.Parse(told[0]).GetProperty("artifacts").GetPropertyCount()}");
    }

    /// <summary>What a clean clone has, of which a release is built; nothing of what was built here.</summary>
    private static async Task CopySourcesAsync(string to)
    {
        var files = await RunAsync(Repository.Root, "git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", "global.json", "*.props", ".editorconfig", "src", "eng"]);
        foreach (var file in files.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(f => File.Exists(Path.Combine(Repository.Root, f))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, file))!);
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(to, file));
        }
    }

    private static async Task<string> RunAsync(string directory, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" } };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program}: {said}");
    }

    private static string HashOf(string directory, string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(directory, file))));
}
