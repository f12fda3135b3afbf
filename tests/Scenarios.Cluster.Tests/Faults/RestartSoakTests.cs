using System.Diagnostics;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// <c>./test soak 1 1 Restart</c>: all silos are restarted one after the other, behind API nodes that stay; whoever calls these
/// notices nothing (reliability.md O2, S6).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class RestartSoakTests(TestPostgres postgres)
{
    private const int Silos = 3,
        Apis = 2,
        Rounds = 4;
    private static readonly TimeSpan DrainTarget = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_rolling_restart_of_all_silos_fails_no_call_with_a_key_or_without()
    {
        await using var drill = await Drill.BeginAsync(
            await postgres.CloneAsync(),
            Silos + Apis,
            equip: (node, i) => node.Arguments.AddRange(["--roles", i < Silos ? "silo" : "api"]),
            called: i => i >= Silos
        );
        drill.Load(callers: 16);
        await drill.AckedAsync(300);
        var slowest = TimeSpan.Zero;
        for (var round = 0; round < Rounds; round++)
            foreach (var silo in drill.Nodes.Take(Silos))
                await drill.FaultAsync($"{silo.Name} restarted", async () =>
                {
                    var begun = Stopwatch.GetTimestamp();
                    await silo.TerminateAsync(Cancel);
                    if (Stopwatch.GetElapsedTime(begun) is var took && took > slowest)
                        slowest = took;
                    Assert.Equal(0, silo.ExitCode);
                    silo.Start();
                    await silo.ReadyAsync(Cancel);
                    await drill.AckedAsync(drill.Ledger.Acked + 300);
                });
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: Rounds * Silos * 300, minUnknown: 0);
        Drill.Say(
            $"{Rounds * Silos} restarts, the slowest silo stopped in {slowest.TotalSeconds:0.0} s; "
                + $"no call was acknowledged for {drill.Ledger.LongestSilence.TotalSeconds:0.0} s at most; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.Empty(drill.Ledger.OddityCounts);
        Assert.InRange(slowest, TimeSpan.Zero, DrainTarget);
    }
}
