using Scenarios.Cluster.Tests.Effects;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>Whole passages through a scenario, from the capture to the last step.</summary>
public sealed class JourneyTests(TestNode node, WebhookSink sink) : IClassFixture<TestNode>, IClassFixture<WebhookSink>
{
    private Support.Api Api => node.Api;

    [Fact]
    public async Task A_captured_profile_waits_its_day_and_completes()
    {
        var number = await Api.ActiveAsync();

        var capture = await Api.CaptureAsync(number, "ann");
        Assert.Equal(1, (await Api.LiveAsync(number)).At("w1"));
        await Invariants.HoldAsync(Api, number, [capture.RunId]);
        await node.AdvanceAsync(TimeSpan.FromHours(26));
        var run = await Api.EndOfAsync(number, capture.RunId);

        Assert.Equal("start > w1 > completed", run.Path);
        await Invariants.HoldAsync(Api, number, [capture.RunId]);
    }

    [Fact]
    public async Task A_day_over_the_change_of_the_clock_keeps_the_local_time()
    {
        var noon = new DateTimeOffset(2027, 3, 27, 11, 0, 0, TimeSpan.Zero); // in Berlin; the next noon is at 10:00 UTC
        if (node.Clock.Now < noon)
            await node.AdvanceAsync(noon - node.Clock.Now);
        var number = await Api.ActiveAsync(
            Graph.Of("start > w1", ("w1", "wait", new { duration = new { days = 1 }, zone = "Europe/Berlin" }))
        );

        var capture = await Api.CaptureAsync(number, "ann");
        var waiting = Assert.Single(await Api.RunsAtAsync(number, "w1"));
        Assert.Equal(TimeSpan.FromHours(23), waiting.LeavesAt - waiting.Body.GetProperty("arrivedAt").GetDateTimeOffset());
        await node.AdvanceAsync(TimeSpan.FromHours(23));
        await Api.EndOfAsync(number, capture.RunId);

        await Invariants.HoldAsync(Api, number, [capture.RunId]);
    }

