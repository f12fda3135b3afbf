using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>Idempotency keys of captures, and batches.</summary>
public sealed class KeyTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private Support.Api Api => cluster.First.Api;

    [Theory]
    [InlineData("parallel")]
    [InlineData("restart")]
    public async Task A_key_sent_fifty_times_at_once_gives_one_run_and_one_answer(string reentryMode)
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode });

        var outcomes = await AtOnceAsync(50, (api, _) =>
            api.CaptureAsync(number, "ann", key: $"once {reentryMode}", content: new { a = 1.50m })
        );

        Assert.All(outcomes, o => Assert.Equal((201, true), (o.Status, o.Accepted)));
        var run = Assert.Single(outcomes.Select(o => o.RunId).Distinct());
        Assert.Single(outcomes, o => !o.Replayed);
        await Invariants.HoldAsync(Api, number, [run]);
    }

    [Fact]
    public async Task A_decline_is_answered_again_under_its_key_also_when_the_profile_could_enter_by_now()
    {
        var number = await Api.ActiveAsync();
        var first = await Api.CaptureAsync(number, "ann");
        Assert.Equal("engaged", (await Api.CaptureAsync(number, "ann", key: "declined")).Reason);
        await Api.ClearAsync(number);

        var again = await Api.CaptureAsync(number, "ann", key: "declined");

        Assert.Equal((200, "engaged", true), (again.Status, again.Reason, again.Replayed));
        await Invariants.HoldAsync(Api, number, [first.RunId]);
    }

    [Fact]
    public async Task A_key_with_another_body_is_refused()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "parallel" });
        var first = await Api.CaptureAsync(number, "ann", key: "other body", content: new { a = 1, b = 2 });

        // The same, in another order
        Assert.True((await Api.CaptureAsync(number, "ann", key: "other body", content: new { b = 2, a = 1 })).Replayed);
        var other = await Api.CaptureAsync(number, "ann", key: "other body", content: new { a = 1, b = 3 });

        Assert.Equal((422, "idempotencyKeyReused"), (other.Status, other.Reason));
        await Invariants.HoldAsync(Api, number, [first.RunId]);
    }

    [Fact]
    public async Task A_key_used_for_different_profiles_at_once_belongs_to_one_of_them()
    {
        var number = await Api.ActiveAsync();

        var outcomes = await AtOnceAsync(24, (api, i) => api.CaptureAsync(number, Graph.Profile(i), key: "one of many"));

        var won = Assert.Single(outcomes, o => o.Accepted);
        Assert.All(outcomes.Where(o => !o.Accepted), o => Assert.Equal((422, "idempotencyKeyReused"), (o.Status, o.Reason)));
        await Invariants.HoldAsync(Api, number, [won.RunId]);
    }

    [Fact]
    public async Task A_key_belongs_to_one_scenario()
    {
        var (first, second) = (await Api.ActiveAsync(), await Api.ActiveAsync());
        var captured = await Api.CaptureAsync(first, "ann", key: "of the first");

        Assert.Equal(422, (await Api.CaptureAsync(second, "ann", key: "of the first")).Status);
        await Invariants.HoldAsync(Api, first, [captured.RunId]);
        await Invariants.HoldAsync(Api, second, []);
    }

    [Fact]
    public async Task A_batch_answers_in_order_and_a_bad_item_spoils_nothing()
    {
        var number = await Api.ActiveAsync();

        var outcomes = await Api.CaptureAllAsync(
            number,
            [
                new { profileId = "ann", profile = new { } },
                new
                {
                    profileId = "bob",
                    profile = new { },
                    colour = "red",
                },
                new { profileId = "cyd" },
                new
                {
                    profileId = "dan",
                    profile = new { },
                    start = "nowhere",
                },
                new { profileId = "ann", profile = new { } },
                new { profileId = "", profile = new { } },
                new { profileId = "eve", profile = new { } },
            ]
        );

        Assert.Equal(
            ["accepted", "unknownField", "profileNotFound", "unknownStart", "engaged", "422", "accepted"],
            outcomes
                .Index()
                .Select(o =>
                    o.Item.Accepted ? "accepted"
                    : o.Index == 5 ? $"{o.Item.Status}"
                    : o.Item.Reason
                )
        );
        await Invariants.HoldAsync(Api, number, [outcomes[0].RunId, outcomes[6].RunId]);
    }

    [Fact]
    public async Task Items_of_one_profile_act_in_the_order_of_the_list()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "restart" });

        var outcomes = await Api.CaptureAllAsync(
            number,
            Enumerable
                .Range(0, 60)
                .Select(
                    object (i) =>
                        new
                        {
                            profileId = $"p{i % 3}",
                            profile = new { fields = new { points = i } },
                            content = new { i },
                        }
                )
        );

        Assert.All(outcomes, o => Assert.True(o.Accepted));
        var open = await Api.RunsAtAsync(number, "w1");
        Assert.Equal(outcomes.TakeLast(3).Select(o => o.RunId).Order(), open.Select(r => r.RunId).Order());
        var database = (await Api.ScenarioOfAsync(number)).GetProperty("database").GetString()!;
        var points = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(async i =>
                    (await Api.ProfileOfAsync(database, $"p{i}")).GetProperty("fields").GetProperty("points").GetInt32()
                )
        );
        Assert.Equal([57, 58, 59], points);
        await Invariants.HoldAsync(Api, number, [.. outcomes.Select(o => o.RunId)]);
    }

    [Fact]
    public async Task A_batch_repeated_under_its_key_captures_no_profile_twice()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "parallel" });
        var items = Enumerable
            .Range(0, 200)
            .Select(object (i) => new { profileId = Graph.Profile(i), profile = new { } })
            .ToList();

        var answers = await AtOnceAsync(4, (api, _) => api.CaptureAllAsync(number, items, key: "batch"));

        Assert.All(answers, answer => Assert.Equal(answers[0].Select(o => o.RunId), answer.Select(o => o.RunId)));
        await Invariants.HoldAsync(Api, number, [.. answers[0].Select(o => o.RunId)]);
    }

    private async Task<T[]> AtOnceAsync<T>(int n, Func<Support.Api, int, Task<T>> call) =>
        await Task.WhenAll(Enumerable.Range(0, n).Select(i => call(cluster.Nodes[i % cluster.Nodes.Count].Api, i)));

    /// <summary>
    /// A8: the same items, one by one and as a batch, good and bad ones and two for one profile among them, come to the same.
    /// </summary>
    [Fact]
    public async Task What_becomes_of_an_item_is_what_would_have_become_of_it_alone()
    {
        const int Items = 120;
        var (singly, together) = (await Api.ActiveAsync(), await Api.ActiveAsync());
        object Item(int i) =>
            (i % 12) switch
            {
                3 => new { profileId = Graph.Profile(i - 1), profile = new { } }, // inside already
                5 => new { profileId = $"nobody{i}" }, // and not made
                6 => new { profileId = "", profile = new { } },
                7 => new { profileId = Graph.Profile(i), profile = new { fields = new { colour = "red" } } }, // no such field
                8 => new
                {
                    profileId = Graph.Profile(i),
                    profile = new { },
                    content = new[] { 1 },
                },
                9 => new { profile = new { } },
                10 => new
                {
                    profileId = Graph.Profile(i),
                    profile = new { },
                    start = "w1",
                },
                11 => new
                {
                    profileId = Graph.Profile(i),
                    profile = new { },
                    unknown = true,
                },
                _ => new
                {
                    profileId = Graph.Profile(i),
                    profile = new { fields = new { points = i } },
                    content = new { i },
                },
            };

        var batch = await Api.CaptureAllAsync(together, Enumerable.Range(0, Items).Select(Item));
        var alone = new List<string>();
        for (var i = 0; i < Items; i++)
        {
            var reply = await Api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{singly}/captures", Item(i));
            alone.Add(
                reply.Status == 201 ? "accepted"
                : reply.Status == 200 ? reply.Body.GetProperty("reason").GetString()!
                : $"{reply.Status} {reply.Code}"
            );
        }

        Assert.Equal(
            alone,
            batch.Select(o =>
                o.Accepted ? "accepted"
                : o.Status == 200 ? o.Reason!
                : $"{o.Status} {o.Reason}"
            )
        );
        Assert.True(alone.Distinct().Count() >= 6, string.Join(", ", alone.Distinct()));
        var counts = new[] { await Api.StatisticsAsync(singly), await Api.StatisticsAsync(together) }
            .Select(s => s.GetProperty("totals").ToString())
            .ToList();
        Assert.Equal(counts[0], counts[1]);
        await Invariants.HoldAsync(Api, together, [.. batch.Where(o => o.Accepted).Select(o => o.RunId)]);
    }
}
