using System.Text;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>Batches that answer later: the result of the task is what the batch would have answered at once.</summary>
[Collection(ApiCollection.Name)]
public sealed class BatchTaskTests(ApiFixture api)
{
    private static Task<ApiAnswer> LaterAsync(ApiCaller caller, string path, string items, string? key = null) =>
        caller.SendAsync(
            "POST",
            path + "/captures:batch",
            Encoding.UTF8.GetBytes($$"""{"items": [{{items}}]}"""),
            "application/json",
            key is null ? [("Prefer", "respond-async")] : [("Prefer", "respond-async, wait=10"), ("Idempotency-Key", key)]
        );

    private static Task<JsonElement> EndedAsync(ApiCaller caller, ApiAnswer accepted) =>
        Support.Api.UntilAsync(
            async () => (await caller.GetAsync(accepted.Header("Location")!)).Json,
            task => task.GetProperty("state").GetString() != "running"
        );

    [Fact]
    public async Task The_result_of_the_task_is_what_the_batch_would_have_answered()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.Admin.PutAsync("/api/v1/databases/shop/profiles/one", """{"email": "two@example.com"}""");
        await scenario.Admin.PutAsync("/api/v1/databases/shop/profiles/other", """{"email": "two@example.com"}""");
        const string Items = """
            {"profileId": "ann", "profile": {"fields": {"tier": "gold"}}}, {"profileId": "ann"}, {"profileId": "bob", "surprise": 1}, {"profileId": "nobody"},
            {"match": {"email": "two@example.com"}}, {"match": {"email": "new@example.com"}, "profile": {"fields": {"tier": "gold"}}}, {"profileId": "ann", "profile": {"fields": {"tier": "gold"}}}
            """;

        var accepted = await LaterAsync(scenario.Admin, scenario.Path, Items);
        Assert.Equal((202, "respond-async"), (accepted.Status, accepted.Header("Preference-Applied")));
        var task = await EndedAsync(scenario.Admin, accepted);

        Assert.Equal(
            ("captures", "done", 7, 7),
            (
                task.GetProperty("kind").GetString(),
                task.GetProperty("state").GetString(),
                task.GetProperty("done").GetInt32(),
                task.GetProperty("total").GetInt32()
            )
        );
        var result = task.GetProperty("result");
        Assert.Equal(
            (2, 4, 1),
            (
                result.GetProperty("accepted").GetInt32(),
                result.GetProperty("declined").GetInt32(),
                result.GetProperty("failed").GetInt32()
            )
        );
        Assert.Equal(
            [
                "accepted",
                "engaged",
                "unknownField /items/2/surprise",
                "profileNotFound",
                "ambiguousMatch",
                "accepted",
                "engaged applied",
            ],
            result.GetProperty("items").EnumerateArray().Select(Told)
        );
        // The same batch at once answers the same, but for those who stand inside by now.
        var atOnce = (await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", $$"""{"items": [{{Items}}]}"""))
            .Json.GetProperty("items")
            .EnumerateArray()
            .Select(Told);
        Assert.Equal(
            [
                "engaged applied",
                "engaged",
                "unknownField /items/2/surprise",
                "profileNotFound",
                "ambiguousMatch",
                "engaged applied",
                "engaged applied",
            ],
            atOnce
        );
        Assert.Equal(2, (await scenario.GetAsync("/live")).GetProperty("inside").GetInt32());
    }

    [Fact]
    public async Task A_batch_of_several_pieces_keeps_the_order_of_its_list_for_each_profile()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"reentryMode": "restart"}""");
        // Each profile three times, far apart: the last one stays, and the others ended restarted.
        var items = string.Join(
            ',',
            Enumerable
                .Range(0, 3000)
                .Select(i =>
                    $$"""{"profileId": "p{{i % 1000}}", "profile": {"fields": {"tier": "gold"} }, "content": {"n": {{i}} } }"""
                )
        );

        var task = await EndedAsync(scenario.Admin, await LaterAsync(scenario.Admin, scenario.Path, items));

        var runs = task.GetProperty("result")
            .GetProperty("items")
            .EnumerateArray()
            .Select(i => i.GetProperty("runId").GetString())
            .ToList();
        Assert.Equal(3000, runs.Distinct().Count());
        foreach (var profile in (int[])[0, 7, 999])
        {
            var inside = await scenario.GetAsync($"/profiles/p{profile}");
            Assert.Equal(
                [runs[2000 + profile]],
                inside.GetProperty("open").EnumerateArray().Select(r => r.GetProperty("runId").GetString())
            );
            Assert.Equal(
                [runs[1000 + profile], runs[profile]],
                inside
                    .GetProperty("ended")
                    .EnumerateArray()
                    .Select(r => r.GetProperty("runId").GetString())
                    .OrderDescending(StringComparer.Ordinal)
            );
            Assert.Equal(
                $$"""{"n": {{2000 + profile}} }""",
                (await scenario.Admin.GetAsync($"{scenario.Path}/runs/{runs[2000 + profile]}/content")).Text
            );
        }
        Assert.Equal(1000, (await scenario.GetAsync("/live")).GetProperty("inside").GetInt32());
    }

    [Fact]
    public async Task A_batch_sent_again_under_its_key_is_the_same_task_and_an_items_key_holds_across_both_ways()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"reentryMode": "parallel"}""");
        const string Items =
            """{"profileId": "ann", "profile": {"fields": {"tier": "gold"}}, "key": "own"}, {"profileId": "ann"}""";

        var first = await LaterAsync(scenario.Admin, scenario.Path, Items, "once");
        var task = await EndedAsync(scenario.Admin, first);
        var second = await LaterAsync(scenario.Admin, scenario.Path, Items, "once");
        var atOnce = await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", $$"""{"items": [{{Items}}]}""");

        Assert.Equal(
            (202, "true", first.Header("Location")),
            (second.Status, second.Header("Idempotency-Replayed"), second.Header("Location"))
        );
        Assert.Equal(
            (422, "idempotencyKeyReused"),
            await LaterAsync(scenario.Admin, scenario.Path, """{"profileId": "bob"}""", "once") is var reused
                ? (reused.Status, reused.Code)
                : default
        );
        Assert.Equal(
            task.GetProperty("result").GetProperty("items")[0].GetProperty("runId").GetString(),
            atOnce.Json.GetProperty("items")[0].GetProperty("runId").GetString()
        );
        Assert.True(atOnce.Json.GetProperty("items")[0].GetProperty("replayed").GetBoolean());
        Assert.Equal(3, (await scenario.GetAsync("/live")).GetProperty("inside").GetInt32());
    }

    [Fact]
    public async Task A_token_that_only_sends_is_answered_at_once()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var ingest = await scenario.ColleagueAsync(api, "ingest");

        var answer = await LaterAsync(
            ingest,
            scenario.Path,
            """{"profileId": "ann", "profile": {"fields": {"tier": "gold"}}}"""
        );

        Assert.Equal((200, 1), (answer.Status, answer.Json.GetProperty("accepted").GetInt32()));
    }

    private static string Told(JsonElement item)
    {
        if (item.TryGetProperty("error", out var error))
            return $"{error.GetProperty("code").GetString()} {error.GetProperty("path").GetString()}";
        return item.GetProperty("accepted").GetBoolean()
            ? "accepted"
            : item.GetProperty("reason").GetString() + (item.TryGetProperty("profileApplied", out _) ? " applied" : "");
    }
}
