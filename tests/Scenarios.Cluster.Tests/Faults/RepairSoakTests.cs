using Npgsql;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// An operator repairs in the middle of a storm of management (reliability.md M2): failed effects are done again, waits put off
/// and ended, an older revision is restored. Each is killed half-way, the node that works on it, the database, or both, and
/// asked for again under its key.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class RepairSoakTests
{
    private const int Runs = 600;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Flags]
    private enum Killed
    {
        Node = 1,
        Database = 2,
    }

    [Fact(Explicit = true)]
    public async Task A_repair_that_is_killed_and_repeated_does_to_each_once_what_its_dry_run_had_said()
    {
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        await using var receiver = await Sink.StartAsync();
        await using var drill = await Drill.BeginAsync(database.ConnectionString);
        var storm = new Storm(drill, seed: 1);
        await storm.BeginAsync();
        using var api = Drill.ApiOf(drill.Nodes[0]);

        var (isBroken, answer) = (true, receiver.Answer);
        receiver.Answer = (http, delivery) =>
        {
            if (!isBroken)
                return answer(http, delivery);
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        object Definition(int hours) =>
            Graph.Of(
                "start > h1; h1:success > w2 > e1; h1:error > broken",
                (
                    "h1",
                    "webhook",
                    new
                    {
                        method = "POST",
                        url = receiver.Address.ToString(),
                        body = """{"run": "{{ run.id }}"}""",
                        timeout = 10,
                        retries = 0,
                    }
                ),
                ("broken", "wait", Graph.For(TimeSpan.FromHours(50))),
                ("w2", "wait", Graph.For(TimeSpan.FromHours(hours))),
                ("e1", "end", new { })
            );
        var number = await api.ActiveAsync(Definition(hours: 10));
        var path = $"/api/v1/scenarios/{number}";
        var runs = await api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
        await Support.Api.UntilAsync(() => api.LiveAsync(number), live => live.At("broken") == Runs, Long);
        isBroken = false;

        drill.Load(callers: 4);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var storming = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => storm.RunAsync(over.Token)));
        await drill.AckedAsync(100);

        await BulkAsync(
            "rerun",
            new
            {
                select = new { element = "broken" },
                action = "move",
                to = "h1",
            },
            Killed.Node
        );
        await Support.Api.UntilAsync(LiveAsync, live => live.At("w2") == Runs, Long);

        (await api.SendAsync(HttpMethod.Put, path, new { definition = Definition(hours: 20) }, ifMatch: "\"1\"")).Ok();
        await UntilWaitIsAsync(20);
        await RestoreAsync(Killed.Node | Killed.Database);
        await UntilWaitIsAsync(10);

        var until = DateTimeOffset.UtcNow.AddHours(30);
        await BulkAsync(
            "postpone",
            new
            {
                select = new { element = "w2" },
                action = "postpone",
                until,
            },
            Killed.Database
        );
        Assert.All(await WaitingAsync(), run => Assert.Equal(until, run.LeavesAt!.Value, TimeSpan.FromMilliseconds(1)));

        await BulkAsync("release", new { select = new { element = "w2" }, action = "release" }, Killed.Node | Killed.Database);
        await Support.Api.UntilAsync(LiveAsync, live => live.Inside == 0, Long);

        await over.CancelAsync();
        await storming;
        await drill.SettleAsync();
        var paths = new List<string>();
        foreach (var run in runs)
            paths.Add((await api.RunAsync(number, run)).Path);
        Assert.Equal(
            [("start > h1:error > broken > h1:success > w2 > e1 > completed", Runs)],
            paths.CountBy(p => p).Select(p => (p.Key, p.Value))
        );
        Effects(receiver, runs);
        await Drill.PatientlyAsync(async () =>
        {
            // A node finds out one by one which of its connections the database took with it.
            await Invariants.HoldAsync(api, number, runs, isEdited: true);
            return true;
        });
        await drill.JudgeAsync(minAcked: 200, minUnknown: 2);
        await storm.JudgeAsync();
        Drill.Say(
            $"{Runs} runs done again, put off, restored and released once each over {drill.Faults.Count} kills; "
                + $"{receiver.Deliveries.Count} deliveries of {receiver.Deliveries.DistinctBy(d => d.Key).Count()} "
                + $"effects; {storm.Calls} calls of the storm"
        );

        Task<Live> LiveAsync() => Drill.PatientlyAsync(() => api.LiveAsync(number));
        Task<IReadOnlyList<RunSeen>> WaitingAsync() => Drill.PatientlyAsync(() => api.RunsAtAsync(number, "w2"));

        Task UntilWaitIsAsync(int hours) =>
            Support.Api.UntilAsync(
                WaitingAsync,
                waiting =>
                    waiting.Count == Runs
                    && waiting.All(r =>
                        r.LeavesAt - r.Body.GetProperty("arrivedAt").GetDateTimeOffset() == TimeSpan.FromHours(hours)
                    ),
                Long
            );

        async Task BulkAsync(string what, object action, Killed killed)
        {
            var said = (await PostAsync($"{path}/runs:bulk", action, key: null, dryRun: true)).GetProperty("result");
            var task = default(Guid);
            await HalfWayAsync(
                what,
                killed,
                dataSource => HeldPartition.HoldAsync(dataSource, 1, number, 0),
                async (dataSource, held) =>
                {
                    await TaskFaultTests.HoldUpAsync(api, number, held);
                    task = (await PostAsync($"{path}/runs:bulk", action, what)).GetProperty("id").GetGuid();
                    await Support.Api.UntilAsync(() => SlicesDoneAsync(dataSource, task), done => done is > 0 and < 8, Long);
                    return await WorkerAsync(dataSource, task);
                }
            );
            Assert.Equal(task, (await PostAsync($"{path}/runs:bulk", action, what)).GetProperty("id").GetGuid());
            var done = await Support.Api.UntilAsync(
                () => Drill.PatientlyAsync(() => api.GetAsync($"/api/v1/tasks/{task}")),
                t => t.GetProperty("state").GetString() != "running",
                Long
            );
            Assert.Equal(
                ("done", said.ToString()),
                (done.GetProperty("state").GetString(), done.GetProperty("result").ToString())
            );
            Assert.Equal(Runs, said.GetProperty("touched").GetInt32());
        }

        async Task RestoreAsync(Killed killed)
        {
            var changes = (await PostAsync($"{path}/revisions/1:restore?dryRun=true", "{}", key: null))
                .GetProperty("changes")
                .EnumerateArray()
                .Single(c => c.GetProperty("element").GetString() == "w2");
            Assert.Equal(
                ("recomputes", Runs),
                (changes.GetProperty("effect").GetString(), changes.GetProperty("inside").GetInt32())
            );
            var restored = 0;
            await HalfWayAsync(
                "restore",
                killed,
                dataSource => HeldPartition.HoldLastAsync(dataSource, 1, number, 0, "w2"),
                async (_, held) =>
                {
                    restored = (await PostAsync($"{path}/revisions/1:restore", "{}", "restore"))
                        .GetProperty("revision")
                        .GetInt32();
                    await Support.Api.UntilAsync(held.WaitersAsync, n => n == 1, Long);
                    return (await drill.BusiestAsync()).Node;
                }
            );
            Assert.Equal(
                restored,
                (await PostAsync($"{path}/revisions/1:restore", "{}", "restore")).GetProperty("revision").GetInt32()
            );
        }

        // A slice is held in its middle, what is to be killed half-way begins, and is killed.
        async Task HalfWayAsync(
            string what,
            Killed killed,
            Func<NpgsqlDataSource, Task<HeldPartition>> hold,
            Func<NpgsqlDataSource, HeldPartition, Task<ServerProcess>> begin
        ) => await drill.FaultAsync(what, async () =>
            {
                // Without a pool, which would want to tidy up what the database has taken with it.
                await using var source = NpgsqlDataSource.Create(
                    new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }
                );
                await using (var held = await hold(source))
                {
                    var worker = await begin(source, held);
                    if (killed.HasFlag(Killed.Node))
                        await worker.KillAsync(Cancel);
                    if (killed.HasFlag(Killed.Database))
                        await PostgresCrash.KillAsync(database.ConnectionString, Cancel);
                    else
                        await held.ReleaseAsync();
                }
                await PostgresCrash.AnswersAsync(database.ConnectionString, Cancel);
                await drill.HealAsync();
            });

        async Task<System.Text.Json.JsonElement> PostAsync(string address, object body, string? key, bool dryRun = false) =>
            await Drill.PatientlyAsync(async () =>
            {
                var sent = System.Text.Json.JsonSerializer.SerializeToNode(body)!;
                if (dryRun)
                    sent["dryRun"] = true;
                return (
                    await api.SendAsync(HttpMethod.Post, address, body is string text ? text : sent.ToJsonString(), key)
                ).Ok();
            });

        async Task<ServerProcess> WorkerAsync(NpgsqlDataSource dataSource, Guid task)
        {
            await using var command = dataSource.CreateCommand("select owner from task where id = $1");
            command.Parameters.Add(new() { Value = task });
            var owner = (string)(await command.ExecuteScalarAsync(Cancel))!;
            return drill.Nodes.Single(node => owner.Contains($":{node.SiloPort}:", StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// E3: a key has one body; and each run has two effects, the one that failed and the one that was done again.
    /// </summary>
    private static void Effects(Sink receiver, IReadOnlyList<Guid> runs)
    {
        var byKey = receiver.Deliveries.GroupBy(d => d.Key).ToList();
        Assert.Equal(
            runs.SelectMany(run => (string[])[$"{run}/2", $"{run}/4"]).Order(StringComparer.Ordinal),
            byKey.Select(k => k.Key).Order(StringComparer.Ordinal)
        );
        Assert.All(byKey, key => Assert.Single(key.Select(d => d.BodyHash).Distinct()));
    }

    private static async Task<long> SlicesDoneAsync(NpgsqlDataSource dataSource, Guid task)
    {
        await using var command = dataSource.CreateCommand(
            $@"select count(*) from receipt where key like E'\x01task/{task:N}/%'"
        );
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
