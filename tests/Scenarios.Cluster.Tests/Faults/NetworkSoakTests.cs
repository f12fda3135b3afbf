using Npgsql;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// Networks that reset, crawl, come and go, and cut off answers (reliability.md X3 to X6, P10), by relays of our own between
/// callers, silos and database. Packets are not lost here: to a program on TCP a lost packet is a delay. What each test asserts
/// stands in
/// <see cref="WithLinesAsync"/>: all nodes come back, nobody is stuck, and the <see cref="Checker"/> finds no violation.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class NetworkSoakTests(TestPostgres postgres)
{
    private const int Silos = 3;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(15);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public Task Connections_that_are_reset_lose_nothing() =>
        WithLinesAsync(
            async (drill, lines, _) =>
            {
                foreach (var (what, kind) in lines)
                    await drill.FaultAsync($"{what} reset", async () =>
                    {
                        kind[0].Refuse();
                        await Task.Delay(TimeSpan.FromSeconds(8), Cancel);
                        kind[0].Mend();
                        await drill.HealAsync();
                        await drill.AckedAsync(drill.Ledger.Acked + 100);
                    });
            }
        );

    [Fact(Explicit = true)]
    public Task Lines_that_are_slow_make_late_and_lose_nothing() =>
        WithLinesAsync(
            async (drill, lines, dice) =>
            {
                foreach (var (what, kind) in lines)
                {
                    await drill.FaultAsync($"{what} delayed", () =>
                        SlowAsync(drill, kind, line =>
                            line.Delay = () => TimeSpan.FromMilliseconds(dice.Next(50, what == "database" ? 300 : 2000))
                        )
                    );
                    await drill.FaultAsync($"{what} at 256 kbit/s", () => SlowAsync(drill, kind, line => line.Rate = 32_000));
                }
            }
        );

    [Fact(Explicit = true)]
    public Task Lines_that_come_and_go_lose_nothing() =>
        WithLinesAsync(
            async (drill, lines, dice) =>
            {
                foreach (var (what, kind) in lines)
                    await drill.FaultAsync($"{what} flaps", async () =>
                    {
                        for (var flap = 0; flap < 8; flap++)
                        {
                            var line = kind[dice.Next(kind.Count)];
                            line.Silence();
                            await Task.Delay(dice.Next(200, 2000), Cancel);
                            line.Mend();
                            await Task.Delay(dice.Next(200, 1000), Cancel);
                        }
                        await drill.HealAsync();
                        await drill.AckedAsync(drill.Ledger.Acked + 100);
                    });
            }
        );

    /// <summary>The caller does not hear that it was done, and calls again: one key, one run.</summary>
    [Fact(Explicit = true)]
    public Task Answers_that_are_cut_off_are_given_again() =>
        WithLinesAsync(
            async (drill, lines, dice) =>
            {
                foreach (var (what, kind) in lines)
                    await drill.FaultAsync($"{what} cut off in mid-answer", async () =>
                    {
                        foreach (var line in kind)
                            line.CutsAnswer = () => dice.Next(what == "callers" ? 4 : 200) == 0;
                        await Task.Delay(Long, Cancel);
                        foreach (var line in kind)
                            line.Mend();
                        await drill.HealAsync();
                        await drill.AckedAsync(drill.Ledger.Acked + 100);
                    });
            }
        );

    /// <summary>Swizzle: the lines fall silent one by one, and come back in another order.</summary>
    [Fact(Explicit = true)]
    public Task Lines_that_fall_silent_one_by_one_and_come_back_in_another_order_lose_nothing() =>
        WithLinesAsync(
            async (drill, lines, dice) =>
            {
                for (var round = 0; round < 4; round++)
                    await drill.FaultAsync("swizzle", async () =>
                    {
                        var all = lines.Where(l => l.What != "callers").SelectMany(l => l.Lines).ToArray();
                        dice.Shuffle(all);
                        var some = all[..dice.Next(2, all.Length)];
                        foreach (var line in some)
                        {
                            line.Silence();
                            await Task.Delay(dice.Next(100, 2000), Cancel);
                        }
                        dice.Shuffle(some);
                        foreach (var line in some)
                        {
                            line.Mend();
                            await Task.Delay(dice.Next(100, 2000), Cancel);
                        }
                        await drill.HealAsync();
                        await drill.AckedAsync(drill.Ledger.Acked + 100);
                    });
            }
        );

    /// <summary>
    /// The silo alone has lost the database; what it cannot do reaches the edge over the wire, and is no failure of the edge.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task Whatever_a_silo_without_a_database_is_asked_the_edge_answers_503_and_never_500()
    {
        var connectionString = await postgres.CloneAsync();
        await using var line = new Relay(new NpgsqlConnectionStringBuilder(connectionString).Port);
        await using var drill = await Drill.BeginAsync(
            connectionString,
            webhook: false,
            equip: (node, i) =>
            {
                node.Arguments.AddRange(["--roles", i == 0 ? "silo" : "api"]);
                if (i == 0)
                    node.Environment["ConnectionStrings__Scenarios"] = new NpgsqlConnectionStringBuilder(connectionString)
                    {
                        Port = line.Port,
                    }.ConnectionString;
            },
            called: i => i == 1
        );
        using var api = Drill.ApiOf(drill.Called[0]);
        var scenario = $"/api/v1/scenarios/{drill.Scenario}";
        (HttpMethod Method, string Path, object? Body)[] calls =
        [
            (HttpMethod.Post, $"{scenario}:clear", null),
            (HttpMethod.Post, $"{scenario}:deactivate", new { mode = "freeze" }),
            (HttpMethod.Patch, "/api/v1/account", new { retentionDays = 300 }),
            (HttpMethod.Post, "/api/v1/scenarios", new { title = "x", database = "default" }),
            (HttpMethod.Put, $"{scenario}/draft", new { }),
        ];

        line.Refuse();
        var answers = await Task.WhenAll(
            calls.Select(async call =>
                (call.Path, Answer: await api.SendAsync(call.Method, call.Path, call.Body, key: call.Path, ifMatch: "\"0\""))
            )
        );
        line.Mend();

        Assert.All(answers, a => Assert.Equal((a.Path, 503, "unavailable"), (a.Path, (int)a.Answer.Status, a.Answer.Code)));
        await drill.HealAsync();
        await drill.Callers.SendAsync(50, callers: 2, batch: 25);
        await drill.SettleAsync();
    }

    private static async Task SlowAsync(Drill drill, IReadOnlyList<Relay> lines, Action<Relay> slow)
    {
        foreach (var line in lines)
            slow(line);
        await Task.Delay(Long, Cancel);
        foreach (var line in lines)
            line.Mend();
        await drill.HealAsync();
        await drill.AckedAsync(drill.Ledger.Acked + 100);
    }

    /// <summary>Silos, each behind a line from its callers, one from the other silos, and one to the database.</summary>
    private async Task WithLinesAsync(Func<Drill, IReadOnlyList<(string What, IReadOnlyList<Relay> Lines)>, Random, Task> hurt)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SOAK_SEED"), out var given) ? given : Random.Shared.Next();
        Drill.Say($"seed {seed}");
        var connectionString = await postgres.CloneAsync();
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var (toDatabase, toSilo, toNode) = (new List<Relay>(), new List<Relay>(), new List<Relay>());
        try
        {
            await using var drill = await Drill.BeginAsync(
                connectionString,
                Silos,
                firstWaitSeconds: 2,
                secondWaitSeconds: 1,
                webhook: true,
                (node, _) =>
                {
                    toDatabase.Add(new Relay(settings.Port));
                    toSilo.Add(new Relay(node.ListeningSiloPort));
                    toNode.Add(new Relay(node.Address.Port));
                    (node.AdvertisedSiloPort, node.CalledPort) = (toSilo[^1].Port, toNode[^1].Port);
                    node.Environment["ConnectionStrings__Scenarios"] = new NpgsqlConnectionStringBuilder(connectionString)
                    {
                        Port = toDatabase[^1].Port,
                    }.ConnectionString;
                }
            );
            drill.Load(callers: 8);
            await drill.AckedAsync(200);
            await hurt(drill, [("callers", toNode), ("silos", toSilo), ("database", toDatabase)], new Random(seed));
            await drill.SettleAsync();
            var verdict = await drill.JudgeAsync(minAcked: 500, minUnknown: 0);
            Drill.Say($"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late");
        }
        finally
        {
            foreach (var line in (IEnumerable<Relay>)[.. toDatabase, .. toSilo, .. toNode])
                await line.DisposeAsync();
        }
    }
}
