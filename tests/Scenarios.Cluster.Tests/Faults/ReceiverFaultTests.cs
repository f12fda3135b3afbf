using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>Receivers that misbehave, and input that is as bad as it may be, hurt nobody else (reliability.md H1, B1). The ways of single receivers are in WebhookSenderTests.</summary>
public sealed class ReceiverFaultTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    [Fact]
    public async Task A_receiver_that_hangs_and_one_that_fails_for_ever_hold_up_nobody_else()
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
        foreach (var sink in (Sink[])[hanging, failing, good]) numbers.Add(await Api.ActiveAsync(Calling(sink)));
        var runs = new List<IReadOnlyList<Guid>>();
        foreach (var number in numbers) runs.Add(await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile)));

        await Api.UntilLiveAsync(numbers[2], live => live.Inside == 0);

        Assert.Equal(Runs, (await Api.LiveAsync(numbers[0])).At("h1"));
        Assert.Equal(Runs, good.Deliveries.Count);
        released.SetResult();
        await Api.UntilLiveAsync(numbers[0], live => live.Inside == 0);
        await Api.UntilLiveAsync(numbers[1], live => live.Inside == 0);
        Assert.All(await Api.RunsAsync(numbers[1]), run => Assert.Equal(("failed", "http500"), (run.State, run.Reason)));
        for (var i = 0; i < numbers.Count; i++) await Invariants.HoldAsync(Api, numbers[i], runs[i]);
        // Whatever the receiver did, a key has one body (E3), and nothing was sent that no run asked for (E2).
        foreach (var (sink, i) in ((Sink[])[hanging, failing, good]).Select((s, i) => (s, i)))
        {
            var asked = runs[i].Select(run => $"{run}/3").ToHashSet();
            Assert.Equal(asked, sink.Deliveries.Select(d => d.Key).ToHashSet());
            Assert.Equal(asked.Count, sink.Deliveries.DistinctBy(d => (d.Key, d.BodyHash)).Count());
        }
    }

    [Fact]
    public async Task A_batch_that_is_half_bad_and_runs_that_never_stop_leave_those_beside_them_on_time()
    {
        const int Items = 1000;
        var number = await Api.ActiveAsync(Maze(), new { partitions = 2 });
        var limit = new string('x', 60_000);
        object Item(int i) => (i % 4) switch
        {
            0 => new { profileId = Graph.Profile(i), profile = new { fields = new { tier = "plain" } } },
            1 => new { profileId = Graph.Profile(i), profile = new { fields = new { tier = "endless" } } },
            2 => new { profileId = Graph.Profile(i), profile = new { fields = new { colour = "red" } } },
            _ => new { profileId = "", profile = new { } },
        };

        var outcomes = await Api.CaptureAllAsync(number, Enumerable.Range(0, Items).Select(Item));
        var large = await Api.CaptureAsync(number, "large", content: new { limit }, profile: new { fields = new { tier = "plain" } });

        Assert.True(large.Accepted, large.Reason);
        Assert.Equal([true, true, false, false], outcomes.Chunk(4).SelectMany(four => four.Select((o, i) => (o.Accepted, i))).GroupBy(o => o.i).Select(g => g.All(o => o.Accepted)));
        Assert.All(outcomes.Where((_, i) => i % 4 >= 2), o => Assert.InRange(o.Status, 400, 499));
        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        var runs = await Api.RunsAsync(number);
        Assert.Equal(Items / 4 + 1, runs.Count(r => r.State == "completed"));
        Assert.Equal(Items / 4, runs.Count(r => (r.State, r.Reason) == ("failed", "loopGuard")));
        await Invariants.HoldAsync(Api, number, [.. outcomes.Where(o => o.Accepted).Select(o => o.RunId), large.RunId]);
    }

    private static object Calling(Sink sink) => Graph.Of("start > w1 > h1",
        ("w1", "wait", new { duration = new { seconds = 1 } }), ("h1", "webhook", new { method = "POST", url = sink.Address.ToString(), body = """{"run": "{{ run.id }}"}""", timeout = 60, retries = 1 }));

    /// <summary>290 conditions with a wait among them; who is endless goes round two of them for ever.</summary>
    private static object Maze()
    {
        const int Before = 145, After = 145;
        var elements = new List<(string, string, object)> { ("w1", "wait", new { duration = new { seconds = 1 } }), ("e1", "end", new { }) };
        for (var i = 1; i <= Before + After; i++) elements.Add(($"c{i}", "condition", Graph.If("tier", "equal", "endless")));
        string Way(int from, int n) => string.Join(" > ", Enumerable.Range(from, n).Select(i => $"c{i}:else"));
        return Graph.Of($"start > {Way(1, Before)} > w1 > {Way(Before + 1, After)} > e1; c1:yes > c2; c2:yes > c1", [.. elements]);
    }
}
