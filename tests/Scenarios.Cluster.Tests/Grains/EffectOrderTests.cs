using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Scenarios.Cluster.Tests.Faults;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Effects of one profile arrive in the order of its trails, and each has one outcome, whenever and however often its receiver
/// answers (E5, E6).
/// </summary>
public sealed class EffectOrderTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Effects_of_a_run_arrive_in_the_order_of_its_trail_whichever_attempts_fail()
    {
        const int Runs = 40;
        await using var sink = await Sink.StartAsync();
        var failed = new ConcurrentDictionary<string, bool>();
        sink.Answer = (http, delivery) =>
        {
            if (delivery.BodyHash[0] < '6' && failed.TryAdd(delivery.Key, true))
                http.Response.StatusCode = 503; // some of them at first
            return Task.CompletedTask;
        };
        object Hook(string id) =>
            new
            {
                method = "POST",
                url = sink.Address.ToString(),
                retries = 3,
                body = $$$"""{"{{{id}}}": "{{ run.id }}"}""",
            };
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > h1; h1:success > h2; h2:success > h3",
                ("h1", "webhook", Hook("h1")),
                ("h2", "webhook", Hook("h2")),
                ("h3", "webhook", Hook("h3"))
            )
        );

        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
        await Api.UntilLiveAsync(number, live => live.Inside == 0);

        Assert.NotEmpty(failed);
        var first = sink.Deliveries.DistinctBy(d => d.Key).ToLookup(d => d.Key.Split('/')[0], d => d.Key.Split('/')[1]);
        Assert.All(runs, run => Assert.Equal(["2", "3", "4"], first[$"{run}"]));
        Assert.Equal(3 * Runs + failed.Count, sink.Deliveries.Count);
        await Invariants.HoldAsync(Api, number, runs);
    }

    [Fact]
    public async Task Effects_of_the_runs_of_one_profile_arrive_in_the_order_of_their_entries()
    {
        const int Batches = 5,
            Runs = 60;
        await using var sink = await Sink.StartAsync();
        sink.Answer = (_, _) => Task.CompletedTask;
        var number = await Api.ActiveAsync(
            Graph.Of("start > h1", ("h1", "webhook", new { method = "POST", url = sink.Address.ToString() })),
            new { reentryMode = "parallel" }
        );

        var runs = new List<Guid>();
        for (var i = 0; i < Batches; i++)
        {
            runs.AddRange(await Api.CaptureAllAsync(number, Enumerable.Repeat("ann", Runs)));
            await Api.UntilLiveAsync(number, live => live.Inside == 0); // no more than a hundred at once
        }

        Assert.Equal(runs.Select(run => $"{run}/2"), sink.Deliveries.Select(d => d.Key));
    }

    /// <summary>The first attempt's receiver answers when its time is long over, and the second one has been answered.</summary>
    [Fact]
    public async Task An_answer_that_comes_after_its_time_changes_nothing()
    {
        await using var sink = await Sink.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = 0;
        sink.Answer = async (http, _) =>
        {
            var attempt = Interlocked.Increment(ref attempts);
            if (attempt == 1)
                await release.Task;
            http.Response.ContentType = "application/json";
            try
            {
                await http.Response.WriteAsync($$"""{"n": {{attempt}} }""", CancellationToken.None);
            }
            finally
            {
                if (attempt == 1)
                    answered.TrySetResult();
            }
        };
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > h1; h1:success > c1; c1:yes > w1",
                (
                    "h1",
                    "webhook",
                    new
                    {
                        method = "POST",
                        url = sink.Address.ToString(),
                        timeout = 1,
                        retries = 3,
                        keep = new { n = "/n" },
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
                                output = "yes",
                                rules = new
                                {
                                    step = "h1.n",
                                    op = "equal",
                                    value = 2,
                                },
                            },
                        },
                    }
                ),
                ("w1", "wait", Graph.For(TimeSpan.FromDays(1)))
            )
        );
        var run = (await Api.CaptureAsync(number, "ann")).RunId;
        var before = await Api.UntilRunAsync(number, run, r => r.Element == "w1");

        release.SetResult();
        await answered.Task.WaitAsync(Cancel);
        await Api.CaptureAsync(number, "ann"); // whatever the late answer set off has been committed with this, or before

        Assert.Equal("start > h1:success > c1:yes > w1 > waiting", before.Path);
        Assert.Equal(before.Body.ToString(), (await Api.RunAsync(number, run)).Body.ToString());
        Assert.Equal(2, sink.Deliveries.Count(d => d.Key == $"{run}/2"));
        await Invariants.HoldAsync(Api, number, [run]);
    }

    /// <summary>E8, C2: what is in flight may arrive; its outcome is nobody's any more, and nothing of it stays.</summary>
    [Theory]
    [InlineData("remove"), InlineData("clear"), InlineData("deactivate")]
    public async Task An_answer_for_a_run_that_has_ended_changes_nothing_and_leaves_nothing(string how)
    {
        const int Runs = 20;
        await using var sink = await Sink.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sink.Answer = (_, _) => release.Task;
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > h1; h1:success > w1",
                (
                    "h1",
                    "webhook",
                    new
                    {
                        method = "POST",
                        url = sink.Address.ToString(),
                        timeout = 60,
                    }
                ),
                ("w1", "wait", Graph.For(TimeSpan.FromDays(1)))
            )
        );
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
        await Support.Api.UntilAsync(() => Task.FromResult(sink.Deliveries.Count), n => n == Runs);

        if (how == "clear")
            await Api.ClearAsync(number);
        else if (how == "deactivate")
            await Api.DeactivateAsync(number, "end");
        else
            foreach (var run in runs)
                Assert.Equal(204, (await Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{number}/runs/{run}")).Status);
        var before = await Api.StatisticsAsync(number);
        release.SetResult();

        await Support.Api.UntilAsync(() => node.Database.Ledger.EffectsAsync(number), n => n == 0);
        Assert.Equal(0, (await Api.LiveAsync(number)).Inside);
        Assert.Equal(
            before.GetProperty("totals").ToString(),
            (await Api.StatisticsAsync(number)).GetProperty("totals").ToString()
        );
        foreach (var run in runs)
            Assert.Equal(
                $"start > h1 > left:{how switch { "clear" => "cleared", "remove" => "removed", _ => "deactivated" }}",
                (await Api.RunAsync(number, run)).Path
            );
        Assert.Equal(Runs, sink.Deliveries.Count);
        await Invariants.HoldAsync(Api, number, runs);
    }
}
