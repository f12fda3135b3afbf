using System.Text;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class CaptureTests(ApiFixture api)
{
    [Fact]
    public async Task A_capture_begins_a_run_with_its_content_exactly_as_sent()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        var answer = await scenario.CaptureAsync(
            """{"profileId": "ann", "profile": {"fields": {"tier": "gold"}}, "content": { "order": 9007199254740993, "sum": 1.50 }}"""
        );

        Assert.Equal(201, answer.Status);
        var run = answer.Json.GetProperty("runId").GetGuid();
        Assert.Equal($"{scenario.Path}/runs/{run}", answer.Header("Location"));
        var seen = await scenario.GetAsync($"/runs/{run}");
        Assert.Equal(
            ["start", "c1", "w1"],
            seen.GetProperty("trail").EnumerateArray().Select(s => s.GetProperty("element").GetString())
        );
        Assert.Equal("waiting", seen.GetProperty("state").GetString());
        var content = await scenario.Admin.GetAsync($"{scenario.Path}/runs/{run}/content");
        Assert.Equal("""{ "order": 9007199254740993, "sum": 1.50 }""", content.Text);
        Assert.StartsWith("attachment", content.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal("nosniff", content.Header("X-Content-Type-Options"));
    }

    [Fact]
    public async Task A_key_answers_as_before_whatever_the_order_of_members_and_refuses_another_body()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var first = await scenario.CaptureAsync("""{"profileId": "ann", "profile": {}, "content": {"a": 1, "b": 2}}""", "k1");

        var again = await scenario.CaptureAsync("""{ "content": {"b": 2, "a": 1}, "profile": {}, "profileId": "ann" }""", "k1");
        var other = await scenario.CaptureAsync("""{"profileId": "ann", "content": {"a": 2}}""", "k1");

        Assert.Equal((201, first.Text, "true"), (again.Status, again.Text, again.Header("Idempotency-Replayed")));
        Assert.Null(first.Header("Idempotency-Replayed"));
        Assert.Equal((422, "idempotencyKeyReused"), (other.Status, other.Code));
    }

    [Fact]
    public async Task A_decline_under_a_key_is_answered_as_before_also_when_things_have_changed()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);
        const string body = """{"profileId": "ann", "profile": {}}""";
        var first = await scenario.CaptureAsync(body, "k1");
        await scenario.Admin.PostAsync(scenario.Path + ":activate", "{}");

        var again = await scenario.CaptureAsync(body, "k1");

        Assert.Equal((200, "inactive"), (first.Status, first.Json.GetProperty("reason").GetString()));
        Assert.Equal((200, first.Text, "true"), (again.Status, again.Text, again.Header("Idempotency-Replayed")));
    }

    [Fact]
    public async Task A_declined_captures_profile_is_applied_and_said_so()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);

        var answer = await scenario.CaptureAsync("""{"profileId": "ann", "profile": {"email": "ann@example.com"}}""");

        Assert.Equal("""{"accepted":false,"reason":"inactive","profileApplied":true}""", answer.Text);
        Assert.Equal(
            "ann@example.com",
            (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles/ann")).Json.GetProperty("email").GetString()
        );
    }

    [Theory]
    [InlineData("""{"match": {"email": "ANN@example.com"}}""", "ann")]
    [InlineData("""{"match": {"phone": "+491234567"}}""", "ann")]
    [InlineData("""{"match": {"email": "second@example.com"}}""", "ann")]
    [InlineData("""{"match": {"field": "card", "value": 12}}""", "ann")]
    public async Task A_match_finds_the_profile(string body, string profile)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.Admin.PutAsync(
            "/api/v1/databases/shop/profiles/ann",
            """
            {"email": "Ann@Example.com", "phone": "+491234567", "fields": {"card": 12},
             "subscriptions": [{"channel": "email", "address": "second@example.com", "status": "subscribed"}]}
            """
        );

        var answer = await scenario.CaptureAsync(body);

        Assert.Equal(201, answer.Status);
        Assert.Equal(
            profile,
            (await scenario.GetAsync($"/runs/{answer.Json.GetProperty("runId").GetGuid()}"))
                .GetProperty("profileId")
                .GetString()
        );
    }

    [Fact]
    public async Task An_ambiguous_match_and_one_that_finds_no_profile_are_declined_and_counted()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        foreach (var id in (string[])["a", "b"])
            await scenario.Admin.PutAsync($"/api/v1/databases/shop/profiles/{id}", """{"email": "two@example.com"}""");

        Assert.Equal(
            """{"accepted":false,"reason":"ambiguousMatch"}""",
            (await scenario.CaptureAsync("""{"match": {"email": "two@example.com"}}""")).Text
        );
        Assert.Equal(
            """{"accepted":false,"reason":"profileNotFound"}""",
            (await scenario.CaptureAsync("""{"match": {"phone": "+4999999"}}""")).Text
        );
        var declined = (await scenario.GetAsync("/statistics")).GetProperty("totals").GetProperty("declined");
        Assert.Equal(
            (1, 1),
            (declined.GetProperty("ambiguousMatch").GetInt32(), declined.GetProperty("profileNotFound").GetInt32())
        );
    }

    [Fact]
    public async Task A_match_that_finds_no_profile_creates_the_one_it_brings_once()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        const string body = """{"match": {"email": "new@example.com"}, "profile": {"fields": {"card": 7}}}""";

        var first = await scenario.CaptureAsync(body, "k1");
        var again = await scenario.CaptureAsync(body, "k1");

        Assert.Equal((201, first.Text), (again.Status, again.Text));
        var found = (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles?q=new@example.com")).Json.GetProperty(
            "items"
        );
        Assert.Equal(
            """{"card":7}""",
            Assert.Single(found.EnumerateArray()).GetProperty("fields").GetRawText().Replace(" ", "", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{"profileId": "a", "match": {"email": "a@b.de"}}""", "exactlyOneOf", "")]
    [InlineData("""{}""", "exactlyOneOf", "")]
    [InlineData("""{"match": {"email": "a@b.de", "phone": "+4912345"}}""", "exactlyOneOf", "/match")]
    [InlineData("""{"match": {}}""", "exactlyOneOf", "/match")]
    [InlineData("""{"match": {"field": "card"}}""", "exactlyOneOf", "/match")]
    [InlineData("""{"match": {"field": "nope", "value": 1}}""", "unknownField", "/match/field")]
    [InlineData("""{"match": {"field": "card", "value": "x"}}""", "wrongType", "/match/value")]
    [InlineData("""{"match": {"email": "a@b.de\r\nBcc: x"}}""", "invalidEmail", "/match/email")]
    [InlineData("""{"match": {"phone": "++7"}}""", "invalidPhone", "/match/phone")]
    [InlineData("""{"profileId": ""}""", "empty", "/profileId")]
    [InlineData("""{"profileId": "  "}""", "blank", "/profileId")]
    [InlineData("""{"profileId": null}""", "wrongType", "/profileId")]
    [InlineData("""{"profileId": 12}""", "wrongType", "/profileId")]
    [InlineData("""{"profileId": "a\u0000b"}""", "unsupportedCharacter", "/profileId")]
    [InlineData("""{"profileId": "a", "tenantId": 7}""", "unknownField", "/tenantId")]
    [InlineData("""{"profileId": "a", "key": "k"}""", "unknownField", "/key")]
    [InlineData("""{"profileId": "a", "__proto__": {}}""", "unknownField", "/__proto__")]
    [InlineData("""{"profileId": "a", "content": []}""", "wrongType", "/content")]
    [InlineData("""{"profileId": "a", "profile": {"fields": {"nope": 1}}}""", "unknownField", "/profile/fields/nope")]
    [InlineData("""{"profileId": "a", "profile": {"fields": {"tier": 1}}}""", "wrongType", "/profile/fields/tier")]
    [InlineData("""{"profileId": "a", "profile": {"id": "b"}}""", "unknownField", "/profile/id")]
    [InlineData("""{"profileId": "a", "start": ""}""", "invalidId", "/start")]
    [InlineData("""{"profileId": "a", "attachments": []}""", "notSupportedYet", "/attachments")]
    public async Task A_capture_without_meaning_is_refused_with_its_path_and_changes_nothing(
        string body,
        string code,
        string path
    )
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        var answer = await scenario.CaptureAsync(body);

        Assert.Equal((422, code), (answer.Status, answer.Code));
        Assert.Equal(path, answer.Json.GetProperty("errors")[0].GetProperty("path").GetString());
        Assert.Empty((await scenario.GetAsync("/statistics")).GetProperty("totals").GetProperty("declined").EnumerateObject());
        Assert.Equal(404, (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles/a")).Status);
    }

    [Fact]
    public async Task Content_is_taken_up_to_its_limits_and_no_further()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"reentryMode": "parallel"}""");
        string Sized(int bytes) =>
            $$$"""{"profileId": "a", "profile": {}, "content": {"x":"{{{new string('x', bytes - 8)}}}"}}""";
        string Deep(int levels) =>
            $$$"""{"profileId": "a", "profile": {}, "content": {{{new StringBuilder().Insert(0, "{\"x\":", levels - 1)}}}{}{{{new string('}', levels - 1)}}}}""";

        Assert.Equal(201, (await scenario.CaptureAsync(Sized(64 << 10))).Status);
        Assert.Equal("contentTooLarge", (await scenario.CaptureAsync(Sized((64 << 10) + 1))).Code);
        Assert.Equal(201, (await scenario.CaptureAsync(Deep(16))).Status);
        Assert.Equal((422, "tooDeep"), await scenario.CaptureAsync(Deep(17)) is var deep ? (deep.Status, deep.Code) : default);
        Assert.Equal(400, (await scenario.CaptureAsync(Deep(1000))).Status);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("01")]
    [InlineData("1e3")]
    [InlineData("%D9%A3")]
    [InlineData("9223372036854775808")]
    [InlineData("99999")]
    public async Task A_missing_scenario_answers_like_one_of_another_tenant(string number)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        var answer = await scenario.Admin.PostAsync($"/api/v1/scenarios/{number}/captures", """{"profileId": "a"}""");

        Assert.Equal((404, "notFound"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Each_item_of_a_batch_has_its_outcome_in_order_and_a_bad_one_spoils_no_other()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        var answer = await scenario.Admin.PostAsync(
            scenario.Path + "/captures:batch",
            """
            {"items": [
                {"profileId": "a", "profile": {"fields": {"tier": "gold"}}},
                {"profileId": "a"},
                null,
                {"profileId": "b", "x": 1},
                {"profileId": "b", "profile": {}, "key": "b1"},
                {"profileId": "unknown"},
                {"match": {"email": "new@example.com"}, "profile": {"fields": {"tier": "gold"}}},
                {"match": {"email": "NEW@example.com"}}]}
            """
        );

        Assert.Equal(200, answer.Status);
        Assert.Equal(
            (3, 3, 2),
            (
                answer.Json.GetProperty("accepted").GetInt32(),
                answer.Json.GetProperty("declined").GetInt32(),
                answer.Json.GetProperty("failed").GetInt32()
            )
        );
        Assert.Equal(
            [
                "accepted",
                "engaged",
                "wrongType /items/2",
                "unknownField /items/3/x",
                "accepted",
                "profileNotFound",
                "accepted",
                "engaged",
            ],
            answer
                .Json.GetProperty("items")
                .EnumerateArray()
                .Select(item =>
                    item.TryGetProperty("error", out var error)
                        ? $"{error.GetProperty("code").GetString()} {error.GetProperty("path").GetString()}"
                    : item.GetProperty("accepted").GetBoolean() ? "accepted"
                    : item.GetProperty("reason").GetString()
                )
        );
    }

    [Fact]
    public async Task A_batch_sent_again_under_its_key_begins_no_run_twice()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"reentryMode": "parallel"}""");
        var body =
            $$"""{"items": [{{string.Join(",", Enumerable.Range(0, 300).Select(i => $$$"""{"profileId": "p{{{i % 100}}}", "profile": {"fields": {"tier": "gold"} } }"""))}}]}""";

        var first = await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", body, "b1");
        var again = await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", body, "b1");

        Assert.Equal(300, first.Json.GetProperty("accepted").GetInt32());
        static IEnumerable<Guid> Runs(ApiAnswer answer) =>
            answer.Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("runId").GetGuid());
        Assert.Equal(Runs(first), Runs(again));
        Assert.All(again.Json.GetProperty("items").EnumerateArray(), item =>
            Assert.True(item.GetProperty("replayed").GetBoolean())
        );
        Assert.Equal(300, (await scenario.GetAsync("/live")).GetProperty("inside").GetInt64());
    }

    [Theory]
    [InlineData("""{"items": []}""", 422, "tooFew")]
    [InlineData("""{}""", 422, "required")]
    [InlineData("""{"items": [], "x": 1}""", 422, "tooFew")]
    [InlineData("""{"items": [{"profileId": "a", "profileId": "b"}]}""", 400, "duplicateField")]
    [InlineData("""{"items": [""", 400, "invalidJson")]
    public async Task A_batch_that_is_none_is_refused_whole(string body, int status, string code)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        var answer = await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_batch_has_at_most_ten_thousand_items()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        string Batch(int n) =>
            $$"""{"items": [{{string.Join(",", Enumerable.Range(0, n).Select(i => $$"""{"profileId": "p{{i}}" }"""))}}]}""";

        Assert.Equal("tooMany", (await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", Batch(10_001))).Code);
        Assert.Equal(
            10_000,
            (await scenario.Admin.PostAsync(scenario.Path + "/captures:batch", Batch(10_000)))
                .Json.GetProperty("declined")
                .GetInt32()
        );
    }

    [Fact]
    public async Task Viewers_may_not_capture_and_tokens_of_another_group_see_no_scenario()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, about: """{"groups": ["crm"]}""");
        const string body = """{"profileId": "a", "profile": {}}""";

        Assert.Equal(
            403,
            (await (await scenario.ColleagueAsync(api, "viewer", "crm")).PostAsync(scenario.Path + "/captures", body)).Status
        );
        Assert.Equal(
            404,
            (
                await (await scenario.ColleagueAsync(api, "operator", "sales")).PostAsync(scenario.Path + "/captures", body)
            ).Status
        );
        Assert.Equal(
            201,
            (await (await scenario.ColleagueAsync(api, "ingest", "crm")).PostAsync(scenario.Path + "/captures", body)).Status
        );
    }

    [Fact]
    public async Task A_field_added_a_moment_ago_is_known()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        Assert.Equal(
            "unknownField",
            (await scenario.CaptureAsync("""{"profileId": "a", "profile": {"fields": {"size": "L"}}}""")).Code
        );
        Assert.Equal(
            200,
            (
                await scenario.Admin.PatchAsync("/api/v1/databases/shop", """{"fields": [{"name": "size", "type": "text"}]}""")
            ).Status
        );

        Assert.Equal(201, (await scenario.CaptureAsync("""{"profileId": "a", "profile": {"fields": {"size": "L"}}}""")).Status);
    }
}
