using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Rows that this version did not write: a later one's that was taken back, or a hand's (reliability.md O4, D2). A node starts on
/// them, works for everybody else, and answers for each of them with something other than a failure.
/// </summary>
public sealed class StrangeRowsTests(TestPostgres postgres)
{
    /// <summary>Each is done to a scenario of its own, with one run that waits.</summary>
    private static readonly string[] Strange =
    [
        """update scenario set definition = '{"elements": [{"id": "start", "type": "teleport"}], "links": []}', gate = gate + 1 where number = $1""",
        """update scenario set definition = '{"elements": [{"id": "start", "type": "apiCall"}, {"id": "w1", "type": "wait", "settings": {"duration": {"fortnights": 2}}}], "links": [{"from": "start", "output": "next", "to": "w1"}]}', gate = gate + 1 where number = $1""",
        """update scenario set settings = '{"reentryMode": "sometimes", "mood": 7}', gate = gate + 1 where number = $1""",
        """update scenario set settings = settings || '{"timeZone": "Mars/Olympus"}', gate = gate + 1 where number = $1""",
        """update scenario set kept_times = '{"w1": [{"until": "x"}]}', bin = '[7, {"id": 7}]', gate = gate + 1 where number = $1""",
        """update scenario_revision set definition = '{"later": true}', settings = '{"later": true}', moved = '{"w1": "elsewhere"}' where scenario = $1""",
        """update run set element = 'gone', due = now() where scenario = $1""",
        """update run set phase = 9, due = now() where scenario = $1""",
        """update run set phase = 2, due = null where scenario = $1""",
        """insert into run_data (tenant_id, scenario, run_id, content, kept) select tenant_id, scenario, id, 'no json', '[no json' from run where scenario = $1""",
        """update run_trail set steps = '[{"later": 1}]' where scenario = $1""",
        """update run_trail set steps = 'no json' where scenario = $1""",
        """update run_trail set steps = '{"step": 1}' where scenario = $1""",
        """update run_trail set steps = '[7, null, "x", [], {"step": "1", "element": 7}, {"step": 1, "element": "\ud800"}]' where scenario = $1""",
        """update run_trail set steps = '[{"step": 1, "element": "start", "at": 7, "output": {}, "detail": "x", "end": 7}]' where scenario = $1""",
        """delete from run_trail where scenario = $1""",
        """insert into effect (tenant_id, scenario, run_id, step, partition, generation, profile_id, element, kind, attempt, due, request) select tenant_id, scenario, id, 9, partition, generation, profile_id, 'w1', 'pigeon', 0, now(), 'no json' from run where scenario = $1""",
        """update partition set owner = 'nobody', next_due = now() where scenario = $1""",
        """update profile_entry set completed = 7, open = '{}' where scenario = $1""",
        """insert into task (tenant_id, id, kind, scenario, total, work, actor, at) values (1, gen_random_uuid(), 'bulk', $1, 1, 'no json', 'ann', now() - interval '1 hour')""",
    ];

    [Fact]
    public async Task A_node_starts_on_rows_of_a_later_version_and_works_for_everybody_else()
    {
        var connection = await postgres.CloneAsync();
        var (numbers, runs) = (new List<int>(), new List<Guid>());
        int healthy;
        await using (var former = new TestNode(() => Task.FromResult(connection), new TestClock()))
        {
            await former.InitializeAsync();
            healthy = await former.Api.ActiveAsync(Graph.Waiting(1));
            foreach (var strange in Strange)
            {
                numbers.Add(await former.Api.ActiveAsync(Graph.Waiting(3600), new { partitions = 1 }));
                runs.Add((await former.Api.CaptureAsync(numbers[^1], "ann")).RunId);
            }
            await former.StopAsync();
            foreach (var (number, strange) in numbers.Zip(Strange))
            {
                await using var command = former.Database.Ledger.CreateCommand(strange);
                command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = number });
                Assert.True(await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) > 0, strange);
            }
        }

        await using var node = new TestNode(() => Task.FromResult(connection), new TestClock());
        await node.InitializeAsync();
        var failures = new List<string>();
        foreach (var (number, run, strange) in numbers.Zip(runs, Strange))
        {
            var path = $"/api/v1/scenarios/{number}";
            (HttpMethod, string, object?)[] calls =
            [
                (HttpMethod.Get, path, null),
                (HttpMethod.Get, $"{path}/live", null),
                (HttpMethod.Get, $"{path}/runs", null),
                (HttpMethod.Get, $"{path}/runs/{run}", null),
                (HttpMethod.Get, $"{path}/elements/w1/runs", null),
                (HttpMethod.Get, $"{path}/statistics", null),
                (HttpMethod.Get, $"{path}/revisions", null),
                (HttpMethod.Get, $"{path}/revisions/1", null),
                (HttpMethod.Get, $"{path}/draft", null),
                (HttpMethod.Get, $"{path}/bin", null),
                (HttpMethod.Get, $"{path}/profiles/ann", null),
                (HttpMethod.Post, $"{path}:verify", null),
                (HttpMethod.Post, $"{path}:validate", "{}"),
                (HttpMethod.Post, $"{path}:clone", null),
                (HttpMethod.Post, $"{path}/captures", new { profileId = "bob", profile = new { } }),
                (HttpMethod.Post, $"{path}/runs/{run}:release", null),
                (HttpMethod.Post, $"{path}:deactivate", new { mode = "freeze" }),
                (HttpMethod.Post, $"{path}:activate", "{}"),
                (HttpMethod.Post, $"{path}:clear", null),
            ];
            foreach (var (method, address, body) in calls)
                if (await node.Api.SendAsync(method, address, body) is { Status: >= 500 } reply)
                    failures.Add($"{strange}\n    {method} {address}: {reply.Text}");
        }
        foreach (
            var list in (string[])
                ["/api/v1/scenarios", "/api/v1/tasks", "/api/v1/groups", "/api/v1/databases", "/api/v1/cluster"]
        )
            if (await node.Api.SendAsync(HttpMethod.Get, list) is { Status: >= 500 } reply)
                failures.Add($"{list}: {reply.Text}");

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        var captured = await node.Api.CaptureAsync(healthy, "cyd");
        Assert.Equal("completed", (await node.Api.EndOfAsync(healthy, captured.RunId)).State);
        await Invariants.HoldAsync(node.Api, healthy, [captured.RunId]);
    }

    /// <summary>What no version may write, since every list that has it would fail, the tables refuse.</summary>
    [Fact]
    public async Task Rows_of_a_shape_that_no_version_has_are_refused()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("insert into tenant (name) values ('x')");
        await database.ExecuteAsync(
            """insert into scenario (tenant_id, number, title, about, database, partitions, settings, definition) select min(id), 1, 'x', '{}', 1, 1, '{}', '{}' from tenant"""
        );
        foreach (
            var shape in (string[])
                [
                    "definition = '[]'",
                    "settings = '7'",
                    "layout = '\"x\"'",
                    "kept_times = '[]'",
                    "bin = '{}'",
                    "draft = '7'",
                    "about = '7'",
                    """about = '{"groups": "x"}'""",
                    """about = '{"tags": 7}'""",
                    """about = '{"description": {}}'""",
                ]
        )
            Assert.Equal(
                Npgsql.PostgresErrorCodes.CheckViolation,
                (
                    await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
                        database.ExecuteAsync($"update scenario set {shape}")
                    )
                ).SqlState
            );
        await database.ExecuteAsync(
            """update scenario set about = '{"groups": ["x"], "tags": [], "description": "d", "later": {}}', draft = '{}'"""
        );
    }
}
