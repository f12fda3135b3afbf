using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Saves while profiles are inside: what the plan says is what then happens, and nobody fires twice or is skipped (W7).
/// </summary>
public sealed class EditTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    private static object TwoWaits(TimeSpan first, string second = "w2") =>
        Graph.Of(
            $"start > w1 > {second}",
            ("w1", "wait", Graph.For(first)),
            (second, "wait", Graph.For(TimeSpan.FromDays(100)))
        );

    private async Task<JsonElement> SaveAsync(int number, object body, string query = "") =>
        (
            await Api.SendAsync(
                HttpMethod.Put,
                $"/api/v1/scenarios/{number}{query}",
                body,
                ifMatch: $"\"{(await Api.ScenarioOfAsync(number)).GetProperty("revision").GetInt32()}\""
            )
        ).Ok();

    private async Task<Dictionary<Guid, DateTimeOffset>> LeavesAsync(int number, string element) =>
        (await Api.RunsAtAsync(number, element)).ToDictionary(r => r.RunId, r => r.LeavesAt!.Value);

    private static IEnumerable<string> Effects(JsonElement plan) =>
        plan.GetProperty("changes")
            .EnumerateArray()
            .Select(c =>
                $"{c.GetProperty("element").GetString()} {c.GetProperty("kind").GetString()} "
                + $"{c.GetProperty("inside").GetInt32()} {c.GetProperty("effect").GetString()}"
            );

    [Fact]
    public async Task A_save_may_keep_the_exit_times_of_those_inside_and_newcomers_wait_by_the_new_length()
    {
        var number = await Api.ActiveAsync(TwoWaits(TimeSpan.FromHours(1)));
        var first = await Api.CaptureAllAsync(number, Enumerable.Range(0, 20).Select(Graph.Profile));
        var before = await LeavesAsync(number, "w1");
        var longer = new { definition = TwoWaits(TimeSpan.FromHours(5)), keepTimes = new[] { "w1" } };

        Assert.Equal(["w1 changed 20 none"], Effects(await SaveAsync(number, longer, "?dryRun=true")));
        await SaveAsync(number, longer);
        var second = await Api.CaptureAllAsync(number, Enumerable.Range(20, 20).Select(Graph.Profile));
        // A second save that keeps too: who came between the two has the length that stood then.
        await SaveAsync(number, new { definition = TwoWaits(TimeSpan.FromHours(9)), keepTimes = new[] { "w1" } });

        var after = await LeavesAsync(number, "w1");
        Assert.All(first, run => Assert.Equal(before[run], after[run]));
        Assert.All(second, run =>
            Assert.InRange(after[run] - before.Values.Max(), TimeSpan.FromHours(4), TimeSpan.FromHours(4.1))
        );
        await node.AdvanceAsync(TimeSpan.FromMinutes(61));
        await Api.UntilLiveAsync(number, live => live.At("w2") == 20);
        Assert.Equal(second.Order(), (await Api.RunsAtAsync(number, "w1")).Select(r => r.RunId).Order());

        // And one that does not keep recomputes them all, from when they began to wait.
        await SaveAsync(number, new { definition = TwoWaits(TimeSpan.FromHours(2)) });
        await Support.Api.UntilAsync(
            () => LeavesAsync(number, "w1"),
            leaves => leaves.All(l => l.Value == after[l.Key] - TimeSpan.FromHours(3))
        );
        await Invariants.HoldAsync(Api, number, [.. first, .. second], isEdited: true);
    }

    [Fact]
    public async Task A_wait_edited_in_a_storm_of_wakes_moves_each_run_once_by_the_length_that_held()
    {
        const int Early = 3000,
            Late = 1000;
        var number = await Api.ActiveAsync(TwoWaits(TimeSpan.FromHours(1)));
        var early = await Api.CaptureAllAsync(number, Enumerable.Range(0, Early).Select(Graph.Profile));
        await node.AdvanceAsync(TimeSpan.FromMinutes(40));
        var late = await Api.CaptureAllAsync(number, Enumerable.Range(Early, Late).Select(Graph.Profile));

        // The early ones fall due while the wait becomes longer under them.
        var waking = node.AdvanceAsync(TimeSpan.FromMinutes(21));
        await Api.UntilLiveAsync(number, live => live.At("w2") > 0);
        await SaveAsync(number, new { definition = TwoWaits(TimeSpan.FromHours(2)) });
        await waking;
        var saved =
            (await Api.GetAsync($"/api/v1/scenarios/{number}/revisions"))
                .GetProperty("items")[0]
                .GetProperty("at")
                .GetDateTimeOffset() + node.Clock.Shift;
        await Support.Api.UntilAsync(
            () => Api.RunsAtAsync(number, "w1"),
            runs => runs.All(r => r.LeavesAt - r.Body.GetProperty("arrivedAt").GetDateTimeOffset() == TimeSpan.FromHours(2))
        );
        await node.AdvanceAsync(TimeSpan.FromMinutes(62));
        await Api.UntilLiveAsync(number, live => live.At("w1") == Late);
        await SaveAsync(number, new { definition = TwoWaits(TimeSpan.FromMinutes(1)) });
        await Api.UntilLiveAsync(number, live => live.At("w2") == Early + Late);

        foreach (var run in early.Where((_, i) => i % 10 == 0).Concat(late.Where((_, i) => i % 10 == 0)))
        {
            var seen = await Api.RunAsync(number, run);
            Assert.Equal("start > w1 > w2 > waiting", seen.Path);
            var wait = seen.Body.GetProperty("trail")[1];
            var (at, leftAt) = (wait.GetProperty("at").GetDateTimeOffset(), wait.GetProperty("leftAt").GetDateTimeOffset());
            Assert.True(
                leftAt - at
                    >= (
                        leftAt <= saved ? TimeSpan.FromHours(1)
                        : seen.ProfileId.CompareTo(Graph.Profile(Early)) < 0 ? TimeSpan.FromHours(2)
                        : TimeSpan.FromMinutes(1)
                    ),
                seen.Body.ToString()
            );
        }
        await Invariants.HoldAsync(Api, number, [.. early, .. late], isEdited: true);
    }

    [Fact]
    public async Task A_deleted_element_ends_those_inside_or_moves_them_lies_in_the_bin_and_can_be_put_back()
    {
        var number = await Api.ActiveAsync(TwoWaits(TimeSpan.FromHours(1)));
        await Api.CaptureAllAsync(number, Enumerable.Range(0, 5).Select(Graph.Profile));
        var without = Graph.Of("start > w3", ("w3", "wait", Graph.For(TimeSpan.FromHours(3))));

        Assert.Equal(
            ["start relinked 0 none", "w1 removed 5 ends", "w2 removed 0 none", "w3 added 0 none"],
            Effects(await SaveAsync(number, new { definition = without }, "?dryRun=true")).Order(StringComparer.Ordinal)
        );
        var moving = new
        {
            definition = without,
            moveRuns = new { w1 = "w3" },
            note = "shorter",
        };
        Assert.Contains("w1 removed 5 moves", Effects(await SaveAsync(number, moving, "?dryRun=true")));
        var saved = await SaveAsync(number, moving);
        await Api.UntilLiveAsync(number, live => live.At("w3") == 5);
        Assert.Equal(
            ["w1", "w2"],
            saved.GetProperty("definition").GetProperty("bin").EnumerateArray().Select(e => e.GetProperty("id").GetString())
        );

        // Put back with its settings, under its own id.
        var back = saved.GetProperty("definition").GetProperty("bin")[0].GetRawText();
        Assert.Equal(
            422,
            (
                await Api.SendAsync(
                    HttpMethod.Put,
                    $"/api/v1/scenarios/{number}",
                    """{"definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "w1", "type": "end"}], "links": []}}""",
                    ifMatch: "\"2\""
                )
            ).Status
        );
        var put = await SaveAsync(
            number,
            $$"""{"definition": {"elements": [{"id": "start", "type": "apiCall"}, {{back}}, {"id": "w3", "type": "wait", "settings": {"duration": {"hours": 3} } }], "links": [{"from": "start", "output": "next", "to": "w1"}] } }"""
        );
        Assert.Equal(
            ["w2"],
            put.GetProperty("definition").GetProperty("bin").EnumerateArray().Select(e => e.GetProperty("id").GetString())
        );
        await Invariants.HoldAsync(Api, number, isEdited: true);
    }

    [Fact]
    public async Task A_save_that_only_moves_boxes_makes_no_revision()
    {
        var number = await Api.ActiveAsync();
        var definition = (await Api.ScenarioOfAsync(number))
            .GetProperty("definition")
            .GetRawText()
            .Replace("\"layout\":{}", "\"layout\":{\"w1\":{\"x\":10,\"y\":20}}", StringComparison.Ordinal);

        var saved = await SaveAsync(number, $$"""{"definition": {{definition}} }""");

        Assert.Equal(
            (1, 10),
            (
                saved.GetProperty("revision").GetInt32(),
                saved.GetProperty("definition").GetProperty("layout").GetProperty("w1").GetProperty("x").GetInt32()
            )
        );
        Assert.Single((await Api.GetAsync($"/api/v1/scenarios/{number}/revisions")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task An_older_revision_is_compared_and_restored_as_a_save_like_any_other()
    {
        var number = await Api.ActiveAsync(TwoWaits(TimeSpan.FromHours(1)));
        await Api.CaptureAllAsync(number, Enumerable.Range(0, 3).Select(Graph.Profile));
        await SaveAsync(
            number,
            new
            {
                definition = Graph.Of(
                    "start > w1 > e1",
                    ("w1", "wait", Graph.For(TimeSpan.FromHours(4))),
                    ("e1", "end", new { })
                ),
                settings = new { reentryMode = "never" },
            }
        );
        var path = $"/api/v1/scenarios/{number}/revisions/1";

        var diff = await Api.GetAsync(path + ":diff");
        Assert.Equal((1, 2), (diff.GetProperty("revision").GetInt32(), diff.GetProperty("with").GetInt32()));
        Assert.Equal(
            ["e1 added", "w1 changed", "w2 removed"],
            diff.GetProperty("changes")
                .EnumerateArray()
                .Select(c => $"{c.GetProperty("element").GetString()} {c.GetProperty("kind").GetString()}")
                .Order(StringComparer.Ordinal)
        );
        var setting = Assert.Single(diff.GetProperty("settings").EnumerateArray());
        Assert.Equal(
            ("reentryMode", "afterExit", "never"),
            (
                setting.GetProperty("setting").GetString(),
                setting.GetProperty("before").GetString(),
                setting.GetProperty("after").GetString()
            )
        );
        Assert.Equal(0, (await Api.GetAsync(path + ":diff?with=1")).GetProperty("changes").GetArrayLength());
        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Get, path + ":diff?with=9")).Status);

        Assert.Contains("w1 changed 3 recomputes", Effects(await Api.PostAsync(path + ":restore?dryRun=true")));
        Assert.Equal(412, (await Api.SendAsync(HttpMethod.Post, path + ":restore", "{}", ifMatch: "\"1\"")).Status);
        var restored = await Api.PostAsync(path + ":restore");
        Assert.Equal(
            (3, "afterExit"),
            (
                restored.GetProperty("revision").GetInt32(),
                restored.GetProperty("settings").GetProperty("reentryMode").GetString()
            )
        );
        Assert.Equal(0, (await Api.GetAsync(path + ":diff?with=3")).GetProperty("changes").GetArrayLength());
        Assert.Equal(
            "revision 1 restored",
            (await Api.GetAsync($"/api/v1/scenarios/{number}/revisions"))
                .GetProperty("items")[0]
                .GetProperty("note")
                .GetString()
        );
        await Support.Api.UntilAsync(
            () => Api.RunsAtAsync(number, "w1"),
            runs => runs.All(r => r.LeavesAt - r.Body.GetProperty("arrivedAt").GetDateTimeOffset() == TimeSpan.FromHours(1))
        );
        Assert.Equal(
            404,
            (await Api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/revisions/9:restore", "{}")).Status
        );
    }

    [Theory]
    [InlineData("[\"w9\"]", "unknownElement")]
    [InlineData("[\"start\"]", "unknownElement")]
    [InlineData("[1]", "wrongType")]
    [InlineData("\"w1\"", "wrongType")]
    public async Task Only_waits_have_exit_times_to_keep(string keepTimes, string code)
    {
        var number = await Api.ActiveAsync();

        var reply = await Api.SendAsync(
            HttpMethod.Put,
            $"/api/v1/scenarios/{number}",
            $$"""{"definition": {{JsonSerializer.Serialize(Graph.Waiting(9))}}, "keepTimes": {{keepTimes}} }""",
            ifMatch: "\"1\""
        );

        Assert.Equal((422, code), (reply.Status, reply.Code));
    }
}
