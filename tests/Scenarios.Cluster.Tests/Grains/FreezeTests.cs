using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>A freeze keeps what it froze, to the microsecond (F2), and asking for it again changes nothing (F3).</summary>
public sealed class FreezeTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    [Theory]
    [InlineData("clockStops")]
    [InlineData("clockRuns")]
    public async Task Remaining_times_are_kept_exactly_where_the_clock_stops_and_instants_where_it_runs(string frozenWaits)
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > w1 > w2",
                ("w1", "wait", Graph.For(TimeSpan.FromHours(5))),
                ("w2", "wait", Graph.For(TimeSpan.FromDays(9)))
            ),
            new { frozenWaits }
        );
        await Api.CaptureAllAsync(number, Enumerable.Range(0, 50).Select(Graph.Profile));
        var before = (await Api.RunsAtAsync(number, "w1")).ToDictionary(r => r.RunId, r => r.LeavesAt!.Value);
        var stopped = TimeSpan.Zero;

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(50, (await Api.DeactivateAsync(number, "freeze")).GetProperty("frozen").GetInt32());
            // Said again, with and without its mode, it changes nothing; nor does a retry of what was said before.
            Assert.Equal(50, (await Api.DeactivateAsync(number, "freeze")).GetProperty("frozen").GetInt32());
            Assert.Equal(
                (50, 0),
                (await Api.DeactivateAsync(number)) is var again
                    ? (again.GetProperty("frozen").GetInt32(), again.GetProperty("ended").GetInt32())
                    : default
            );
            var frozenAt = await InstantAsync("frozen_at", number);
            await node.AdvanceAsync(TimeSpan.FromMinutes(7) + TimeSpan.FromMicroseconds(round));
            await Api.ActivateAsync(number);
            Assert.Equal("active", (await Api.ActivateAsync(number)).GetProperty("status").GetString());
            stopped += await InstantAsync("activated_at", number) - frozenAt;
        }

        var after = (await Api.RunsAtAsync(number, "w1")).ToDictionary(r => r.RunId, r => r.LeavesAt!.Value);
        Assert.Equal(50, after.Count);
        Assert.All(after, run =>
            Assert.Equal(before[run.Key] + (frozenWaits == "clockStops" ? stopped : TimeSpan.Zero), run.Value)
        );
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task Frozen_runs_end_when_their_end_is_asked_for_by_name()
    {
        var number = await Api.ActiveAsync();
        await Api.CaptureAllAsync(number, Enumerable.Range(0, 3).Select(Graph.Profile));
        await Api.DeactivateAsync(number, "freeze");

        Assert.Equal(3, (await Api.DeactivateAsync(number, "end")).GetProperty("ended").GetInt32());
        Assert.All(await Api.RunsAsync(number), run => Assert.Equal(("left", "deactivated"), (run.State, run.Reason)));
    }

    /// <summary>Instants of the gate, which no answer tells to the microsecond while it is closed.</summary>
    private async Task<DateTimeOffset> InstantAsync(string column, int number)
    {
        await using var command = node.Database.Ledger.CreateCommand(
            $"select {column} from scenario where tenant_id = {TestNode.Tenant} and number = {number}"
        );
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
    }
}
