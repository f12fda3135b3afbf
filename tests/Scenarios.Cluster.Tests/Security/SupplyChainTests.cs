using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Server;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>What we take from others is what was chosen, to the bit, and a known hole in it stops the build.</summary>
public sealed partial class SupplyChainTests
{
    [Fact]
    public void Versions_are_exact_in_one_place_and_never_bypassed()
    {
        var versions = XDocument
            .Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(p => p.Attribute("Include")!.Value, p => p.Attribute("Version")!.Value);
        Assert.InRange(versions.Count, 10, 100);
        Assert.All(versions, p => Assert.Matches(@"^\d+\.\d+\.\d+(-[a-z0-9.]+)?$", p.Value));
        var projects = Files("*.csproj");
        Assert.InRange(projects.Count, 9, 50);
        foreach (var project in projects)
        {
            var text = File.ReadAllText(project);
            Assert.DoesNotMatch("VersionOverride|NuGetAudit|PackageReference[^>]*Version=|NU1[0-9]{3}", text);
            foreach (var package in XDocument.Parse(text).Descendants("PackageReference"))
                Assert.Contains(package.Attribute("Include")!.Value, versions);
        }
        foreach (var npm in Files("package.json"))
        foreach (
            var group in JsonElement
                .Parse(File.ReadAllText(npm))
                .EnumerateObject()
                .Where(p => p.Name.EndsWith("ependencies", StringComparison.Ordinal))
        )
        foreach (var package in group.Value.EnumerateObject())
            Assert.Matches(@"^(npm:[a-z0-9@/-]+@)?\d+\.\d+\.\d+(-[a-z0-9.]+)?$", package.Value.GetString());
    }

    [Fact]
    public void Every_project_is_locked_to_hashes_and_no_lock_names_an_address()
    {
        foreach (var project in Files("*.csproj"))
        {
            var text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json"));
            Assert.DoesNotContain("://", text);
            foreach (
                var package in JsonElement
                    .Parse(text)
                    .GetProperty("dependencies")
                    .EnumerateObject()
                    .SelectMany(f => f.Value.EnumerateObject())
                    .Where(p => p.Value.GetProperty("type").GetString() != "Project")
            )
                Assert.True(package.Value.TryGetProperty("contentHash", out _), $"{project}: {package.Name} has no hash");
        }
        foreach (var file in Files("package-lock.json"))
        foreach (
            var package in JsonElement
                .Parse(File.ReadAllText(file))
                .GetProperty("packages")
                .EnumerateObject()
                .Where(p => p.Name.Length > 0)
        )
        {
            Assert.True(package.Value.TryGetProperty("integrity", out _), $"{file}: {package.Name} has no hash");
            Assert.False(package.Value.TryGetProperty("resolved", out _), $"{file}: {package.Name} names an address");
        }
    }

    /// <summary>What for, its licence and who keeps it stand in docs/security.md.</summary>
    [Fact]
    public void Nothing_is_taken_without_a_word_on_it()
    {
        var named = Listed()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md")))
            .SelectMany(row =>
            {
                // "Microsoft.Orleans.Sdk, .Server": the first tells how the others begin.
                var names = row.Groups[1].Value.Split(", ");
                return names.SelectMany(n => n.StartsWith('.') ? Prefixes(names[0]).Select(prefix => prefix + n) : [n]);
            })
            .ToHashSet(StringComparer.Ordinal);

        Assert.All(XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion"), p =>
            Assert.Contains(p.Attribute("Include")!.Value, named)
        );
    }

