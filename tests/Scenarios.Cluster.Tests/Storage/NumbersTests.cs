using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Time;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Storage;

public sealed class NumbersTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Live_counts_show_the_current_generation_only_and_add_up()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.LiveAsync("w1", 5);
        await rows.EndGenerationAsync(1, "cleared");
        await rows.LiveAsync("w1", 2, generation: 2);
        await rows.LiveAsync("h1", 1, generation: 2);
        await rows.LiveAsync("gone", 0, generation: 2);

        var live = (await new LiveReads(database.Ledger).CountsAsync(rows.Tenant, 1, Cancel))!;

        Assert.Equal(3, live.Inside);
        Assert.Equal([("h1", 1L), ("w1", 2L)], live.Elements.Select(e => (e.Key, e.Value)));
    }

    [Fact]
    public async Task Several_scenarios_are_counted_in_one_snapshot_and_deleted_ones_are_missing()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.AddScenarioAsync(2, "Empty");
        await rows.AddScenarioAsync(3, "Deleted");
        await rows.ExecuteAsync("update scenario set deleted_at = clock_timestamp() where tenant_id = $t and number = 3");
        await rows.LiveAsync("w1", 4);

        var live = await new LiveReads(database.Ledger).CountsAsync(
            [(rows.Tenant, 1), (rows.Tenant, 2), (rows.Tenant, 3)],
            Cancel
        );

        Assert.Equal([(1, 4L), (2, 0L)], live.OrderBy(l => l.Key.Scenario).Select(l => (l.Key.Scenario, l.Value.Inside)));
    }

    [Fact]
    public async Task Statistics_are_cut_into_days_of_the_scenarios_zone()
    {
        var rows = await ScenarioRows.NewAsync(database);
        // Midnight of 20 November in Kolkata (UTC+5:30) is 18:30 UTC.
        await rows.CountAsync("2026-11-19T18:15:00Z", "", "entered", "", 1);
        await rows.CountAsync("2026-11-19T18:30:00Z", "", "entered", "", 10);
        await rows.CountAsync("2026-11-20T18:15:00Z", "", "entered", "", 100);
        var edges = Buckets.Between(
            DateTimeOffset.Parse("2026-11-19T12:00:00Z"),
            DateTimeOffset.Parse("2026-11-20T12:00:00Z"),
            Granularity.Day,
            "Asia/Kolkata"
        )!;

        var statistics = await new StatisticsReads(database.Reads).OfAsync(rows.Tenant, 1, edges, Cancel);

        Assert.Equal(DateTimeOffset.Parse("2026-11-18T18:30:00Z"), statistics.From);
        Assert.Equal(DateTimeOffset.Parse("2026-11-20T18:30:00Z"), statistics.To);
        Assert.Equal([1, 110], statistics.Series.Select(b => b.Entered));
        Assert.Equal(111, statistics.Totals.Entered);
    }

    [Fact]
    public async Task Statistics_tell_ends_by_reason_errors_declines_and_each_elements_outputs()
    {
        var rows = await ScenarioRows.NewAsync(database);
        const string at = "2026-11-20T10:00:00Z";
        await rows.CountAsync(at, "", "entered", "", 20);
        await rows.CountAsync(at, "", "completed", "", 4);
        await rows.CountAsync(at, "", "completed", "bought", 2);
        await rows.CountAsync(at, "", "failed", "loopGuard", 1);
        await rows.CountAsync(at, "", "error", "h1", 3);
        await rows.CountAsync(at, "", "left", "cleared", 5);
        await rows.CountAsync(at, "", "left", "removed", 1);
        await rows.CountAsync(at, "", "declined", "engaged", 7);
        await rows.CountAsync(at, "w1", "entered", "", 12);
        await rows.CountAsync(at, "w1", "left", "next", 9);
        await rows.CountAsync(at, "w1", "ended", "cleared", 3);
        var edges = Buckets.Between(
            DateTimeOffset.Parse(at),
            DateTimeOffset.Parse("2026-11-20T11:00:00Z"),
            Granularity.Hour,
            "UTC"
        )!;

        var statistics = await new StatisticsReads(database.Reads).OfAsync(rows.Tenant, 1, edges, Cancel);

        var totals = statistics.Totals;
        Assert.Equal((20, 6, 1, 4), (totals.Entered, totals.Completed, totals.Failed, totals.Errors));
        Assert.Equal([("cleared", 5L), ("removed", 1L)], totals.Left.Select(l => (l.Key, l.Value)));
        Assert.Equal([("engaged", 7L)], totals.Declined.Select(l => (l.Key, l.Value)));
        Assert.Equal(6, Assert.Single(statistics.Series).Left);
        var w1 = statistics.Elements["w1"];
        Assert.Equal((12, 9, 3), (w1.Entered, w1.Left["next"], w1.Ended["cleared"]));
    }

    /// <summary>
    /// N2: random counts, random periods and zones; each coarser bucket is the sum of the finer ones in it, and no figure
    /// differs by the granularity.
    /// </summary>
    [Fact]
    public async Task Hours_days_weeks_and_totals_of_any_period_add_up()
    {
        const int Counts = 400,
            Periods = 12;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var rows = await ScenarioRows.NewAsync(database);
        var begin = DateTimeOffset.Parse("2026-09-01T00:00:00Z");
        string[] kinds = ["entered", "completed", "failed", "left", "error", "declined"];
        await rows.ExecuteAsync(
            $"insert into period_count values {string.Join(',', Enumerable.Range(0, Counts).Select(_ =>
            $"($t, 1, '{begin.AddMinutes(15 * random.Next(100 * 96)):O}', {random.Next(4)}, '', "
                + $"'{kinds[random.Next(6)]}', '{random.Next(3)}', {random.Next(1, 9)})"))} on conflict do nothing"
        );
        var reads = new StatisticsReads(database.Reads);
        for (var i = 0; i < Periods; i++)
        {
            var zone = new[] { "UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe" }[i % 5];
            var from = begin.AddMinutes(random.Next(90 * 1440));
            var weekly = Buckets.Between(from, from.AddMinutes(random.Next(20 * 1440)), Granularity.Week, zone)!;
            var (weeks, days, hours) = (
                await OfAsync(weekly),
                await OfAsync(Buckets.Between(weekly[0], weekly[^1], Granularity.Day, zone)!),
                await OfAsync(Buckets.Between(weekly[0], weekly[^1], Granularity.Hour, zone)!)
            );
            foreach (var (coarser, finer) in new[] { (weeks, days), (days, hours) })
            {
                Assert.Equal((coarser.From, coarser.To), (finer.From, finer.To));
                Assert.Equal(Told(coarser.Totals), Told(finer.Totals));
                Assert.All(coarser.Series.Zip(coarser.Series.Skip(1).Select(next => next.At).Append(coarser.To)), bucket =>
                    Assert.True(
                        Sum(finer.Series.Where(f => f.At >= bucket.First.At && f.At < bucket.Second)) == Sum([bucket.First]),
                        $"seed {seed}, {zone}, {bucket.First}"
                    )
                );
            }
            Assert.Equal(
                (
                    weeks.Totals.Entered,
                    weeks.Totals.Completed,
                    weeks.Totals.Failed,
                    weeks.Totals.Left.Values.Sum(),
                    weeks.Totals.Errors
                ),
                Sum(hours.Series)
            );
        }

        Task<Statistics> OfAsync(IReadOnlyList<DateTimeOffset> edges) => reads.OfAsync(rows.Tenant, 1, edges, Cancel);

        static (long, long, long, long, long) Sum(IEnumerable<StatisticsBucket> buckets) =>
            buckets.Aggregate((0L, 0L, 0L, 0L, 0L), (sum, b) =>
                (sum.Item1 + b.Entered, sum.Item2 + b.Completed, sum.Item3 + b.Failed, sum.Item4 + b.Left, sum.Item5 + b.Errors)
            );

        static string Told(StatisticsTotals totals) => System.Text.Json.JsonSerializer.Serialize(totals);
    }

    [Fact]
    public async Task Verify_finds_nothing_where_the_numbers_add_up_dead_rows_included()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.RunAsync("w1");
        await rows.CountAsync("2026-11-21T00:00:00Z", "", "left", "cleared");
        await rows.CountAsync("2026-11-21T00:00:00Z", "w1", "ended", "cleared");
        await rows.EndGenerationAsync(1, "cleared");
        await rows.RunAsync("w1", generation: 2);
        await rows.EndedAsync("completed");
        await rows.EndedAsync("failed", "loopGuard");
        await rows.EndedAsync("left", "removed");

        var verification = await new VerifyReads(database.Reads).VerifyAsync(rows.Tenant, 1, Cancel);

        Assert.Empty(verification.Differences);
        Assert.True(verification.Consistent);
    }

    [Fact]
    public async Task Verify_names_each_number_that_does_not_add_up()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.RunAsync("w1");
        await rows.RunAsync("w1", profile: "bo");
        await rows.EndedAsync("left", "removed");
        await rows.LiveAsync("w1", 1); // a delta twice
        await rows.ExecuteAsync("update period_count set n = n - 1 where tenant_id = $t and kind = 'left'"); // a delta lost

        var verification = await new VerifyReads(database.Reads).VerifyAsync(rows.Tenant, 1, Cancel);

        Assert.False(verification.Consistent);
        Assert.Equal(
            [
                new Difference("inside", "w1", 3, 2),
                new Difference("balance", "w1", 3, 2),
                new Difference("left.removed", null, 0, 1),
            ],
            verification.Differences
        );
    }

    [Fact]
    public async Task Verify_compares_no_rows_that_were_too_old_to_keep()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.CountAsync("2025-01-01T00:00:00Z", "", "entered", "");
        await rows.CountAsync("2025-01-02T00:00:00Z", "", "completed", "");
        await rows.ExecuteAsync("update tenant set history_from = '2025-01-03T00:00:00Z' where id = $t");

        Assert.True((await new VerifyReads(database.Reads).VerifyAsync(rows.Tenant, 1, Cancel)).Consistent);
    }
}
