using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>A wait is edited again and again while those who wait in it wake (reliability.md W7).</summary>
public sealed class EditStormTests(TestNode node) : IClassFixture<TestNode>
{
    private const int Runs = 1500,
        Edits = 6;

    private Support.Api Api => node.Api;

    [Fact]
    public async Task Edits_in_a_wake_storm_move_each_run_once_and_none_before_the_shortest_wait()
    {
        var number = await Api.ActiveAsync(Graph.Waiting(2), new { partitions = 4 });
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));

        // Longer and shorter in turn, each as soon as some have left since the one before.
        for (var edit = 1; edit <= Edits; edit++)
        {
            var inside = (await Api.LiveAsync(number)).Inside;
            if (inside == 0)
                break;
            await Api.UntilLiveAsync(number, live => live.Inside < inside || live.Inside == 0);
            var revision = (await Api.ScenarioOfAsync(number)).GetProperty("revision").GetInt32();
            (
                await Api.SendAsync(
                    HttpMethod.Put,
                    $"/api/v1/scenarios/{number}",
                    new { definition = Graph.Waiting(edit % 2 == 1 ? 3 : 1) },
                    ifMatch: $"\"{revision}\""
                )
            ).Ok();
        }

        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        foreach (var run in runs.Where((_, i) => i % 10 == 0))
        {
            var seen = await Api.RunAsync(number, run);
            Assert.Equal("start > w1 > completed", seen.Path);
            var wait = seen.Body.GetProperty("trail")[1];
            Assert.True(
                wait.GetProperty("leftAt").GetDateTimeOffset() - wait.GetProperty("at").GetDateTimeOffset()
                    >= TimeSpan.FromSeconds(1),
                $"{seen.Body}"
            );
        }
        await Invariants.HoldAsync(Api, number, runs, isEdited: true);
    }
}