    /// <summary>
    /// A canary: a project under our settings takes a package that takes one with an advisory of the lowest level. The advisory
    /// is told by a source of this test's own, so this says that the audit works, not that the source of today knows anything.
    /// </summary>
    [Fact]
    public async Task A_known_advisory_of_the_lowest_level_in_what_a_package_of_ours_takes_stops_the_build()
    {
        Assert.SkipUnless(
            Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet",
            "Restores with the dotnet that runs the tests."
        );
        using var directory = new TempDirectory();
        var packages = Directory.CreateDirectory(Path.Combine(directory.Path, "packages")).FullName;
        Pack(packages, "Canary.Vulnerable", "");
        Pack(
            packages,
            "Canary.Direct",
            """<dependencies><dependency id="Canary.Vulnerable" version="1.0.0" /></dependencies>"""
        );
        File.WriteAllText(
            Path.Combine(directory.Path, "Directory.Build.props"),
            $"""<Project><Import Project="{Path.Combine(Repository.Root, "Directory.Build.props")}" /></Project>"""
        );
        File.WriteAllText(
            Path.Combine(directory.Path, "Directory.Packages.props"),
            """
            <Project>
              <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageVersion Include="Canary.Direct" Version="1.0.0" /></ItemGroup>
            </Project>
            """
        );
        File.WriteAllText(
            Path.Combine(directory.Path, "Canary.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="Canary.Direct" /></ItemGroup></Project>
            """
        );
        await using var source = await AuditSource.StartAsync();
        File.WriteAllText(
            Path.Combine(directory.Path, "nuget.config"),
            $"""
            <configuration>
              <packageSources><clear /><add key="here" value="packages" /></packageSources>
              <auditSources><clear /><add key="advisories" value="{source.Address}index.json" allowInsecureConnections="true" /></auditSources>
            </configuration>
            """
        );

        var (passes, said) = await RestoreAsync(directory.Path);
        Assert.True(passes, said);

        source.Vulnerable = true;
        (passes, said) = await RestoreAsync(directory.Path);
        Assert.False(passes, said);
        Assert.Contains("error NU1901", said);
        Assert.Contains("Canary.Vulnerable", said);
    }

    /// <summary>By whom it was looked for holes, and when: an audit that sees nothing says nothing.</summary>
    [Fact]
    public void Every_package_in_its_version_has_a_line_on_when_and_where_advisories_were_looked_for()
    {
        var packages = XDocument
            .Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Select(p => (Name: p.Attribute("Include")!.Value, Version: p.Attribute("Version")!.Value));
        var npm = Files("package.json")
            .SelectMany(file =>
                JsonElement
                    .Parse(File.ReadAllText(file))
                    .EnumerateObject()
                    .Where(p => p.Name.EndsWith("ependencies", StringComparison.Ordinal))
            )
            .SelectMany(group => group.Value.EnumerateObject())
            .Select(p => (p.Name, Version: p.Value.GetString()!.Split('@')[^1]));
        var listed = Looked()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "advisories.md")))
            .Select(row =>
                (Name: row.Groups[1].Value, Version: row.Groups[2].Value, On: row.Groups[3].Value, By: row.Groups[4].Value)
            )
            .ToList();

        Assert.Equal(packages.Concat(npm).Distinct().Order(), listed.Select(l => (l.Name, l.Version)).Order());
        Assert.All(listed, l =>
            Assert.True(DateOnly.TryParseExact(l.On, "yyyy-MM-dd", out _) && l.By.Trim().Length > 0, l.ToString())
        );
    }

    /// <summary>The same script makes it for a release (<c>eng/publish</c>, the image): see BuildSoakTests.</summary>
    [Fact]
    public async Task A_release_tells_of_what_commit_with_what_and_into_what_it_was_built()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(Path.Combine(directory.Path, "wwwroot"));
        foreach (var (file, text) in new[] { ("server.dll", "a"), ("wwwroot/index.html", "b") })
            File.WriteAllText(Path.Combine(directory.Path, file), text);
        for (var again = 0; again < 2; again++) // what it tells of is not itself
        {
            using var made = Process.Start(
                new ProcessStartInfo(Path.Combine(Repository.Root, "eng", "provenance"), [directory.Path])
                {
                    Environment = { ["COMMIT"] = "0123456789abcdef0123456789abcdef01234567" },
                }
            )!;
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, made.ExitCode);
        }

        var told = JsonElement.Parse(File.ReadAllText(Path.Combine(directory.Path, "provenance.json")));

        Assert.Equal("0123456789abcdef0123456789abcdef01234567", told.GetProperty("commit").GetString());
        Assert.Matches(@"^10\.0\.\d{3}$", told.GetProperty("sdk").GetString());
        Assert.Equal(ServerOptions.Version, told.GetProperty("version").GetString());
        string HashOf(string path) =>
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
        Assert.Equal(
            [
                ("server.dll", HashOf(Path.Combine(directory.Path, "server.dll"))),
                ("wwwroot/index.html", HashOf(Path.Combine(directory.Path, "wwwroot/index.html"))),
            ],
            told.GetProperty("artifacts").EnumerateObject().Select(a => (a.Name, a.Value.GetString()!))
        );
        var locks = told.GetProperty("locks").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString());
        Assert.All(locks, l => Assert.Equal(HashOf(Path.Combine(Repository.Root, l.Key)), l.Value));
        var expected = ((string[])["global.json", "Directory.Build.props", "Directory.Packages.props"]).Concat(
            Files("packages.lock.json")
                .Concat(Files("package-lock.json"))
                .Select(f => Path.GetRelativePath(Repository.Root, f))
                .Where(f => f.StartsWith("src/", StringComparison.Ordinal))
        );
        Assert.Equal(expected.Order(StringComparer.Ordinal), locks.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("eng/publish /app", File.ReadAllText(Path.Combine(Repository.Root, "deploy", "Dockerfile")));
    }

    private static List<string> Files(string pattern) =>
        [
            .. ((string[])["src", "tests", "samples"])
                .SelectMany(folder =>
                    Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
                )
                .Where(f => !Ignored().IsMatch(f)),
        ];

    private static IEnumerable<string> Prefixes(string name)
    {
        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
            yield return name[..dot];
    }

    private static void Pack(string to, string id, string dependencies)
    {
        using var package = ZipFile.Open(Path.Combine(to, $"{id}.1.0.0.nupkg"), ZipArchiveMode.Create);
        using (var spec = new StreamWriter(package.CreateEntry($"{id}.nuspec").Open()))
            spec.Write(
                $"""<?xml version="1.0"?><package><metadata><id>{id}</id><version>1.0.0</version><authors>test</authors><description>test</description>{dependencies}</metadata></package>"""
            );
        using var content = new StreamWriter(package.CreateEntry("lib/netstandard2.0/_._").Open());
    }

    private static async Task<(bool Passes, string Said)> RestoreAsync(string directory)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["restore", "--force", "--force-evaluate", "--disable-build-servers", "--nologo"]
        )
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            Environment =
            {
                ["NUGET_PACKAGES"] = Path.Combine(directory, "global"),
                ["NUGET_HTTP_CACHE_PATH"] = Path.Combine(directory, $"http-{Guid.NewGuid():n}"),
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            },
        };
        foreach (
            var name in start.Environment.Keys.Where(n => n.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToList()
        )
            start.Environment.Remove(name);
        using var restore = Process.Start(start)!;
        var said = await restore.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await restore.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (restore.ExitCode == 0, said);
    }

    /// <summary>A package source that knows nothing but an advisory.</summary>
    private sealed class AuditSource(WebApplication app) : IAsyncDisposable
    {
        public string Address => app.Urls.First() + "/";
        public bool Vulnerable { get; set; }

        public static async Task<AuditSource> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var source = new AuditSource(builder.Build());
            await source.ServeAsync();
            return source;
        }

        private Task ServeAsync()
        {
            app.MapGet("/index.json", () =>
                Results.Text(
                    $$"""{"version": "3.0.0", "resources": [{"@id": "{{Address}}advisories.json", "@type": "VulnerabilityInfo/6.7.0"}]}""",
                    "application/json"
                )
            );
            app.MapGet("/advisories.json", () =>
                Results.Text(
                    $$"""[{"@name": "base", "@id": "{{Address}}base.json", "@updated": "{{DateTimeOffset.UtcNow:O}}", "comment": "test"}]""",
                    "application/json"
                )
            );
            app.MapGet("/base.json", () =>
                Results.Text(
                    Vulnerable
                        ? """{"canary.vulnerable": [{"severity": 0, "url": "https://example.com/advisory", "versions": "[1.0.0, 1.0.0]"}]}"""
                        : "{}",
                    "application/json"
                )
            );
            return app.StartAsync(TestContext.Current.CancellationToken);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }

    [GeneratedRegex(@"^\| ([A-Za-z][^|]*?) \|", RegexOptions.Multiline)]
    private static partial Regex Listed();

    [GeneratedRegex(@"^\| ([@A-Za-z][^|]*?) \| (\d[^|]*?) \| ([^|]*?) \| ([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Looked();

    [GeneratedRegex("/(obj|bin|node_modules|dist)/")]
    private static partial Regex Ignored();
}
