using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>A caller of Altcraft changes one host name.</summary>
[Collection(ApiCollection.Name)]
public sealed class AltcraftTests(ApiFixture api)
{
    private const string Gold =
        """{"email": "ann@example.com", "phones": ["+4915112345678"], "_fname": "Ann", "_tz": "Europe/Berlin", "tier": "gold", "subscriptions": [{"channel": "email", "resource_id": 7, "email": "ann@example.com"}]}""";

    /// <summary>As Altcraft's callers send it: the token in the body.</summary>
    private async Task<JsonElement> CallAsync(ApiCaller caller, string method, string body)
    {
        var answer = await api.Caller(null)
            .PostAsync($"/api/v1.1/workflows/{method}", $$"""{"token": "{{caller.Token}}", {{body.TrimStart()[1..]}}""");
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json;
    }

    private static (int, string?) Error(JsonElement answer) =>
        (answer.GetProperty("error").GetInt32(), answer.GetProperty("error_text").GetString());

    [Fact]
    public async Task A_profile_is_imported_and_started_and_a_known_one_started_by_each_matching()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"reentryMode": "parallel"}""");

        var imported = await CallAsync(
            scenario.Admin,
            "import_and_start",
            $$"""{"workflow_id": "{{scenario.Number}}", "matching": "email", "data": {{Gold}}, "content": {"order": 12}, "skip_triggers": true, "detect_geo": false}"""
        );

        Assert.Equal((0, "Successful operation"), Error(imported));
        var id = imported.GetProperty("profile_id").GetString();
        var profile = (await scenario.Admin.GetAsync($"/api/v1/databases/shop/profiles/{id}")).Json;
        Assert.Equal(
            ("ann@example.com", "+4915112345678", "Europe/Berlin", "gold"),
            (
                profile.GetProperty("email").GetString(),
                profile.GetProperty("phone").GetString(),
                profile.GetProperty("timeZone").GetString(),
                profile.GetProperty("fields").GetProperty("tier").GetString()
            )
        );
        Assert.Equal("7", profile.GetProperty("subscriptions")[0].GetProperty("resource").GetString());
        Assert.Equal(
            """{"order": 12}""",
            (
                await scenario.Admin.GetAsync(
                    $"{scenario.Path}/runs/{imported.GetProperty("data").GetProperty("run_id").GetString()}/content"
                )
            ).Text
        );

        foreach (
            var matching in (string[])
                [
                    """ "email": "ann@example.com" """,
                    """ "matching": "phone", "phone": "+4915112345678" """,
                    $$""" "matching": "profile_id", "profile_id": "{{id}}" """,
                    """ "matching": "custom", "field_name": "tier", "field_value": "gold" """,
                    """ "custom_request": {"tier": "gold"} """,
                ]
        )
            Assert.Equal(
                id,
                (
                    await CallAsync(
                        scenario.Admin,
                        "start",
                        $$"""{"id": {{scenario.Number}}, {{matching}}, "content": {"a": 1}, "custom_data": {"b": 2} }"""
                    )
                )
                    .GetProperty("profile_id")
                    .GetString()
            );
        Assert.Equal(6, (await scenario.GetAsync("/live")).GetProperty("inside").GetInt32());
    }

    [Fact]
    public async Task What_cannot_be_done_says_so_in_the_envelope_and_does_nothing()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        async Task<int> ErrorOfAsync(string method, string body) =>
            (await CallAsync(scenario.Admin, method, body)).GetProperty("error").GetInt32();
        var start = $$"""{"id": {{scenario.Number}}, """;

        Assert.Equal(
            (400, "profileNotFound"),
            Error(await CallAsync(scenario.Admin, "start", start + """ "email": "no@example.com"}"""))
        );
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "custom_request": {"tier": {"$gt": ""} } }"""));
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "custom_request": {"$where": "1"} }"""));
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "custom_request": {"tier": "a", "email": "b"} }"""));
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "matching": "guess", "email": "no@example.com"}"""));
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "email": "no@example.com", "surprise": 1}"""));
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "email": "no@example.com", "format": "xml"}"""));
        Assert.Equal(400, await ErrorOfAsync("start", start + """ "email": "no@example.com", "attach": [{"name": "x"}]}"""));
        Assert.Equal(400, await ErrorOfAsync("start", """{"id": 9999, "email": "no@example.com"}"""));
        Assert.Equal(
            400,
            await ErrorOfAsync(
                "import_and_start",
                $$"""{"workflow_id": {{scenario.Number}}, "matching": "email", "data": {"email": "x@example.com", "nofield": 1} }"""
            )
        );
        Assert.Equal(400, await ErrorOfAsync("import_and_start", $$"""{"workflow_id": {{scenario.Number}}, "data": {} }"""));
        Assert.Equal(
            0,
            (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles")).Json.GetProperty("items").GetArrayLength()
        );

        await scenario.Admin.PostAsync(scenario.Path + ":deactivate", "{}");
        Assert.Equal(
            (400, "inactive"),
            Error(
                await CallAsync(
                    scenario.Admin,
                    "import_and_start",
                    $$"""{"workflow_id": {{scenario.Number}}, "matching": "email", "data": {{Gold}} }"""
                )
            )
        );
    }

    [Fact]
    public async Task A_token_is_in_the_body_or_the_header_but_not_in_both()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var viewer = await scenario.ColleagueAsync(api, "viewer");

        Assert.Equal(
            (401, "Token is required"),
            Error((await api.Caller(null).PostAsync("/api/v1.1/workflows/list", "{}")).Json)
        );
        Assert.Equal(
            401,
            (await api.Caller(null).PostAsync("/api/v1.1/workflows/list", """{"token": "nobody"}"""))
                .Json.GetProperty("error")
                .GetInt32()
        );
        Assert.Equal(
            401,
            (await scenario.Admin.PostAsync("/api/v1.1/workflows/list", $$"""{"token": "{{viewer.Token}}"}"""))
                .Json.GetProperty("error")
                .GetInt32()
        );
        Assert.Equal(
            0,
            (await scenario.Admin.PostAsync("/api/v1.1/workflows/list", "{}")).Json.GetProperty("error").GetInt32()
        );
        Assert.Equal(
            0,
            (await scenario.Admin.PostAsync("/api/v1.1/workflows/list", $$"""{"token": "{{scenario.Admin.Token}}"}"""))
                .Json.GetProperty("error")
                .GetInt32()
        );
        Assert.Equal((403, "No access"), Error(await CallAsync(viewer, "activate", $$"""{"id": {{scenario.Number}}}""")));
    }

    [Fact]
    public async Task A_batch_answers_each_in_order_at_once_or_as_a_task()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var body = $$"""
            {"workflow_id": {{scenario.Number}}, "matching": "email_profile", "data": [
                {{Gold}}, {"email": "not an address"}, {"profile_id": 77, "email": "bob@example.com", "tier": "gold", "content": {"n": 1} }, {"email": "ann@example.com"}]}
            """;

        var batch = await CallAsync(scenario.Admin, "import_and_start_batch", body);
        Assert.Equal(
            [true, false, true, false],
            batch.GetProperty("data").EnumerateArray().Select(i => i.GetProperty("accepted").GetBoolean())
        );
        Assert.Equal(
            (400, "engaged", "77"),
            (
                batch.GetProperty("data")[1].GetProperty("error").GetInt32(),
                batch.GetProperty("data")[3].GetProperty("reason").GetString(),
                batch.GetProperty("data")[2].GetProperty("profile_id").GetString()
            )
        );

        var id = (await CallAsync(scenario.Admin, "import_and_start_batch_task", body))
            .GetProperty("data")
            .GetProperty("id")
            .GetString();
        var task = await Support.Api.UntilAsync(
            async () => (await scenario.Admin.GetAsync($"/api/v1/tasks/{id}")).Json,
            t => t.GetProperty("state").GetString() == "done"
        );
        Assert.Equal(
            (0, 3, 1),
            (
                task.GetProperty("result").GetProperty("accepted").GetInt32(),
                task.GetProperty("result").GetProperty("declined").GetInt32(),
                task.GetProperty("result").GetProperty("failed").GetInt32()
            )
        );
        Assert.Equal(2, (await scenario.GetAsync("/live")).GetProperty("inside").GetInt32());
    }

    [Theory]
    [InlineData("\"tier\"", 4)]
    [InlineData("5", 5)]
    public async Task An_item_of_a_batch_that_is_no_profile_or_cannot_be_looked_for_fails_alone(string field, int failed)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await CallAsync(
            scenario.Admin,
            "import_and_start",
            $$"""{"workflow_id": {{scenario.Number}}, "matching": "email", "data": {{Gold}} }"""
        );

        var batch = await CallAsync(
            scenario.Admin,
            "import_and_start_batch",
            $$"""{"workflow_id": {{scenario.Number}}, "matching": "custom", "field_name": {{field}}, "data": [1, null, ["tier"], {"tier": {} }, {{Gold}}]}"""
        );

        Assert.Equal(
            failed,
            batch
                .GetProperty("data")
                .EnumerateArray()
                .Count(i => i.TryGetProperty("error", out var error) && error.GetInt32() == 400)
        );
    }

    [Fact]
    public async Task Scenarios_are_listed_with_their_nodes_and_switched_on_and_off()
    {
        var scenario = await ScenarioOfTenant.NewAsync(
            api,
            about: """{"tags": ["welcome"], "groups": ["crm"]}""",
            active: false
        );
        for (var i = 0; i < 2; i++)
            await scenario.Admin.PostAsync("/api/v1/scenarios", """{"title": "More", "database": "shop"}""");

        var page = await CallAsync(scenario.Admin, "list", """{"limit": 1}""");
        Assert.Equal(
            (3, 2, 1),
            (
                page.GetProperty("total").GetInt32(),
                page.GetProperty("next_from_id").GetInt32(),
                page.GetProperty("data").GetArrayLength()
            )
        );
        var line = page.GetProperty("data")[0];
        Assert.Equal(
            (scenario.Number, "Welcome", false, "skip", "crm", "welcome"),
            (
                line.GetProperty("id").GetInt32(),
                line.GetProperty("name").GetString(),
                line.GetProperty("is_active").GetBoolean(),
                line.GetProperty("mode").GetString(),
                line.GetProperty("groups")[0].GetProperty("title").GetString(),
                line.GetProperty("ui_tags")[0].GetString()
            )
        );
        Assert.Equal(
            ["0 start", "1 condition", "2 delay", "3 end"],
            line.GetProperty("nodes")
                .EnumerateArray()
                .Select(n => $"{n.GetProperty("node_id").GetInt32()} {n.GetProperty("type").GetString()}")
        );
        Assert.Equal("1 d.0 h.0 m.", line.GetProperty("nodes")[2].GetProperty("name").GetString());
        Assert.Equal(
            1,
            (
                await CallAsync(
                    scenario.Admin,
                    "list",
                    $$"""{"groups_id": [{{line.GetProperty("groups")[0].GetProperty("ID").GetInt32()}}]}"""
                )
            )
                .GetProperty("total")
                .GetInt32()
        );
        Assert.Equal(
            0,
            (await CallAsync(scenario.Admin, "list", """{"ui_tags": ["other"]}""")).GetProperty("total").GetInt32()
        );

        Assert.Equal(
            0,
            (await CallAsync(scenario.Admin, "activate", $$"""{"id": {{scenario.Number}}, "skip_profiles": true}"""))
                .GetProperty("error")
                .GetInt32()
        );
        Assert.Equal("active", (await scenario.GetAsync("")).GetProperty("status").GetString());
        Assert.Equal(
            0,
            (await CallAsync(scenario.Admin, "deactivate", $$"""{"id": "{{scenario.Number}}"}"""))
                .GetProperty("error")
                .GetInt32()
        );
        Assert.Equal("inactive", (await scenario.GetAsync("")).GetProperty("status").GetString());
    }
}
