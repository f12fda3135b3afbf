using System.Diagnostics;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// <c>./test soak 1 1 Receiver</c>: how late others are beside a receiver that hangs and one that fails for ever (E7, R5),
/// against rounds without them in the same run.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class ReceiverSoakTests(TestNode node) : IClassFixture<TestNode>
{
    private const int Rounds = 12,
        Wakes = 200,
        Bad = 150;

    /// <summary>By less than this nobody is late, whatever the ratio.</summary>
    private const double Noise = 0.01;

    private Support.Api Api => node.Api;

    [Fact(Explicit = true)]
    public async Task Captures_wakes_and_effects_take_no_longer_beside_receivers_that_hang_and_fail_for_others()
    {
        await using var hanging = await Sink.StartAsync();
        await using var failing = await Sink.StartAsync();
        await using var good = await Sink.StartAsync();
        failing.Answer = (http, _) =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var (hang, fail, neighbour) = (
            await Api.ActiveAsync(Calling(hanging)),
            await Api.ActiveAsync(Calling(failing)),
            await Api.ActiveAsync(Calling(good), new { reentryMode = "parallel" })
        );
        await RoundAsync(neighbour); // until all is compiled
        var (clean, beside) = (new List<Round>(), new List<Round>());
        for (var round = 0; round < Rounds; round++)
        {
            clean.Add(await RoundAsync(neighbour));

            var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            hanging.Answer = (_, _) => released.Task;
            foreach (var bad in (int[])[hang, fail])
                await Api.CaptureAllAsync(bad, Enumerable.Range(round * Bad, Bad).Select(Graph.Profile));
            await Support.Api.UntilAsync(
                () => Task.FromResult(hanging.Deliveries.Count),
                delivered => delivered == round * Bad + 64
            );
            beside.Add(await RoundAsync(neighbour));
            Assert.Equal(round * Bad + 64, hanging.Deliveries.Count);
            released.SetResult();
            foreach (var bad in (int[])[hang, fail])
                await Api.UntilLiveAsync(bad, live => live.Inside == 0);
        }

        Compare("captures answered in", r => r.Captures);
        Compare("wakes late by", r => r.Wakes);
        Compare("effects settled in", r => r.Effects);

        void Compare(string what, Func<Round, IEnumerable<double>> of)
        {
            var (without, with) = (At(clean.SelectMany(of), 0.5), At(beside.SelectMany(of), 0.5));
            Drill.Say(
                $"{what} p50 {without * 1000:0.0} ms without bad receivers, "
                    + $"{with * 1000:0.0} beside them ({with / without:0.00}x); "
                    + $"p99 {At(clean.SelectMany(of), 0.99) * 1000:0} and {At(beside.SelectMany(of), 0.99) * 1000:0}"
            );
            Assert.True(
                with <= Math.Max(1.2 * without, without + Noise),
                $"{what} {with * 1000:0.0} ms beside bad receivers, {without * 1000:0.0} without"
            );
        }
    }

    private async Task<Round> RoundAsync(int number)
    {
        var (captures, runs) = (new List<double>(), new List<Guid>());
        for (var i = 0; i < Wakes; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            runs.Add((await Api.CaptureAsync(number, Graph.Profile(i))).RunId);
            captures.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        var (wakes, effects) = (new List<double>(), new List<double>());
        foreach (var run in runs)
        {
            var trail = (await Api.RunAsync(number, run)).Body.GetProperty("trail");
            wakes.Add(Seconds(trail[1]) - 1);
            effects.Add(Seconds(trail[2]));
        }
        Assert.True(wakes.Min() >= 0, "early");
        return new Round(captures, wakes, effects);
    }

    private static double Seconds(JsonElement step) =>
        (step.GetProperty("leftAt").GetDateTimeOffset() - step.GetProperty("at").GetDateTimeOffset()).TotalSeconds;

    private static double At(IEnumerable<double> figures, double share)
    {
        var sorted = figures.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * share)];
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

    private sealed record Round(IReadOnlyList<double> Captures, IReadOnlyList<double> Wakes, IReadOnlyList<double> Effects);
}
