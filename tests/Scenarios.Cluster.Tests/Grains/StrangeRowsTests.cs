using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Rows that this version did not write: a later one's that was taken back, or a hand's (reliability.md O4, D2). A node starts on
/// them, works for everybody else, and gives for each of them the answers that stand beside it.
/// </summary>
public sealed class StrangeRowsTests(TestPostgres postgres)
{
    /// <summary>The calls, in their order, and what each answers where the row is none of its business.</summary>
    private static readonly (string Call, string Method, string Path, object? Body, string Answer)[] Calls =
    [
        ("scenario", "GET", "", null, "200"),
        ("live", "GET", "/live", null, "200 1 inside"),
        ("runs", "GET", "/runs", null, "200 1 items"),
        ("run", "GET", "/runs/{run}", null, "200 start > w1 > waiting"),
        ("runs at w1", "GET", "/elements/w1/runs", null, "200 1 items"),
        ("statistics", "GET", "/statistics", null, "200"),
        ("revisions", "GET", "/revisions", null, "200 1 items"),
        ("revision", "GET", "/revisions/1", null, "200"),
        ("draft", "GET", "/draft", null, "404 noDraft"),
        ("profile", "GET", "/profiles/ann", null, "200 1 open"),
        ("verify", "POST", ":verify", null, "200 consistent"),
        ("validate", "POST", ":validate", "{}", "200"),
        ("clone", "POST", ":clone", null, "201"),
        ("capture", "POST", "/captures", new { profileId = "bob", profile = new { } }, "201 accepted"),
        ("release", "POST", "/runs/{run}:release", null, "200 start > w1 > completed"),
        ("deactivate", "POST", ":deactivate", new { mode = "freeze" }, "200"),
        ("activate", "POST", ":activate", "{}", "200"),
        ("clear", "POST", ":clear", null, "200"),
    ];

    /// <param name="Sql">Done to a scenario of its own, with one run that waits.</param>
    /// <param name="Otherwise">The calls that answer something else for it.</param>
    private sealed record Row(string Sql, params (string Call, string Answer)[] Otherwise);

    private static readonly Row[] Strange =
    [
        new(
            """update scenario set definition = '{"elements": [{"id": "start", "type": "teleport"}], "links": []}', gate = gate + 1 where number = $1""",
            ("clone", "422 unknownType"),
            ("capture", "200 inactive"),
            ("release", "409 notWaiting"),
            ("activate", "422 invalidDefinition")
        ),
        new(
            """update scenario set definition = '{"elements": [{"id": "start", "type": "apiCall"}, {"id": "w1", "type": "wait", "settings": {"duration": {"fortnights": 2}}}], "links": [{"from": "start", "output": "next", "to": "w1"}]}', gate = gate + 1 where number = $1""",
            ("clone", "422 unknownField"),
            ("capture", "200 inactive"),
            ("release", "409 notWaiting"),
            ("activate", "422 invalidDefinition")
        ),
        new(
            """update scenario set settings = '{"reentryMode": "sometimes", "mood": 7}', gate = gate + 1 where number = $1""",
            ("clone", "422 unknownValue")
        ),
        new(
            """update scenario set settings = settings || '{"timeZone": "Mars/Olympus"}', gate = gate + 1 where number = $1""",
            ("clone", "422 unknownZone")
        ),
        new(
            """update scenario set kept_times = '{"w1": [{"until": "x"}]}', bin = '[7, {"id": 7}]', gate = gate + 1 where number = $1"""
        ),
        new(
            """update scenario_revision set definition = '{"later": true}', settings = '{"later": true}', moved = '{"w1": "elsewhere"}' where scenario = $1"""
        ),
        new(
            """update run set element = 'gone', due = now() where scenario = $1""",
            ("run", "200 start > gone > waiting"),
            ("runs at w1", "200 0 items"),
            ("verify", "200 inconsistent"),
            ("release", "409 runEnded")
        ),
        new(
            """update run set phase = 9, due = now() where scenario = $1""",
            ("run", "200 start > w1 > performing"),
            ("release", "409 notWaiting")
        ),
        new(
            """update run set phase = 2, due = null where scenario = $1""",
            ("run", "200 start > w1 > performing"),
            ("release", "409 notWaiting")
        ),
        new(
            """insert into run_data (tenant_id, scenario, run_id, content, kept) select tenant_id, scenario, id, 'no json', '[no json' from run where scenario = $1"""
        ),
        new(
            """update run_trail set steps = '[{"later": 1}]' where scenario = $1""",
            ("run", "200 w1 > waiting"),
            ("release", "200 w1 > completed")
        ),
        new(
            """update run_trail set steps = 'no json' where scenario = $1""",
            ("run", "200 w1 > waiting"),
            ("release", "200 w1 > completed")
        ),
        new(
            """update run_trail set steps = '{"step": 1}' where scenario = $1""",
            ("run", "200 w1 > waiting"),
            ("release", "200 w1 > completed")
        ),
        new(
            """update run_trail set steps = '[7, null, "x", [], {"step": "1", "element": 7}, {"step": 1, "element": "\ud800"}]' where scenario = $1""",
            ("run", "200 w1 > waiting"),
            ("release", "200 w1 > completed")
        ),
        new(
            """update run_trail set steps = '[{"step": 1, "element": "start", "at": 7, "output": {}, "detail": "x", "end": 7}]' where scenario = $1""",
            ("run", "200 start > waiting")
        ),
        new("""delete from run_trail where scenario = $1""", ("run", "200 w1 > waiting"), ("release", "200 w1 > completed")),
        new(
            """insert into effect (tenant_id, scenario, run_id, step, partition, generation, profile_id, element, kind, attempt, due, request) select tenant_id, scenario, id, 9, partition, generation, profile_id, 'w1', 'pigeon', 0, now(), 'no json' from run where scenario = $1"""
        ),
        new("""update partition set owner = 'nobody', next_due = now() where scenario = $1"""),
        new("""update profile_entry set completed = 7, open = '{}' where scenario = $1""", ("profile", "200 0 open")),
        new(
            """insert into task (tenant_id, id, kind, scenario, total, work, actor, at) values (1, gen_random_uuid(), 'bulk', $1, 1, 'no json', 'ann', now() - interval '1 hour')"""
        ),
    ];

