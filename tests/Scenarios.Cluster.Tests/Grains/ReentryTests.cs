using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>The re-entry modes (product.md), each under captures of one profile that come all at once.</summary>
public sealed class ReentryTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int AtOnce = 32;

    private Support.Api Api => cluster.First.Api;

    [Fact]
    public async Task Never_again_accepts_exactly_one_entry_permanently()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "never" });

        var outcomes = await CaptureAtOnceAsync(number, "ann");

        var run = Assert.Single(outcomes, o => o.Accepted).RunId;
        Assert.All(outcomes.Where(o => !o.Accepted), o => Assert.Equal("alreadyEntered", o.Reason));
        Assert.Equal(1, await Api.ClearAsync(number));
        Assert.Equal("alreadyEntered", (await Api.CaptureAsync(number, "ann")).Reason); // the memory survives a clear
        Assert.Equal(
            AtOnce,
            (await Api.StatisticsAsync(number))
                .GetProperty("totals")
                .GetProperty("declined")
                .GetProperty("alreadyEntered")
                .GetInt64()
        );
        await Invariants.HoldAsync(Api, number, [run]);
    }

    [Fact]
    public async Task Not_while_engaged_accepts_exactly_one_at_a_time()
    {
        var number = await Api.ActiveAsync();

        var outcomes = await CaptureAtOnceAsync(number, "ann");
        var first = Assert.Single(outcomes, o => o.Accepted).RunId;
        Assert.All(outcomes.Where(o => !o.Accepted), o => Assert.Equal("engaged", o.Reason));
        await cluster.First.AdvanceAsync(TimeSpan.FromHours(26));
        await Api.EndOfAsync(number, first);
        var second = Assert.Single(await CaptureAtOnceAsync(number, "ann"), o => o.Accepted).RunId;

        await Invariants.HoldAsync(Api, number, [first, second]);
    }

    [Fact]
    public async Task Restart_accepts_all_and_leaves_exactly_one_open()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "restart" });

        var outcomes = await CaptureAtOnceAsync(number, "ann");

        Assert.All(outcomes, o => Assert.True(o.Accepted));
        var runs = await Api.RunsAsync(number, "ann");
        Assert.Single(runs, r => r.IsOpen);
        Assert.All(runs.Where(r => !r.IsOpen), r => Assert.Equal(("left", "restarted"), (r.State, r.Reason)));
        await EachRestartNamesItsSuccessorAsync(number, runs);
        await Invariants.HoldAsync(Api, number, [.. outcomes.Select(o => o.RunId)]);
    }

    [Fact]
    public async Task Each_entry_separately_accepts_all_up_to_a_hundred_open_runs()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "parallel" });

        var accepted = new List<Guid>();
        for (var round = 0; round < 3; round++)
            accepted.AddRange(
                (await CaptureAtOnceAsync(number, "ann")).Select(o =>
                    o.Accepted ? o.RunId : throw new InvalidOperationException(o.Reason)
                )
            );
        var last = await CaptureAtOnceAsync(number, "ann");

        Assert.Equal(100 - 3 * AtOnce, last.Count(o => o.Accepted));
        Assert.All(last.Where(o => !o.Accepted), o => Assert.Equal("tooManyRuns", o.Reason));
        Assert.Equal(100, (await Api.LiveAsync(number)).Inside);
        await Invariants.HoldAsync(Api, number, [.. accepted, .. last.Where(o => o.Accepted).Select(o => o.RunId)]);
    }

    [Fact]
    public async Task A_cool_down_counts_from_the_last_end()
    {
        var number = await Api.ActiveAsync(Graph.Waiting(60), new { coolDown = new { hours = 2 } });
        var first = (await Api.CaptureAsync(number, "ann")).RunId;
        await cluster.First.AdvanceAsync(TimeSpan.FromMinutes(2));
        await Api.EndOfAsync(number, first);

        await cluster.First.AdvanceAsync(TimeSpan.FromMinutes(118));
        Assert.Equal("coolDown", (await Api.CaptureAsync(number, "ann")).Reason);
        await cluster.First.AdvanceAsync(TimeSpan.FromMinutes(3));
        var second = await Api.CaptureAsync(number, "ann");

        Assert.True(second.Accepted, second.Reason);
        await Invariants.HoldAsync(Api, number, [first, second.RunId]);
    }

    [Fact]
    public async Task An_entry_cap_holds_over_its_period_whatever_the_mode()
    {
        var number = await Api.ActiveAsync(
            settings: new { reentryMode = "parallel", maxEntries = new { count = 2, per = new { days = 1 } } }
        );

        var outcomes = await CaptureAtOnceAsync(number, "ann");
        Assert.Equal(2, outcomes.Count(o => o.Accepted));
        Assert.All(outcomes.Where(o => !o.Accepted), o => Assert.Equal("entryCap", o.Reason));
        await cluster.First.AdvanceAsync(TimeSpan.FromHours(25));
        var later = await CaptureAtOnceAsync(number, "ann");

        Assert.Equal(2, later.Count(o => o.Accepted));
        await Invariants.HoldAsync(Api, number, [.. outcomes.Concat(later).Where(o => o.Accepted).Select(o => o.RunId)]);
    }

    private async Task<Captured[]> CaptureAtOnceAsync(int number, string profile) =>
        await Task.WhenAll(
            Enumerable.Range(0, AtOnce).Select(i => cluster.Nodes[i % cluster.Nodes.Count].Api.CaptureAsync(number, profile))
        );

    /// <summary>All but the last were restarted by the run that entered next.</summary>
    private async Task EachRestartNamesItsSuccessorAsync(int number, IReadOnlyList<RunSeen> runs)
    {
        var successors = new HashSet<Guid>();
        foreach (var run in runs.Where(r => !r.IsOpen))
        {
            var last = (await Api.RunAsync(number, run.RunId)).Body.GetProperty("trail").EnumerateArray().Last();
            Assert.True(successors.Add(last.GetProperty("detail").GetProperty("successor").GetGuid()));
        }
        Assert.Subset(runs.Select(r => r.RunId).ToHashSet(), successors);
    }
}
