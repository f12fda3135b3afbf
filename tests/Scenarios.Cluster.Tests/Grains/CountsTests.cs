using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Live counts add up in every answer, on every node, and show what was acknowledged before they were asked for (N1, N3).
/// </summary>
public sealed class CountsTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int Looks = 60;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
    private Support.Api Api => cluster.First.Api;

    [Fact]
    public async Task What_was_acknowledged_is_counted_at_once_on_either_node()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "parallel" });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var acked = 0;
        var callers = CallersAsync(number, 4, () => Interlocked.Increment(ref acked), enough.Token);
        for (var i = 0; i < Looks; i++)
        {
            await Support.Api.UntilAsync(() => Task.FromResult(Volatile.Read(ref acked)), n => n > i);
            var (before, live) = (Volatile.Read(ref acked), await cluster.Nodes[i % 2].Api.LiveAsync(number));
            Assert.True(live.At("w1") >= before, $"{live.At("w1")} are counted of {before} that were acknowledged before");
        }
        await enough.CancelAsync();
        await callers;
        Assert.Equal(acked, (await Api.LiveAsync(number)).Inside);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>
    /// Rows and counters are compared in one snapshot, while captures, wakes, commands, a freeze and a clear change both.
    /// </summary>
    [Fact]
    public async Task Every_recount_in_the_middle_of_a_storm_agrees_with_the_counters()
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > w1 > w2 > w3",
                ("w1", "wait", Graph.For(TimeSpan.FromSeconds(1))),
                ("w2", "wait", Graph.For(TimeSpan.FromSeconds(1))),
                ("w3", "wait", Graph.For(TimeSpan.FromDays(1)))
            ),
            new { reentryMode = "parallel", freezeOnDeactivate = true }
        );
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var callers = CallersAsync(number, 6, () => { }, enough.Token);
        for (var i = 0; i < Looks; i++)
        {
            if (i == Looks / 4)
                await Api.DeactivateAsync(number);
            if (i == Looks / 3)
                await Api.ActivateAsync(number);
            if (i == Looks / 2)
                await Api.ClearAsync(number);
            if (i % 4 == 0 && await Api.RunsAtAsync(number, "w1") is [var some, ..])
                await Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{number}/runs/{some.RunId}");
            var verification = await cluster.Nodes[i % 2].Api.VerifyAsync(number);
            Assert.True(verification.GetProperty("consistent").GetBoolean(), verification.ToString());
        }
        await Api.UntilLiveAsync(number, live => live.At("w3") > 0); // some have gone all the way since the clear
        await enough.CancelAsync();
        await callers;
        await Api.DeactivateAsync(number); // several requests see one moment only while all stands still
        await Invariants.HoldAsync(Api, number);
    }

    private Task CallersAsync(int number, int callers, Action acked, CancellationToken enough)
    {
        var profiles = 0;
        return Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(i =>
                    Task.Run(
                        async () =>
                        {
                            while (!enough.IsCancellationRequested)
                                if (
                                    (
                                        await cluster
                                            .Nodes[i % 2]
                                            .Api.CaptureAsync(number, Graph.Profile(Interlocked.Increment(ref profiles)))
                                    ).Accepted
                                )
                                    acked();
                        },
                        Cancel
                    )
                )
        );
    }
}