    [Fact]
    public async Task A_node_starts_on_rows_of_a_later_version_and_serves_all_other_callers()
    {
        var connection = await postgres.CloneAsync();
        var (numbers, runs) = (new List<int>(), new List<Guid>());
        int healthy;
        await using (var former = new TestNode(() => Task.FromResult(connection), new TestClock()))
        {
            await former.InitializeAsync();
            healthy = await former.Api.ActiveAsync(Graph.Waiting(1));
            foreach (var _ in Strange)
            {
                numbers.Add(await former.Api.ActiveAsync(Graph.Waiting(3600), new { partitions = 1 }));
                runs.Add((await former.Api.CaptureAsync(numbers[^1], "ann")).RunId);
            }
            await former.StopAsync();
            foreach (var (number, row) in numbers.Zip(Strange))
            {
                Assert.NotEqual(0, await former.Database.Ledger.ExecuteAsync(row.Sql, number));
            }
        }

        await using var node = new TestNode(() => Task.FromResult(connection), new TestClock());
        await node.InitializeAsync();
        var failures = new List<string>();
        foreach (var (number, run, row) in numbers.Zip(runs, Strange))
        {
            Assert.Empty(row.Otherwise.Select(o => o.Call).Except(Calls.Select(c => c.Call)));
            foreach (var (call, method, path, body, usual) in Calls)
            {
                var address = $"/api/v1/scenarios/{number}{path.Replace("{run}", $"{run}", StringComparison.Ordinal)}";
                var told = Told(await node.Api.SendAsync(HttpMethod.Parse(method), address, body));
                var expected = row.Otherwise.FirstOrDefault(o => o.Call == call).Answer ?? usual;
                if (told != expected)
                    failures.Add($"{row.Sql}\n    {call}: {told} instead of {expected}");
            }
        }
        foreach (
            var list in (string[])
                ["/api/v1/scenarios", "/api/v1/tasks", "/api/v1/groups", "/api/v1/databases", "/api/v1/cluster"]
        )
            if (await node.Api.SendAsync(HttpMethod.Get, list) is { Status: not 200 } reply)
                failures.Add($"{list}: {reply.Text}");

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        var captured = await node.Api.CaptureAsync(healthy, "cyd");
        Assert.Equal("completed", (await node.Api.EndOfAsync(healthy, captured.RunId)).State);
        await Invariants.HoldAsync(node.Api, healthy, [captured.RunId]);
    }

    /// <summary>What an answer comes to: its status, and its code or what the row could have changed of it.</summary>
    private static string Told(Reply reply) =>
        (
            reply.Code
            ?? reply.Body switch
            {
                { ValueKind: not JsonValueKind.Object } => "",
                var b when b.TryGetProperty("accepted", out var accepted) => accepted.GetBoolean()
                    ? "accepted"
                    : b.GetProperty("reason").GetString(),
                var b when b.TryGetProperty("consistent", out var holds) => holds.GetBoolean() ? "consistent" : "inconsistent",
                var b when b.TryGetProperty("trail", out var trail) => string.Join(
                    " > ",
                    trail.EnumerateArray().Select(Support.Api.StepName).Append(b.GetProperty("state").GetString())
                ),
                var b when b.TryGetProperty("inside", out var inside) => $"{inside} inside",
                var b when b.TryGetProperty("open", out var open) => $"{open.GetArrayLength()} open",
                var b when b.TryGetProperty("items", out var items) => $"{items.GetArrayLength()} items",
                _ => "",
            }
        )
            is { Length: > 0 } what
            ? $"{reply.Status} {what}"
            : $"{reply.Status}";

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
