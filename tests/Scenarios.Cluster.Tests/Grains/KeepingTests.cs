using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Retention;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>What a tenant sees of it when things grow old.</summary>
public sealed class KeepingTests(TestNode node, TestPostgres postgres) : IClassFixture<TestNode>
{
    private static readonly object ToTheEnd = Graph.Of("start > e1", ("e1", "end", new { goal = "seen" }));

    private Support.Api Api => node.Api;

    private async Task LaterAsync(TimeSpan by)
    {
        node.Clock.Advance(by);
        await node
            .Services.GetRequiredService<OutOfDate>()
            .RunOnceAsync(1000, node.Clock.Shift, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_memory_of_never_again_and_the_numbers_outlive_the_history()
    {
        var number = await Api.ActiveAsync(ToTheEnd, new { reentryMode = "never" });
        var run = (await Api.CaptureAsync(number, "ann", content: new { a = 1 })).RunId;

        await LaterAsync(TimeSpan.FromDays(401));

        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Get, $"/api/v1/scenarios/{number}/runs/{run}")).Status);
        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Get, $"/api/v1/scenarios/{number}/runs/{run}/content")).Status);
        Assert.Equal("alreadyEntered", (await Api.CaptureAsync(number, "ann")).Reason);
        Assert.Equal(1, (await Api.InScenarioAsync(number, "ann")).GetProperty("entries").GetInt32());
        var totals = (await Api.StatisticsAsync(number)).GetProperty("totals");
        Assert.Equal((1, 1), (totals.GetProperty("entered").GetInt32(), totals.GetProperty("completed").GetInt32()));
        Assert.True((await Api.VerifyAsync(number)).GetProperty("consistent").GetBoolean());
    }

    [Fact]
    public async Task A_key_answers_for_as_long_as_its_run_is_kept_and_a_run_is_kept_while_it_is_inside_however_long()
    {
        var number = await Api.ActiveAsync(ToTheEnd, new { reentryMode = "parallel" });
        var waiting = await Api.ActiveAsync(Graph.Of("start > w1", ("w1", "wait", new { duration = new { days = 1000 } })));
        var first = (await Api.CaptureAsync(number, "ann", key: "first")).RunId;
        var inside = (await Api.CaptureAsync(waiting, "ann", key: "inside", content: new { a = 1 })).RunId;
        node.Clock.Advance(TimeSpan.FromDays(300));
        var second = (await Api.CaptureAsync(number, "ann", key: "second")).RunId;

        await LaterAsync(TimeSpan.FromDays(101));

        var (firstAgain, secondAgain) = (
            await Api.CaptureAsync(number, "ann", key: "first"),
            await Api.CaptureAsync(number, "ann", key: "second")
        );
        Assert.Equal((false, true), (firstAgain.Replayed, secondAgain.Replayed));
        Assert.NotEqual(first, firstAgain.RunId);
        Assert.Equal(second, secondAgain.RunId);
        var stillInside = await Api.CaptureAsync(waiting, "ann", key: "inside", content: new { a = 1 });
        Assert.Equal((inside, true), (stillInside.RunId, stillInside.Replayed));
        Assert.Equal(
            """{"a":1}""",
            (await Api.SendAsync(HttpMethod.Get, $"/api/v1/scenarios/{waiting}/runs/{inside}/content")).Text
        );
        Assert.Equal("start > w1 > waiting", (await Api.RunAsync(waiting, inside)).Path);
    }

    [Fact]
    public async Task A_scenario_is_purged_from_the_trash_after_thirty_days_and_its_number_never_returns()
    {
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > c1; c1:else > w1; c1:yes > e1",
                ("c1", "condition", Graph.If("tier", "equal", "gold")),
                ("w1", "wait", new { duration = new { days = 1 } }),
                ("e1", "end", new { })
            )
        );
        await Api.CaptureAsync(number, "ann", key: "of the scenario", content: new { a = 1 });
        await Api.CaptureAsync(number, "bob", key: "also", profile: new { fields = new { tier = "gold" } });
        await Api.DeactivateAsync(number, "end");
        Assert.Equal(204, (await Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{number}")).Status);
        await Support.Api.UntilAsync(() => RowsAsync(number), rows => !rows.Contains("run ", StringComparison.Ordinal));
        var neighbour = await Api.ActiveAsync();
        await Api.CaptureAsync(neighbour, "ann");

        await LaterAsync(TimeSpan.FromDays(29.9));
        Assert.Contains("scenario ", await RowsAsync(number));
        await LaterAsync(TimeSpan.FromDays(0.2));

        Assert.Equal("", await RowsAsync(number));
        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}:restore", "{}")).Status);
        Assert.NotEqual("", await RowsAsync(neighbour));
        await Invariants.HoldAsync(Api, neighbour);
        // The newest number goes, and the next one is another all the same.
        var last = await Api.ScenarioAsync(await Api.DatabaseAsync());
        Assert.Equal(204, (await Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{last}")).Status);
        await LaterAsync(TimeSpan.FromDays(30.1));
        Assert.Equal("", await RowsAsync(last));
        Assert.Equal(last + 1, await Api.ScenarioAsync(await Api.DatabaseAsync()));
    }

    [Fact]
    public async Task A_node_keeps_by_itself_from_its_start_on()
    {
        var connection = await postgres.CloneAsync();
        await using (var first = new TestNode(() => Task.FromResult(connection), new TestClock()))
        {
            await first.InitializeAsync();
            var number = await first.Api.ActiveAsync(ToTheEnd);
            await first.Api.CaptureAsync(number, "ann");
            var trashed = await first.Api.ScenarioAsync(await first.Api.DatabaseAsync());
            (await first.Api.SendAsync(HttpMethod.Put, $"/api/v1/scenarios/{trashed}/draft", "{}", ifMatch: "\"0\"")).Ok();
            await first.Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{trashed}");
        }
        var clock = new TestClock();
        clock.Advance(TimeSpan.FromDays(401));
        await using var second = new TestNode(() => Task.FromResult(connection), clock);
        await second.InitializeAsync();

        await Support.Api.UntilAsync(
            () =>
                CountAsync(
                    second,
                    """
                    select (select count(*) from run_history) + (select count(*) from scenario where deleted_at is not null)
                    """
                ),
            n => n == 0
        );
    }

    /// <summary>The tables that have rows of the scenario; the audit has them for ever.</summary>
    private async Task<string> RowsAsync(int number)
    {
        var tables = new List<string>();
        await using (
            var list = node.Database.Reads.CreateCommand(
                """
                select a.attrelid::regclass::text || ' where tenant_id = 1 and ' || a.attname || ' = ' from pg_attribute a join pg_class c on c.oid = a.attrelid
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                  and (a.attname = 'scenario' or (c.relname = 'scenario' and a.attname = 'number')) order by 1
                """
            )
        )
        await using (var reader = await list.ExecuteReaderAsync(TestContext.Current.CancellationToken))
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                tables.Add(reader.GetString(0));
        tables.Add("receipt where tenant_id = 1 and route like 'captures/%' and route = 'captures/' || ");
        var found = "";
        foreach (var table in tables)
            if (await CountAsync(node, $"select count(*) from {table}{number}") > 0)
                found += table[..(table.IndexOf(' ', StringComparison.Ordinal) + 1)];
        return found;
    }

    private static async Task<long> CountAsync(TestNode node, string sql)
    {
        await using var command = new NpgsqlCommand(
            sql,
            await node.Database.Reads.OpenConnectionAsync(TestContext.Current.CancellationToken)
        );
        await using (command.Connection)
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
