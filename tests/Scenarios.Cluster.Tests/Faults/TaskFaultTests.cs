using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Runs;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// Tasks, and edits on their way to those inside, go on where their silo died, and nobody is touched twice (C3).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class TaskFaultTests(TestPostgres postgres)
{
    private const int Runs = 1200;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bulk_action_killed_in_the_middle_of_a_page_continues_and_releases_no_run_twice()
    {
        await using var only = await OnlyNode.StartAsync(await postgres.CloneAsync());
        var (source, api) = (only.Source, only.Api);
        var number = await api.ActiveAsync(
            Graph.Of(
                "start > w1 > w2 > w3",
                ("w1", "wait", Graph.For(TimeSpan.FromHours(1))),
                ("w2", "wait", Graph.For(TimeSpan.FromHours(2))),
                ("w3", "wait", Graph.For(TimeSpan.FromHours(3)))
            )
        );
        var runs = await api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));

        string id;
        await using (var held = await HeldPartition.HoldAsync(source, 1, number, 0))
        {
            await HoldUpAsync(api, number, held);
            // Every run of the scenario is meant, wherever it stands: one that was released once could be released again.
            var accepted = await api.PostAsync(
                $"/api/v1/scenarios/{number}/runs:bulk",
                new { select = new { enteredBefore = DateTimeOffset.UtcNow.AddMinutes(5) }, action = "release" }
            );
            id = accepted.GetProperty("id").GetString()!;
            await Support.Api.UntilAsync(() => PartlyDoneAsync(source), done => done is > 0 and < 8);
            await only.KillAsync();
            await held.ReleaseAsync();
        }
        await only.StartAgainAsync();
        var task = await Support.Api.UntilAsync(
            () => api.GetAsync($"/api/v1/tasks/{id}"),
            t => t.GetProperty("state").GetString() != "running",
            TimeSpan.FromSeconds(60)
        );

        Assert.Equal(
            ("done", Runs, Runs),
            (
                task.GetProperty("state").GetString(),
                task.GetProperty("done").GetInt64(),
                task.GetProperty("result").GetProperty("touched").GetInt64()
            )
        );
        var live = await api.LiveAsync(number);
        Assert.Equal((0, Runs, 0), (live.At("w1"), live.At("w2"), live.At("w3")));
        await Invariants.HoldAsync(api, number, [.. runs]);
    }

    [Fact]
    public async Task A_batch_killed_in_the_middle_of_a_part_continues_and_captures_no_profile_twice()
    {
        await using var only = await OnlyNode.StartAsync(await postgres.CloneAsync());
        var (source, api) = (only.Source, only.Api);
        // Each entry is one more run: who entered twice would be seen.
        var number = await api.ActiveAsync(settings: new { reentryMode = "parallel" });

        string path;
        await using (var held = await HeldPartition.HoldAsync(source, 1, number, 0))
        {
            await HoldUpAsync(api, number, held);
            path = await api.LaterAsync(number, Enumerable.Range(0, 3 * Runs).Select(Graph.Profile));
            await Support.Api.UntilAsync(async () => (await api.LiveAsync(number)).Inside, inside => inside is > 0 and < 1000);
            await only.KillAsync();
            await held.ReleaseAsync();
        }
        await only.StartAgainAsync();
        var task = await Support.Api.UntilAsync(
            () => api.GetAsync(path),
            t => t.GetProperty("state").GetString() != "running",
            TimeSpan.FromSeconds(60)
        );

        Assert.Equal(
            ("done", 3 * Runs),
            (task.GetProperty("state").GetString(), task.GetProperty("result").GetProperty("accepted").GetInt32())
        );
        await Invariants.HoldAsync(
            api,
            number,
            [.. task.GetProperty("result").GetProperty("items").EnumerateArray().Select(i => i.GetProperty("runId").GetGuid())]
        );
        Assert.Equal(3 * Runs, (await api.LiveAsync(number)).Inside);
    }

    [Fact(Explicit = true)]
    public async Task An_edit_killed_in_the_middle_of_a_slice_goes_on_and_does_to_each_once_what_its_dry_run_had_said()
    {
        await using var only = await OnlyNode.StartAsync(await postgres.CloneAsync());
        var (source, api) = (only.Source, only.Api);
        var shares = new
        {
            branches = new[] { ("a", 80), ("b", 10), ("c", 10) }.Select(b => new { output = b.Item1, percent = b.Item2 }),
        };
        (string, string, object) Wait(string id, int hours) => (id, "wait", Graph.For(TimeSpan.FromHours(hours)));
        var number = await api.ActiveAsync(
            Graph.Of(
                "start > s1:a > moves; s1:b > ends; s1:c > stays",
                ("s1", "split", shares),
                Wait("moves", 1),
                Wait("ends", 1),
                Wait("stays", 1)
            ),
            new { partitions = 4 }
        );
        // More than a page in each slice.
        var runs = await api.CaptureAllAsync(number, Enumerable.Range(0, Runs + Runs / 3).Select(Graph.Profile));
        var edit = new
        {
            definition = Graph.Of(
                "start > s1:a > to; s1:b > to; s1:c > stays",
                ("s1", "split", shares),
                Wait("to", 2),
                Wait("stays", 3)
            ),
            moveRuns = new { moves = "to" },
        };
        async Task<Dictionary<string, (string Effect, long Inside)>> PutAsync(string query) =>
            (await api.SendAsync(HttpMethod.Put, $"/api/v1/scenarios/{number}{query}", edit, ifMatch: "\"1\""))
                .Ok()
                .TryGetProperty("changes", out var changes)
                ? changes
                    .EnumerateArray()
                    .ToDictionary(
                        c => c.GetProperty("element").GetString()!,
                        c => (c.GetProperty("effect").GetString()!, c.GetProperty("inside").GetInt64())
                    )
                : [];
        var said = await PutAsync("?dryRun=true");

        await using (var held = await HeldPartition.HoldLastAsync(source, 1, number, 0, "moves"))
        {
            await PutAsync("");
            // The first page of that slice has followed the edit, and others; its last one has not.
            await Support.Api.UntilAsync(held.WaitersAsync, n => n == 1);
            Assert.InRange((await api.LiveAsync(number)).At("to"), 1, said["moves"].Inside - 1);
            await only.KillAsync();
            await held.ReleaseAsync();
        }
        await only.StartAgainAsync();
        var live = await Support.Api.UntilAsync(
            () => api.LiveAsync(number),
            l => l.At("moves") + l.At("ends") == 0,
            TimeSpan.FromSeconds(60)
        );
        await Support.Api.UntilAsync(
            () => api.RunsAtAsync(number, "stays"),
            stays => stays.All(r => r.LeavesAt - r.Body.GetProperty("arrivedAt").GetDateTimeOffset() == TimeSpan.FromHours(3)),
            TimeSpan.FromSeconds(60)
        );

        var left = (await api.StatisticsAsync(number)).GetProperty("totals").GetProperty("left");
        Assert.Equal(
            [
                ("moves", live.At("to")),
                ("ends", left.GetProperty("elementDeleted").GetInt64()),
                ("recomputes", live.At("stays")),
            ],
            new[] { said["moves"], said["ends"], said["stays"] }
        );
        var paths = new List<string>();
        foreach (var run in runs)
            paths.Add((await api.RunAsync(number, run)).Path);
        Assert.Equal(
            [
                ("start > s1:a > moves > to > waiting", (int)said["moves"].Inside),
                ("start > s1:b > ends > left:elementDeleted", (int)said["ends"].Inside),
                ("start > s1:c > stays > waiting", (int)said["stays"].Inside),
            ],
            paths.CountBy(p => p).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, p.Value))
        );
        await Invariants.HoldAsync(api, number, [.. runs], isEdited: true);
    }

    /// <summary>A cluster of one node, to be killed and started again.</summary>
    private sealed class OnlyNode : IAsyncDisposable
    {
        private readonly TempDirectory _folder;
        private readonly ServerProcess _node;

        private OnlyNode(TempDirectory folder, ServerProcess node, string connection) =>
            (_folder, _node, Source, Api) = (folder, node, NpgsqlDataSource.Create(connection), Drill.ApiOf(node));

        public NpgsqlDataSource Source { get; }
        public Support.Api Api { get; }

        public static async Task<OnlyNode> StartAsync(string connection)
        {
            var folder = new TempDirectory();
            var only = new OnlyNode(folder, new ServerProcess("node", folder.Path, connection, Drill.Token), connection);
            try
            {
                await only.StartAgainAsync();
                return only;
            }
            catch
            {
                await only.DisposeAsync();
                throw;
            }
        }

        public async Task StartAgainAsync()
        {
            _node.Start();
            await _node.ReadyAsync(Cancel);
        }

        public Task KillAsync() => _node.KillAsync(Cancel);

        public async ValueTask DisposeAsync()
        {
            Api.Dispose();
            await _node.DisposeAsync();
            await Source.DisposeAsync();
            _folder.Dispose();
        }
    }

    /// <summary>
    /// The first slice is held up in a round of its own, by somebody whom nobody knows; the others go on beside it.
    /// </summary>
    internal static async Task HoldUpAsync(Support.Api api, int number, HeldPartition held)
    {
        var nobody = Enumerable.Range(0, 1000).Select(i => $"nobody {i}").First(id => PartitionOf.Of(id, 8) == 0);
        _ = api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures", new { profileId = nobody });
        await Support.Api.UntilAsync(held.WaitersAsync, n => n == 1);
    }

    /// <summary>Slices that have done their part of the first page.</summary>
    private static async Task<long> PartlyDoneAsync(NpgsqlDataSource dataSource)
    {
        await using var command = dataSource.CreateCommand(@"select count(*) from receipt where key like E'\x01task/%'");
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
