using Npgsql;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// The network falls silent between a silo and its database, and between the silos (reliability.md X1, X2). It is cut by our
/// own relays, since they need neither root nor a firewall, and silence is the worst that a network does.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class NetworkFaultTests(TestPostgres postgres)
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(30);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_cut_from_its_database_or_from_its_neighbour_writes_nothing_that_another_owns()
    {
        var connectionString = await postgres.CloneAsync();
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var (toDatabase, toSilo) = (new List<Relay>(), new List<Relay>());
        await using var drill = await Drill.BeginAsync(
            connectionString,
            nodes: 2,
            firstWaitSeconds: 2,
            secondWaitSeconds: 1,
            webhook: true,
            (node, _) =>
            {
                toDatabase.Add(new Relay(settings.Port));
                toSilo.Add(new Relay(node.ListeningSiloPort));
                node.AdvertisedSiloPort = toSilo[^1].Port;
                node.Environment["ConnectionStrings__Scenarios"] = new NpgsqlConnectionStringBuilder(connectionString)
                {
                    Port = toDatabase[^1].Port,
                }.ConnectionString;
            }
        );
        try
        {
            drill.Load(callers: 8);
            await drill.AckedAsync(150);
            var (owner, slices) = await drill.BusiestAsync();
            await drill.FaultAsync("a silo cut from the database", async () =>
            {
                var line = toDatabase[drill.Nodes.ToList().IndexOf(owner)];
                line.Silence();
                // Its neighbour still hears it. It has to see for itself that it is of no use, and make way.
                Assert.True(
                    await owner.ExitsWithinAsync(ExitLimit, Cancel),
                    "it stays, and whoever waits in its slices waits with it"
                );
                await drill.AckedAsync(drill.Ledger.Acked + 150);
                line.Mend();
                await drill.HealAsync();
            });
            await drill.AckedAsync(drill.Ledger.Acked + 150);
            var ended = 0;
            await drill.FaultAsync("the silos cut from each other", async () =>
            {
                foreach (var line in toSilo)
                    line.Silence();
                await Task.WhenAny(drill.Nodes.Select(n => n.ExitsWithinAsync(ExitLimit, Cancel)));
                foreach (var line in toSilo)
                    line.Mend();
                ended = await drill.HealAsync();
            });
            await drill.AckedAsync(drill.Ledger.Acked + 150);
            await drill.SettleAsync();
            var verdict = await drill.JudgeAsync(minAcked: 450, minUnknown: 1);
            Drill.Say(
                $"the owner of {slices} of 8 slices was cut off and made way; "
                    + $"of the silos cut from each other {ended} ended itself; "
                    + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
            );
            Assert.True(slices > 0, "the silo that was cut off owned nothing");
        }
        finally
        {
            foreach (var line in toDatabase.Concat(toSilo))
                await line.DisposeAsync();
        }
    }
}
