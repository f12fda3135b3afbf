using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// Receivers that misbehave, and input that is as bad as it may be, hurt nobody else (reliability.md H1, B1). The ways of
/// single receivers are in WebhookSenderTests.
/// </summary>
public sealed class ReceiverFaultTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    [Fact]
    public async Task A_hanging_and_a_permanently_failing_receiver_hold_up_no_other()
    {
        const int Runs = 60;
        await using var hanging = await Sink.StartAsync();
        await using var failing = await Sink.StartAsync();
        await using var good = await Sink.StartAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hanging.Answer = (_, _) => released.Task;
        failing.Answer = (http, _) =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var numbers = new List<int>();
        foreach (var sink in (Sink[])[hanging, failing, good])
            numbers.Add(await Api.ActiveAsync(Calling(sink)));
        var runs = new List<IReadOnlyList<Guid>>();
        foreach (var number in numbers)
            runs.Add(await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile)));

        await Api.UntilLiveAsync(numbers[2], live => live.Inside == 0);

        Assert.Equal(Runs, (await Api.LiveAsync(numbers[0])).At("h1"));
        Assert.Equal(Runs, good.Deliveries.Count);
        released.SetResult();
        await Api.UntilLiveAsync(numbers[0], live => live.Inside == 0);
        await Api.UntilLiveAsync(numbers[1], live => live.Inside == 0);
        Assert.All(await Api.RunsAsync(numbers[1]), run => Assert.Equal(("failed", "http500"), (run.State, run.Reason)));
        for (var i = 0; i < numbers.Count; i++)
            await Invariants.HoldAsync(Api, numbers[i], runs[i]);
        // Whatever the receiver did, a key has one body (E3), and nothing was sent that no run asked for (E2).
        foreach (var (sink, i) in ((Sink[])[hanging, failing, good]).Select((s, i) => (s, i)))
        {
            var asked = runs[i].Select(run => $"{run}/3").ToHashSet();
            Assert.Equal(asked, sink.Deliveries.Select(d => d.Key).ToHashSet());
            Assert.Equal(asked.Count, sink.Deliveries.DistinctBy(d => (d.Key, d.BodyHash)).Count());
        }
    }

    /// <summary>
    /// All of them are in one slice: what waited for the bad receiver would wait until it is let go, which is when all else is
    /// done.
    /// </summary>
    [Fact]
    public async Task A_receiver_that_keeps_all_its_places_is_seen_in_the_metrics_and_nothing_else_in_its_slice_waits()
    {
        const int Places = 64,
            Beyond = 40,
            Neighbours = 100;
        await using var hanging = await Sink.StartAsync();
        await using var failing = await Sink.StartAsync();
        await using var good = await Sink.StartAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hanging.Answer = (_, _) => released.Task;
        failing.Answer = (http, _) =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var number = await Api.ActiveAsync(Three(hanging, failing, good), new { partitions = 1 });
        object To(string tier, int i) => new { profileId = tier + Graph.Profile(i), profile = new { fields = new { tier } } };
        Task<IReadOnlyList<Captured>> CaptureAsync(string tier, int count) =>
            Api.CaptureAllAsync(number, Enumerable.Range(0, count).Select(i => To(tier, i)));

        var patient = await CaptureAsync("patient", Places);
        await Support.Api.UntilAsync(MetricsAsync, m => m.GetValueOrDefault("scenarios_webhooks_under_way_most") == Places);
        var hasty = await CaptureAsync("hasty", Beyond);
        await Support.Api.UntilAsync(MetricsAsync, m =>
            m.GetValueOrDefault("""scenarios_receivers{breaker="open"}""") == 1
            && m.GetValueOrDefault("scenarios_webhooks_sent_away_total") >= Beyond
        );
        var failed = await CaptureAsync("failing", Neighbours);
        var plain = await CaptureAsync("plain", Neighbours);
        await Api.UntilLiveAsync(number, live => live.Inside == Places + Beyond);

        // The neighbours have had their wakes, their effects and their ends; the bad one keeps its places, and its breaker is
        // open.
        Assert.Equal(Neighbours, good.Deliveries.Count);
        var runs = await Api.RunsAsync(number);
        Assert.Equal(Neighbours, runs.Count(r => r.State == "completed"));
        Assert.Equal(Neighbours, runs.Count(r => (r.State, r.Reason) == ("failed", "http500")));
        Assert.Equal(Places, hanging.Deliveries.Count);
        var seen = await MetricsAsync();
        Assert.Equal(
            (1, Places),
            (
                seen.GetValueOrDefault("""scenarios_receivers{breaker="open"}"""),
                seen.GetValueOrDefault("scenarios_webhooks_under_way_most")
            )
        );

        released.SetResult();
        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        Assert.Equal(Places + Beyond, hanging.Deliveries.Count);
        await Support.Api.UntilAsync(MetricsAsync, m =>
            m.GetValueOrDefault("""scenarios_receivers{breaker="open"}""")
                + m.GetValueOrDefault("scenarios_webhooks_under_way")
                + m.GetValueOrDefault("scenarios_webhooks_waiting")
            == 0
        );
        await Invariants.HoldAsync(Api, number, [.. patient.Concat(hasty).Concat(failed).Concat(plain).Select(c => c.RunId)]);
    }

    [Fact]
    public async Task A_batch_that_is_half_bad_and_runs_that_never_stop_leave_those_beside_them_on_time()
    {
        const int Items = 1000;
        var number = await Api.ActiveAsync(Maze(), new { partitions = 2 });
        var limit = new string('x', 60_000);
        object Item(int i) =>
            (i % 4) switch
            {
                0 => new { profileId = Graph.Profile(i), profile = new { fields = new { tier = "plain" } } },
                1 => new { profileId = Graph.Profile(i), profile = new { fields = new { tier = "endless" } } },
                2 => new { profileId = Graph.Profile(i), profile = new { fields = new { colour = "red" } } },
                _ => new { profileId = "", profile = new { } },
            };

        var outcomes = await Api.CaptureAllAsync(number, Enumerable.Range(0, Items).Select(Item));
        var large = await Api.CaptureAsync(
            number,
            "large",
            content: new { limit },
            profile: new { fields = new { tier = "plain" } }
        );

        Assert.True(large.Accepted, large.Reason);
        Assert.Equal(
            [true, true, false, false],
            outcomes
                .Chunk(4)
                .SelectMany(four => four.Select((o, i) => (o.Accepted, i)))
                .GroupBy(o => o.i)
                .Select(g => g.All(o => o.Accepted))
        );
        Assert.All(outcomes.Where((_, i) => i % 4 >= 2), o => Assert.InRange(o.Status, 400, 499));
        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        var runs = await Api.RunsAsync(number);
        Assert.Equal(Items / 4 + 1, runs.Count(r => r.State == "completed"));
        Assert.Equal(Items / 4, runs.Count(r => (r.State, r.Reason) == ("failed", "loopGuard")));
        await Invariants.HoldAsync(Api, number, [.. outcomes.Where(o => o.Accepted).Select(o => o.RunId), large.RunId]);
    }

    /// <summary>What <c>/metrics</c> says of receivers, by name and breaker; nothing before the first webhook.</summary>
    private async Task<Dictionary<string, int>> MetricsAsync()
    {
        var lines = (await Api.SendAsync(HttpMethod.Get, "/metrics")).Text.Split('\n');
        return lines
            .Where(l =>
                l.StartsWith("scenarios_receivers", StringComparison.Ordinal)
                || l.StartsWith("scenarios_webhooks", StringComparison.Ordinal)
            )
            .Select(l =>
                (
                    Text: l,
                    Name: l.Split('{', ' ')[0],
                    Breaker: l.Split("breaker=\"") is [_, var rest] ? rest.Split('"')[0] : null,
                    Value: l.Split("} ")[^1].Split(' ')
                )
            )
            .ToDictionary(
                l => l.Breaker is null ? l.Name : $"{l.Name}{{breaker=\"{l.Breaker}\"}}",
                l => int.Parse(l.Text.Contains('}', StringComparison.Ordinal) ? l.Value[0] : l.Text.Split(' ')[1])
            );
    }

    /// <summary>
    /// By a wait and then by tier to a receiver that hangs (with patience or without), one that fails, and a good one.
    /// </summary>
    private static object Three(Sink hanging, Sink failing, Sink good)
    {
        object Call(Sink sink, int timeout) =>
            new
            {
                method = "POST",
                url = sink.Address.ToString(),
                body = """{"run": "{{ run.id }}"}""",
                timeout,
                retries = 0,
            };
        return Graph.Of(
            "start > w1 > c1; c1:yes > h1; c1:else > c2; c2:yes > h2; c2:else > c3; c3:yes > h3; c3:else > h4",
            ("w1", "wait", new { duration = new { seconds = 1 } }),
            ("c1", "condition", Graph.If("tier", "equal", "patient")),
            ("h1", "webhook", Call(hanging, 60)),
            ("c2", "condition", Graph.If("tier", "equal", "hasty")),
            ("h2", "webhook", Call(hanging, 1)),
            ("c3", "condition", Graph.If("tier", "equal", "failing")),
            ("h3", "webhook", Call(failing, 60)),
            ("h4", "webhook", Call(good, 60))
        );
    }

    private static object Calling(Sink sink) =>
        Graph.Of(
            "start > w1 > h1",
            ("w1", "wait", new { duration = new { seconds = 1 } }),
            (
                "h1",
                "webhook",
                new
                {
                    method = "POST",
                    url = sink.Address.ToString(),
                    body = """{"run": "{{ run.id }}"}""",
                    timeout = 60,
                    retries = 1,
                }
            )
        );

    /// <summary>290 conditions with a wait among them; who is endless goes round two of them for ever.</summary>
    private static object Maze()
    {
        const int Before = 145,
            After = 145;
        var elements = new List<(string, string, object)>
        {
            ("w1", "wait", new { duration = new { seconds = 1 } }),
            ("e1", "end", new { }),
        };
        for (var i = 1; i <= Before + After; i++)
            elements.Add(($"c{i}", "condition", Graph.If("tier", "equal", "endless")));
        string Way(int from, int n) => string.Join(" > ", Enumerable.Range(from, n).Select(i => $"c{i}:else"));
        return Graph.Of(
            $"start > {Way(1, Before)} > w1 > {Way(Before + 1, After)} > e1; c1:yes > c2; c2:yes > c1",
            [.. elements]
        );
    }
}
