using System.Diagnostics;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>The database dies under living nodes, whole or by the connection (reliability.md P1, P2, P4).</summary>
[Collection(FaultCollection.Name)]
public sealed class DatabaseFaultTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Captures_survive_crashes_and_immediate_stops_of_the_database()
    {
        (string What, Func<string, CancellationToken, Task> Do)[] crashes =
        [
            ("crash of PostgreSQL", PostgresCrash.KillAsync),
            ("immediate stop of PostgreSQL", PostgresCrash.StopAtOnceAsync),
            ("crash of PostgreSQL", PostgresCrash.KillAsync),
        ];
        using var data = new TempDirectory();
        var longest = TimeSpan.Zero;
        // Its watch is the restart loop: it starts the server again where it was, as often as that is refused.
        await using var database = await data.StartPostgresAsync();
        await using var drill = await Drill.BeginAsync(database.ConnectionString, nodes: 1);
        drill.Load(callers: 8);
        foreach (var crash in crashes)
        {
            await drill.AckedAsync(drill.Ledger.Acked + 150);
            var begun = Stopwatch.GetTimestamp();
            await drill.FaultAsync(crash.What, async () =>
            {
                await crash.Do(database.ConnectionString, Cancel);
                await PostgresCrash.AnswersAsync(database.ConnectionString, Cancel);
                var down = Stopwatch.GetElapsedTime(begun);
                await drill.AckedAsync(drill.Ledger.Acked + 1);
                longest = down > longest ? down : longest;
                Drill.Say(
                    $"PostgreSQL was down for {down.TotalSeconds:0.0} s, "
                        + $"the next capture was acknowledged {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s after "
                        + "the crash"
                );
            });
        }
        await drill.AckedAsync(drill.Ledger.Acked + 150);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 500, minUnknown: 0);
        Drill.Say(
            $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late, "
                + $"{(verdict.MaxLateness - longest).TotalSeconds:0.0} s beyond the longest time down (target 2, limit 5)"
        );
        Assert.InRange((verdict.MaxLateness - longest).TotalSeconds, -60, 5);
    }

    [Fact]
    public async Task Backends_killed_in_mid_transaction_lose_nothing()
    {
        const int Kills = 60,
            PerSecond = 10;
        var seed = Random.Shared.Next();
        Drill.Say($"seed {seed}");
        var dice = new Random(seed);
        var connectionString = await postgres.CloneAsync();
        await using var drill = await Drill.BeginAsync(connectionString);
        drill.Load(callers: 8);
        await drill.AckedAsync(150);
        var killed = 0;
        await drill.FaultAsync("connections ended", async () =>
        {
            await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
            using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
            for (var i = 0; i < Kills; i++)
            {
                await ticks.WaitForNextTickAsync(Cancel);
                if (await PostgresCrash.TerminateOneAsync(connection, dice, Cancel))
                    killed++;
            }
        });
        await drill.AckedAsync(drill.Ledger.Acked + 150);
        await drill.SettleAsync();
        await drill.JudgeAsync(minAcked: 300, minUnknown: 0);
        Drill.Say($"{killed} of {Kills} connections were ended");
        Assert.InRange(killed, Kills / 2, Kills);
    }
}
