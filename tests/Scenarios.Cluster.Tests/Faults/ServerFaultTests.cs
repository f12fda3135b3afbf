using System.Diagnostics;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>Nobody else runs beside these: they measure, and a starved node is a fault of its own.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultCollection
{
    public const string Name = "faults";
}

/// <summary>Real nodes, killed, paused and stopped while callers call (reliability.md S1, S2, S3, S4, S6).</summary>
[Collection(FaultCollection.Name)]
public sealed class ServerFaultTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_the_only_node_is_killed()
    {
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync(), nodes: 1);
        var node = drill.Nodes[0];
        drill.Load(callers: 8);
        // In the middle of captures, waits and webhooks at once.
        await Support.Api.UntilAsync(
            () => Task.FromResult(drill.Sink!.Deliveries.Count),
            n => n >= 60,
            TimeSpan.FromSeconds(60)
        );
        await drill.FaultAsync("kill -9", async () =>
        {
            await node.KillAsync(Cancel);
            node.Start();
            await node.ReadyAsync(Cancel);
        });
        await drill.AckedAsync(drill.Ledger.Acked + 200);
        await drill.SettleAsync();
        await drill.JudgeAsync(minAcked: 250, minUnknown: 1);
    }

    [Fact]
    public async Task A_wake_happens_on_another_silo_when_its_owner_is_killed()
    {
        const int Captures = 3000;
        await using var drill = await Drill.BeginAsync(
            await postgres.CloneAsync(),
            nodes: 3,
            firstWaitSeconds: 6,
            secondWaitSeconds: 5,
            webhook: false
        );
        await drill.Callers.SendAsync(Captures, callers: 4, batch: 25);
        var (owner, slices) = await drill.BusiestAsync();
        using (var api = Drill.ApiOf(owner))
            await api.UntilLiveAsync(drill.Scenario, live => live.At("w2") > 0);
        var others = drill.Nodes.Where(n => n != owner).ToList();
        await drill.FaultAsync($"kill -9 of the owner of {slices} slices", () => owner.KillAsync(Cancel));
        await drill.SettleAsync();
        var left = await Drill.SlicesOfAsync(owner, from: others[0]);
        var verdict = await drill.JudgeAsync(minAcked: Captures, minUnknown: 0);
        Drill.Say(
            $"kill -9 of the owner of {slices} of 8 slices: the latest wake came "
                + $"{verdict.MaxLateness.TotalSeconds:0.0} s late (target 5, limit 15)"
        );
        Assert.True(slices > 0, "the killed silo owned nothing");
        Assert.Equal(0, left);
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, 15);
    }

    [Fact]
    public async Task Two_of_three_silos_killed_within_a_second_lose_nothing()
    {
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync(), nodes: 3);
        drill.Load(callers: 8);
        await drill.AckedAsync(200);
        var (survivor, _) = await drill.BusiestAsync();
        var victims = drill.Nodes.Where(n => n != survivor).ToList();
        await drill.FaultAsync("kill -9 of two of three", async () =>
        {
            await victims[0].KillAsync(Cancel);
            await Task.Delay(TimeSpan.FromSeconds(1), Cancel); // the cluster is busy with the first
            await victims[1].KillAsync(Cancel);
            await drill.AckedAsync(drill.Ledger.Acked + 150);
            foreach (var node in victims)
                node.Start();
            foreach (var node in victims)
                await node.ReadyAsync(Cancel);
        });
        await drill.AckedAsync(drill.Ledger.Acked + 150);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 450, minUnknown: 1);
        Drill.Say($"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late (target 5, limit 15)");
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, 15);
    }

    [Fact]
    public async Task A_paused_silo_that_comes_back_commits_nothing_under_its_old_epoch()
    {
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync());
        drill.Load(callers: 8);
        await drill.AckedAsync(300);
        var (owner, slices) = await drill.BusiestAsync();
        var other = drill.Nodes.Single(n => n != owner);
        var endedItself = false;
        await drill.FaultAsync("pause", async () =>
        {
            owner.Pause();
            // Longer than it takes to be declared dead: the other has taken over, and works.
            var left = await Support.Api.UntilAsync(
                () => Drill.SlicesOfAsync(owner, from: other),
                n => n == 0,
                TimeSpan.FromSeconds(60)
            );
            await drill.AckedAsync(drill.Ledger.Acked + 1000);
            owner.Continue();
            endedItself = await owner.ExitsWithinAsync(TimeSpan.FromSeconds(15), Cancel);
            if (endedItself)
                owner.Start();
            await owner.ReadyAsync(Cancel);
        });
        await drill.AckedAsync(drill.Ledger.Acked + 200);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 800, minUnknown: 1);
        Drill.Say(
            $"paused, the owner of {slices} of 8 slices {(endedItself ? "ended itself" : "joined again")}; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late (target 15, limit 30)"
        );
        Assert.True(slices > 0, "the paused silo owned nothing");
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, 30);
    }

    [Fact]
    public async Task A_cluster_killed_whole_accepts_again_within_seconds()
    {
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync(), webhook: false);
        drill.Load(callers: 6);
        await drill.AckedAsync(300);
        var took = TimeSpan.Zero;
        await drill.FaultAsync("kill -9 of all", async () =>
        {
            await Task.WhenAll(drill.Nodes.Select(n => n.KillAsync(Cancel)));
            var before = drill.Ledger.Acked;
            var begun = Stopwatch.GetTimestamp();
            foreach (var node in drill.Nodes)
                node.Start();
            await drill.AckedAsync(before + 1);
            took = Stopwatch.GetElapsedTime(begun);
            foreach (var node in drill.Nodes)
                await node.ReadyAsync(Cancel);
        });
        await drill.AckedAsync(drill.Ledger.Acked + 300);
        await drill.SettleAsync();
        await drill.JudgeAsync(minAcked: 500, minUnknown: 1);
        Drill.Say(
            $"the first capture was accepted {took.TotalSeconds:0.0} s after the restart of a cluster killed whole "
                + "(target 15, limit 30)"
        );
        Assert.InRange(took.TotalSeconds, 0, 30);
    }

    [Fact]
    public async Task A_graceful_stop_fails_no_call_after_client_retry()
    {
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync());
        drill.Load(callers: 8);
        await drill.AckedAsync(200);
        foreach (var node in drill.Nodes)
        {
            var drained = TimeSpan.Zero;
            await drill.FaultAsync("graceful stop", async () =>
            {
                var begun = Stopwatch.GetTimestamp();
                await node.TerminateAsync(Cancel);
                drained = Stopwatch.GetElapsedTime(begun);
                Assert.Equal(0, node.ExitCode);
                node.Start();
                await node.ReadyAsync(Cancel);
            });
            Drill.Say($"{node.Name} stopped in {drained.TotalSeconds:0.0} s (target 10)");
            Assert.InRange(drained.TotalSeconds, 0, 20);
            await drill.AckedAsync(drill.Ledger.Acked + 200);
        }
        await drill.SettleAsync();
        await drill.JudgeAsync(minAcked: 500, minUnknown: 0);
        // Who called a node that was no longer there calls the other one; no answer of a node is a failure, not even to a call
        // without a key.
        Assert.DoesNotContain(drill.Ledger.OddityCounts, o => o.Key.StartsWith('5'));
    }
}
