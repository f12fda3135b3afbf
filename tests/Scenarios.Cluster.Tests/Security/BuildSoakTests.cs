using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary><c>./test soak 1 1 Build</c>: whoever builds a release again, somewhere else, gets the same to the bit.</summary>
public sealed class BuildSoakTests
{
    /// <summary>
    /// Where several classes log, the framework's generator writes them into its file in an order of chance: the code comes out
    /// the same, its symbols do not, nor what names these.
    /// </summary>
    private static readonly string[] SymbolsByChance = ["Scenarios.Api", "Scenarios.Grains", "Scenarios.Storage"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Two_releases_built_in_different_folders_are_equal_with_equal_provenance()
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

        var ours = Directory
            .EnumerateFiles(releases[0], "Scenarios.*")
            .Where(f => Path.GetExtension(f) is ".dll" or ".pdb")
            .Select(f => Path.GetFileName(f)!)
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.Equal(
            ["Api", "Contracts", "Engine", "Grains", "Server", "Storage"],
            ours.Where(f => f.EndsWith(".dll", StringComparison.Ordinal)).Select(f => f.Split('.')[1])
        );
        bool IsByChance(string file) => SymbolsByChance.Contains(Path.GetFileNameWithoutExtension(file));
        Assert.All(ours.Where(f => f.EndsWith(".dll", StringComparison.Ordinal)), file =>
            Assert.Equal(CodeOf(releases[0], file), CodeOf(releases[1], file))
        );
        Assert.All(ours.Where(f => !IsByChance(f)), file => Assert.Equal(HashOf(releases[0], file), HashOf(releases[1], file)));
        var told = releases.ConvertAll(r => JsonElement.Parse(File.ReadAllText(Path.Combine(r, "provenance.json"))));
        foreach (var member in (string[])["commit", "version", "sdk", "locks"])
            Assert.Equal(told[0].GetProperty(member).GetRawText(), told[1].GetProperty(member).GetRawText());
        var artifacts = told.ConvertAll(t =>
            t.GetProperty("artifacts")
                .EnumerateObject()
                .Where(a => !IsByChance(a.Name))
                .Select(a => (a.Name, a.Value.GetString()))
                .ToList()
        );
        Assert.Equal(artifacts[0], artifacts[1]);
        foreach (var artifact in told[0].GetProperty("artifacts").EnumerateObject())
            Assert.Equal(HashOf(releases[0], artifact.Name), artifact.Value.GetString());
    }

    /// <summary>What a clean clone has, of which a release is built; nothing of what was built here.</summary>
    private static async Task CopySourcesAsync(string to)
    {
        var files = await RunAsync(
            Repository.Root,
            "git",
            [
                "ls-files",
                "--cached",
                "--others",
                "--exclude-standard",
                "--",
                "global.json",
                "*.props",
                ".editorconfig",
                "src",
                "eng",
            ]
        );
        foreach (
            var file in files
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(f => File.Exists(Path.Combine(Repository.Root, f)))
        )
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, file))!);
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(to, file));
        }
    }

    private static async Task<string> RunAsync(string directory, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program}: {said}");
    }

    /// <summary>An assembly without its identity and what names its symbols, both of which are hashes of all else.</summary>
    private static string CodeOf(string directory, string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(directory, file));
        using var assembly = new PEReader([.. bytes]);
        var headers = assembly.PEHeaders;
        bytes.AsSpan(headers.CoffHeaderStartOffset + 4, 4).Clear();
        bytes
            .AsSpan(headers.MetadataStartOffset + assembly.GetMetadataReader().GetHeapMetadataOffset(HeapIndex.Guid), 16)
            .Clear();
        if (headers.TryGetDirectoryOffset(headers.PEHeader!.DebugTableDirectory, out var table))
            bytes.AsSpan(table, headers.PEHeader.DebugTableDirectory.Size).Clear();
        foreach (var entry in assembly.ReadDebugDirectory())
            bytes.AsSpan(entry.DataPointer, entry.DataSize).Clear();
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    private static string HashOf(string directory, string file) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(directory, file))));
}
