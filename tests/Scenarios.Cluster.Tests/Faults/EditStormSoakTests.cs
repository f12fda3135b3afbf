using System.Collections.Concurrent;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// <c>./test soak</c>: ten thousand wake while their wait is edited again and again, and the owner of most of them is killed
/// (reliability.md W7).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class EditStormSoakTests(TestPostgres postgres)
{
    private const int Runs = 10_000,
        FirstSeconds = 20,
        LongerBy = 4,
        ShorterBy = 2;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// A length, and the instants between which it may have held: from when it was asked for until the next was answered.
    /// </summary>
    private sealed record Held(int Seconds, DateTimeOffset From)
    {
        public DateTimeOffset Until { get; set; } = DateTimeOffset.MaxValue;
    }

    [Fact(Explicit = true)]
    public async Task Ten_thousand_runs_edited_while_they_wake_and_a_node_dies_move_once_each_and_none_early()
    {
        var connection = await postgres.CloneAsync();
        var folder = Directory.CreateTempSubdirectory("scenarios-storm-");
        await using var node1 = new ServerProcess("node1", folder.FullName, connection, Drill.Token);
        await using var node2 = new ServerProcess("node2", folder.FullName, connection, Drill.Token);
        await using var node3 = new ServerProcess("node3", folder.FullName, connection, Drill.Token);
        ServerProcess[] nodes = [node1, node2, node3];
        foreach (var node in nodes)
            node.Start();
        foreach (var node in nodes)
            await node.ReadyAsync(Cancel);
        using var first = Drill.ApiOf(node1);
        var lengths = new List<Held> { new(FirstSeconds, DateTimeOffset.UtcNow) };
        var number = await first.ActiveAsync(Graph.Waiting(FirstSeconds));
        var runs = await first.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));

        var owned = await Task.WhenAll(
            nodes.Select(async node => (Node: node, Slices: await Drill.SlicesOfAsync(node, from: node)))
        );
        var (owner, slices) = owned.MaxBy(o => o.Slices);
        using var api = Drill.ApiOf(nodes.First(n => n != owner));
        var (atKill, storms) = (0L, 0);
        for (var inside = (long)Runs; inside > 0; storms++)
        {
            // Some have left: the others shall stay longer. Some of these have left in turn: all may go, and in the middle of
            // that those still there shall stay again.
            var before = inside;
            inside = (await Support.Api.UntilAsync(LiveAsync, live => live.Inside < before)).Inside;
            if (inside == 0)
                break;
            await EditAsync(lengths[^1].Seconds + (storms % 2 == 0 ? LongerBy : -ShorterBy));
            if (storms != 3)
                continue;
            atKill = (await LiveAsync()).Inside;
            await owner.KillAsync(Cancel);
        }
        owner.Start();
        await owner.ReadyAsync(Cancel);

        Drill.Say($"{storms} edits; at the kill of the owner of {slices} of 8 slices {atKill} were inside");
        Assert.True(slices > 0 && atKill is > 0 and < Runs, "nothing was killed in the middle of the storm");
        var early = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            runs,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel },
            async (run, _) =>
            {
                var seen = await api.RunAsync(number, run);
                var wait = seen.Body.GetProperty("trail")[1];
                var (at, leftAt) = (wait.GetProperty("at").GetDateTimeOffset(), wait.GetProperty("leftAt").GetDateTimeOffset());
                if (
                    seen.Path != "start > w1 > completed"
                    || leftAt - at
                        < TimeSpan.FromSeconds(lengths.Where(l => l.From <= leftAt && leftAt <= l.Until).Min(l => l.Seconds))
                )
                    early.Add($"{seen.Body}");
            }
        );
        Assert.Empty(early);
        await Invariants.HoldAsync(api, number, runs, isEdited: true);
        folder.Delete(recursive: true);

        Task<Live> LiveAsync() => Drill.PatientlyAsync(() => api.LiveAsync(number));

        async Task EditAsync(int seconds)
        {
            var length = new Held(seconds, DateTimeOffset.UtcNow);
            await Drill.PatientlyAsync(async () =>
            {
                var revision = (await api.ScenarioOfAsync(number)).GetProperty("revision").GetInt32();
                return (
                    await api.SendAsync(
                        HttpMethod.Put,
                        $"/api/v1/scenarios/{number}",
                        new { definition = Graph.Waiting(seconds) },
                        ifMatch: $"\"{revision}\""
                    )
                ).Ok();
            });
            lengths[^1].Until = DateTimeOffset.UtcNow;
            lengths.Add(length);
        }
    }
}
