using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>
/// What earlier versions have written, a file for each (<c>Rows/NNNN_version.sql</c>, NNNN being its newest migration): it is
/// migrated, read, and goes on. A file says by itself what must become of it, and one run in each is of a kind that no version
/// wrote: that one alone fails. A release adds its own: what <c>pg_dump --data-only --inserts
/// --load-via-partition-root</c> tells of
/// a node of it in the midst of its work.
/// </summary>
public sealed partial class RowsTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Folder => Path.Combine(Repository.Root, "tests", "Scenarios.Cluster.Tests", "Storage", "Rows");

    public static TheoryData<string> Versions =>
        [
            .. Directory
                .EnumerateFiles(Folder, "*.sql")
                .Select(f => Path.GetFileNameWithoutExtension(f))
                .Order(StringComparer.Ordinal),
        ];

    [Theory, MemberData(nameof(Versions))]
    public async Task What_an_earlier_version_has_written_is_read_and_goes_on(string version)
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("drop schema public cascade");
        await database.ExecuteAsync("create schema public");
        await Migrator.MigrateAsync(
            database.ConnectionString,
            [.. Migration.All.Take(int.Parse(version.AsSpan(0, 4)))],
            NullLogger.Instance,
            TimeProvider.System,
            Cancel
        );
        var rows = await File.ReadAllTextAsync(Path.Combine(Folder, version + ".sql"), Cancel);
        // The history that it had begun: one that is made today begins with this month.
        foreach (Match month in Months().Matches(rows))
            await database.ExecuteAsync(
                "select add_history_months($1, 0)",
                new DateTime(
                    int.Parse(month.Groups["year"].ValueSpan),
                    int.Parse(month.Groups["month"].ValueSpan),
                    1,
                    0,
                    0,
                    0,
                    DateTimeKind.Utc
                )
            );
        await database.ExecuteAsync(rows);

        await using var node = new TestNode(() => Task.FromResult(database.ConnectionString), new TestClock());
        await node.InitializeAsync();

        var (runs, answers) = (Runs().Matches(rows), Answers().Matches(rows));
        Assert.Contains(runs, run => run.Groups["path"].Value.Contains("> failed:", StringComparison.Ordinal));
        foreach (Match run in runs)
            await node.Api.UntilRunAsync(
                int.Parse(run.Groups["scenario"].ValueSpan),
                Guid.Parse(run.Groups["run"].ValueSpan),
                seen => seen.Path == run.Groups["path"].Value
            );
        foreach (Match answer in answers)
            await Support.Api.UntilAsync(
                () => node.Api.GetAsync(answer.Groups["path"].Value),
                seen => seen.GetRawText().Contains(answer.Groups["text"].Value, StringComparison.Ordinal)
            );
        foreach (var scenario in (await node.Api.GetAsync("/api/v1/scenarios")).GetProperty("items").EnumerateArray())
            Assert.True(
                (await node.Api.VerifyAsync(scenario.GetProperty("number").GetInt32())) is var counted
                    && counted.GetProperty("consistent").GetBoolean(),
                counted.GetRawText()
            );
    }

    [GeneratedRegex(@"run_history_(?<year>\d{4})(?<month>\d\d)")]
    private static partial Regex Months();

    [GeneratedRegex(@"^-- run (?<scenario>\d+) (?<run>\S+) (?<path>.+)$", RegexOptions.Multiline)]
    private static partial Regex Runs();

    [GeneratedRegex(@"^-- get (?<path>\S+) (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Answers();
}
