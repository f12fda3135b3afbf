using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>One action for many runs: what the dry run tells is what then happens (C3).</summary>
public sealed class BulkTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    /// <summary>start > w1, an hour; w1 > w2, a day; who has points goes to w2 at once.</summary>
    private static object TwoWaits =>
        Graph.Of(
            "start > c1; c1:yes > w2; c1:else > w1; w1 > w2 > e1",
            ("c1", "condition", Graph.If("points", "greater", 0)),
            ("w1", "wait", Graph.For(TimeSpan.FromHours(1))),
            ("w2", "wait", Graph.For(TimeSpan.FromHours(24))),
            ("e1", "end", new { })
        );

    private async Task<int> FilledAsync(int atFirst, int atSecond)
    {
        var number = await Api.ActiveAsync(TwoWaits);
        await Api.CaptureAllAsync(number, Enumerable.Range(0, atFirst).Select(Graph.Profile));
        if (atSecond == 0)
            return number;
        var outcomes = await Api.CaptureAllAsync(
            number,
            Enumerable
                .Range(atFirst, atSecond)
                .Select(object (i) => new { profileId = Graph.Profile(i), profile = new { fields = new { points = 1 } } })
        );
        Assert.All(outcomes, o => Assert.True(o.Accepted));
        return number;
    }

    private Task<Reply> BulkAsync(int number, object body, string? key = null) =>
        Api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/runs:bulk", body, key);

    private async Task<JsonElement> DoneAsync(Reply accepted)
    {
        Assert.Equal(202, accepted.Status);
        var id = accepted.Body.GetProperty("id").GetString();
        var task = await Support.Api.UntilAsync(
            () => Api.GetAsync($"/api/v1/tasks/{id}"),
            t => t.GetProperty("state").GetString() != "running"
        );
        Assert.True(task.GetProperty("state").GetString() == "done", task.ToString());
        return task;
    }

    private static (long Touched, long Skipped) Result(JsonElement task) =>
        (
            task.GetProperty("result").GetProperty("touched").GetInt64(),
            Support.Api.Numbers(task.GetProperty("result").GetProperty("skipped")).Values.Sum()
        );

    [Fact]
    public async Task A_dry_run_reports_the_runs_that_the_action_then_touches_and_touches_none()
    {
        var number = await FilledAsync(1300, 40);
        object Release(bool dryRun) =>
            new
            {
                select = new { element = "w1" },
                action = "release",
                dryRun,
            };

        var dry = await BulkAsync(number, Release(true));
        Assert.Equal(200, dry.Status);
        Assert.Equal((1300, 0), Result(dry.Body));
        Assert.Equal((1300, 40), (await Api.LiveAsync(number)) is var before ? (before.At("w1"), before.At("w2")) : default);

        var task = await DoneAsync(await BulkAsync(number, Release(false)));

        Assert.Equal((1300, 0), Result(task));
        Assert.Equal((1300, 1300), (task.GetProperty("done").GetInt64(), task.GetProperty("total").GetInt64()));
        var live = await Api.LiveAsync(number);
        Assert.Equal((0, 1340), (live.At("w1"), live.At("w2")));
        Assert.Equal(
            "start > c1:else > w1 > w2 > waiting",
            (await Api.RunAsync(number, (await Api.RunsAsync(number, Graph.Profile(7)))[0].RunId)).Path
        );
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task Each_action_does_to_all_what_its_command_does_to_one()
    {
        var number = await FilledAsync(30, 20);
        var until = DateTimeOffset.UtcNow.AddDays(40);
        string[] some = [Graph.Profile(1), Graph.Profile(2), Graph.Profile(31), "nobody"];

        Assert.Equal(
            (3, 0),
            Result(
                await DoneAsync(
                    await BulkAsync(
                        number,
                        new
                        {
                            select = new { profileIds = some },
                            action = "postpone",
                            until,
                        }
                    )
                )
            )
        );
        Assert.Equal(2, (await Api.RunsAtAsync(number, "w1")).Count(r => r.LeavesAt > DateTimeOffset.UtcNow.AddDays(39)));

        var chosen = (await Api.RunsAtAsync(number, "w1")).Take(5).Select(r => r.RunId).ToList();
        Assert.Equal(
            (5, 0),
            Result(
                await DoneAsync(
                    await BulkAsync(
                        number,
                        new
                        {
                            select = new { runIds = chosen },
                            action = "move",
                            to = "w2",
                        }
                    )
                )
            )
        );
        Assert.Equal((25, 25), await Api.LiveAsync(number) is var moved ? (moved.At("w1"), moved.At("w2")) : default);

        Assert.Equal(
            (50, 0),
            Result(
                await DoneAsync(
                    await BulkAsync(
                        number,
                        new { select = new { enteredBefore = DateTimeOffset.UtcNow.AddMinutes(1) }, action = "remove" }
                    )
                )
            )
        );
        Assert.Equal(0, (await Api.LiveAsync(number)).Inside);
        Assert.All(await Api.RunsAsync(number), run => Assert.Equal(("left", "removed"), (run.State, run.Reason)));
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task Frozen_runs_can_be_removed_and_nothing_else()
    {
        var number = await FilledAsync(10, 0);
        await Api.DeactivateAsync(number, "freeze");

        Assert.Equal(
            (409, "inactive"),
            await BulkAsync(number, new { select = new { element = "w1" }, action = "release" }) is var refused
                ? (refused.Status, refused.Code)
                : default
        );
        Assert.Equal(
            (10, 0),
            Result(await DoneAsync(await BulkAsync(number, new { select = new { element = "w1" }, action = "remove" })))
        );
        Assert.Equal(0, (await Api.LiveAsync(number)).Inside);
    }

    [Fact]
    public async Task The_same_key_is_the_same_task()
    {
        var number = await FilledAsync(10, 0);
        var body = new { select = new { element = "w1" }, action = "release" };

        var first = await BulkAsync(number, body, "again");
        await DoneAsync(first);
        var second = await BulkAsync(number, body, "again");

        Assert.Equal(
            (202, true, first.Body.GetProperty("id").GetString()),
            (second.Status, second.Replayed, second.Body.GetProperty("id").GetString())
        );
        Assert.Equal(10, (await Api.LiveAsync(number)).At("w2"));
    }

    [Fact]
    public async Task A_task_is_listed_and_an_ended_one_is_not_cancelled()
    {
        var number = await FilledAsync(3, 0);
        var task = await DoneAsync(await BulkAsync(number, new { select = new { element = "w1" }, action = "remove" }));
        var id = task.GetProperty("id").GetString();

        var listed = (await Api.GetAsync($"/api/v1/tasks?scenario={number}&state=done")).GetProperty("items");
        Assert.Equal([id], listed.EnumerateArray().Select(t => t.GetProperty("id").GetString()));
        Assert.Equal(
            (409, "taskEnded"),
            await Api.SendAsync(HttpMethod.Post, $"/api/v1/tasks/{id}:cancel") is var refused
                ? (refused.Status, refused.Code)
                : default
        );
        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Get, $"/api/v1/tasks/{Guid.NewGuid()}")).Status);
        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Get, "/api/v1/tasks/nope")).Status);
    }

    [Fact]
    public async Task A_cancelled_task_stops_after_the_page_under_way_and_says_how_many_it_did()
    {
        var number = await FilledAsync(3000, 0);
        // One slice cannot commit, so the first page stays under way until the lock is given back.
        await using var held = await HeldPartition.HoldAsync(node.Database, TestNode.Tenant, number, 0);
        var accepted = await BulkAsync(number, new { select = new { element = "w1" }, action = "release" });
        var path = $"/api/v1/tasks/{accepted.Body.GetProperty("id").GetString()}";
        await Support.Api.UntilAsync(() => held.WaitersAsync(), n => n > 0);

        var cancelling = Api.SendAsync(HttpMethod.Post, path + ":cancel");
        await held.ReleaseAsync();
        var cancelled = (await cancelling).Ok();

        Assert.Equal("cancelled", cancelled.GetProperty("state").GetString());
        var done = cancelled.GetProperty("done").GetInt64();
        Assert.InRange(done, 1, 2999);
        Assert.Equal(done, (await Api.LiveAsync(number)).At("w2"));
        Assert.Equal(done, (await Api.GetAsync(path)).GetProperty("done").GetInt64());
        var entry = Assert.Single((await Api.GetAsync("/api/v1/audit?limit=1000")).GetProperty("items").EnumerateArray(), e =>
            e.GetProperty("subject").GetString() == $"task/{path.Split('/')[^1]}"
        );
        Assert.Equal("cancel", entry.GetProperty("action").GetString());
    }

    [Theory]
    [InlineData("""{"select": {}, "action": "remove"}""", 422, "emptySelection")]
    [InlineData("""{"action": "remove"}""", 422, "required")]
    [InlineData("""{"select": {"element": "w1"}}""", 422, "required")]
    [InlineData("""{"select": {"element": "w1"}, "action": "explode"}""", 422, "unknownValue")]
    [InlineData("""{"select": {"element": "w1"}, "action": "postpone"}""", 422, "required")]
    [InlineData("""{"select": {"element": "w1"}, "action": "postpone", "until": "2020-01-01T00:00:00Z"}""", 422, "outOfRange")]
    [InlineData("""{"select": {"element": "w1"}, "action": "move"}""", 422, "required")]
    [InlineData("""{"select": {"element": "w1"}, "action": "move", "to": "nope"}""", 422, "unknownElement")]
    [InlineData("""{"select": {"element": "w1"}, "action": "move", "to": "start"}""", 422, "unknownElement")]
    [InlineData("""{"select": {"element": "w1"}, "action": "remove", "to": "w2"}""", 422, "notAllowed")]
    [InlineData("""{"select": {"profileIds": []}, "action": "remove"}""", 422, "tooFew")]
    [InlineData("""{"select": {"profileIds": [""]}, "action": "remove"}""", 422, "empty")]
    [InlineData("""{"select": {"runIds": ["x"]}, "action": "remove"}""", 422, "invalidId")]
    [InlineData("""{"select": {"elements": ["w1"]}, "action": "remove"}""", 422, "unknownField")]
    public async Task A_bulk_action_without_meaning_is_refused(string body, int status, string code)
    {
        var number = await FilledAsync(1, 0);

        var reply = await BulkAsync(number, body);

        Assert.Equal((status, code), (reply.Status, reply.Code));
        Assert.Equal(1, (await Api.LiveAsync(number)).At("w1"));
    }

    [Fact]
    public async Task More_ids_than_a_list_may_have_are_too_many()
    {
        var number = await FilledAsync(1, 0);

        var reply = await BulkAsync(
            number,
            new { select = new { profileIds = Enumerable.Range(0, 10_001).Select(Graph.Profile) }, action = "remove" }
        );

        Assert.Equal((413, "tooLarge"), (reply.Status, reply.Code));
    }
}