    [Fact]
    public async Task A_webhooks_answer_is_kept_and_a_condition_decides_by_it()
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > h1; h1:success > c1; c1:paid > e1",
                (
                    "h1",
                    "webhook",
                    new
                    {
                        method = "POST",
                        url = $"http://127.0.0.1:{sink.Port}/ok",
                        body = """{"id": "{{ profile.id }}", "sum": {{ content.sum }}}""",
                        keep = new { order = "/order/id" },
                    }
                ),
                (
                    "c1",
                    "condition",
                    new
                    {
                        branches = new[]
                        {
                            new
                            {
                                output = "paid",
                                rules = new
                                {
                                    all = new[]
                                    {
                                        new
                                        {
                                            step = "h1.order",
                                            op = "equal",
                                            value = 12.5m,
                                        },
                                    },
                                },
                            },
                        },
                    }
                ),
                ("e1", "end", new { goal = "paid" })
            )
        );

        var capture = await Api.CaptureAsync(number, "ann", content: new { sum = 3.50m });
        var run = await Api.EndOfAsync(number, capture.RunId);

        Assert.Equal("start > h1:success > c1:paid > e1 > completed", run.Path);
        var hit = Assert.Single(sink.HitsOf($"{capture.RunId}/2"));
        Assert.Equal("""{"id": "ann", "sum": 3.50}""", hit.Body);
        await Invariants.HoldAsync(Api, number, [capture.RunId]);
    }

    [Fact]
    public async Task A_webhook_that_is_refused_leaves_by_error_and_where_that_leads_nowhere_the_run_fails()
    {
        var url = $"http://127.0.0.1:{sink.Port}/status/404";
        var linked = await Api.ActiveAsync(
            Graph.Of("start > h1; h1:error > e1", ("h1", "webhook", new { method = "GET", url }), ("e1", "end", new { }))
        );
        var unlinked = await Api.ActiveAsync(Graph.Of("start > h1", ("h1", "webhook", new { method = "GET", url })));

        var (first, second) = ((await Api.CaptureAsync(linked, "ann")).RunId, (await Api.CaptureAsync(unlinked, "ann")).RunId);

        Assert.Equal("start > h1:error > e1 > completed", (await Api.EndOfAsync(linked, first)).Path);
        var failed = await Api.EndOfAsync(unlinked, second);
        Assert.Equal("failed", failed.State);
        Assert.NotNull(failed.Reason);
        Assert.Equal(1, (await Api.StatisticsAsync(linked)).GetProperty("totals").GetProperty("errors").GetInt64());
        await Invariants.HoldAsync(Api, linked, [first]);
        await Invariants.HoldAsync(Api, unlinked, [second]);
    }

    [Fact]
    public async Task An_outcome_that_comes_while_frozen_moves_the_run_at_activation_and_is_not_asked_for_again()
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > h1; h1:error > e1",
                (
                    "h1",
                    "webhook",
                    new
                    {
                        method = "GET",
                        url = $"http://127.0.0.1:{sink.Port}/hang",
                        timeout = 2,
                        retries = 0,
                    }
                ),
                ("e1", "end", new { })
            ),
            new { freezeOnDeactivate = true }
        );
        var run = (await Api.CaptureAsync(number, "ann")).RunId;
        await sink.ArrivalAsync($"{run}/2");
        await Api.DeactivateAsync(number);
        await sink.HangUpAsync($"{run}/2");

        await Api.CaptureAsync(number, "probe");
        Assert.Equal("start > h1 > performing", (await Api.RunAsync(number, run)).Path);
        await Api.ActivateAsync(number);

        Assert.Equal("start > h1:error > e1 > completed", (await Api.EndOfAsync(number, run)).Path);
        Assert.Single(sink.HitsOf($"{run}/2"));
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task An_increment_is_seen_by_the_condition_behind_it_and_none_is_lost()
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > u1 > c1; c1:yes > e1",
                ("u1", "updateProfile", new { increment = new { points = 1 } }),
                ("c1", "condition", Graph.If("points", "greaterOrEqual", 1)),
                ("e1", "end", new { goal = "seen" })
            ),
            new { reentryMode = "parallel" }
        );

        var captures = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Api.CaptureAsync(number, "ann")));
        await Api.UntilLiveAsync(number, live => live.Inside == 0);

        foreach (var capture in captures)
            Assert.Equal("start > u1 > c1:yes > e1 > completed", (await Api.RunAsync(number, capture.RunId)).Path);
        var database = (await Api.ScenarioOfAsync(number)).GetProperty("database").GetString()!;
        Assert.Equal(30, (await Api.ProfileOfAsync(database, "ann")).GetProperty("fields").GetProperty("points").GetInt32());
        await Invariants.HoldAsync(Api, number, [.. captures.Select(c => c.RunId)]);
    }

    [Fact]
    public async Task A_jump_completes_the_run_when_the_other_scenario_accepts_and_leaves_by_declined_when_not()
    {
        var database = await Api.DatabaseAsync();
        var there = await Api.ScenarioAsync(database);
        await Api.ActivateAsync(there);
        var here = await Api.ScenarioAsync(
            database,
            Graph.Of(
                "start > g1; g1:declined > e1",
                ("g1", "goto", new { scenario = there }),
                ("e1", "end", new { goal = "stayed" })
            )
        );
        await Api.ActivateAsync(here);

        var first = (await Api.CaptureAsync(here, "ann", content: new { order = 7 })).RunId;
        Assert.Equal("start > g1 > completed", (await Api.EndOfAsync(here, first)).Path);
        var jumped = Assert.Single(await Api.RunsAsync(there));
        Assert.Equal(
            7,
            (await Api.GetAsync($"/api/v1/scenarios/{there}/runs/{jumped.RunId}/content")).GetProperty("order").GetInt32()
        );

        var second = (await Api.CaptureAsync(here, "ann")).RunId;
        var stayed = await Api.EndOfAsync(here, second);
        Assert.Equal("start > g1:declined > e1 > completed", stayed.Path);
        Assert.Equal("engaged", stayed.Body.GetProperty("trail")[1].GetProperty("detail").GetProperty("reason").GetString());
        await Invariants.HoldAsync(Api, here, [first, second]);
        await Invariants.HoldAsync(Api, there, [jumped.RunId]);
    }

    [Fact]
    public async Task A_released_postponed_or_moved_run_goes_where_the_command_says()
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > w1 > w2",
                ("w1", "wait", new { duration = new { days = 1 } }),
                ("w2", "wait", new { duration = new { days = 1 } })
            )
        );
        var runs = await Api.CaptureAllAsync(number, ["released", "postponed", "moved", "removed"]);

        await Api.PostAsync($"/api/v1/scenarios/{number}/runs/{runs[0]}:release");
        var until = DateTimeOffset.UtcNow.AddDays(700);
        await Api.PostAsync($"/api/v1/scenarios/{number}/runs/{runs[1]}:postpone", new { until });
        await Api.PostAsync($"/api/v1/scenarios/{number}/runs/{runs[2]}:move", new { to = "w2" });
        Assert.Equal(204, (await Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{number}/runs/{runs[3]}")).Status);

        Assert.Equal("start > w1 > w2 > waiting", (await Api.RunAsync(number, runs[0])).Path);
        Assert.InRange(
            (await Api.RunAsync(number, runs[1])).LeavesAt!.Value,
            until.AddMilliseconds(-1),
            until.AddMilliseconds(1)
        );
        Assert.Equal("start > w1 > w2 > waiting", (await Api.RunAsync(number, runs[2])).Path);
        Assert.Equal("start > w1 > left:removed", (await Api.RunAsync(number, runs[3])).Path);
        await Invariants.HoldAsync(Api, number, runs, isEdited: true);
    }
}
