using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class ScenarioTests(ApiFixture api)
{
    [Fact]
    public async Task A_scenario_is_made_and_read_as_elements_md_draws_it()
    {
        var scenario = await ScenarioOfTenant.NewAsync(
            api,
            """{"partitions": 3, "timeZone": "Europe/Berlin"}""",
            """{"tags": ["welcome"]}""",
            active: false
        );

        var answer = await scenario.Admin.GetAsync(scenario.Path);

        Assert.Equal("\"1\"", answer.Header("ETag"));
        var json = answer.Json;
        Assert.Equal(
            ("Welcome", "shop", "inactive", 1),
            (
                json.GetProperty("title").GetString(),
                json.GetProperty("database").GetString(),
                json.GetProperty("status").GetString(),
                json.GetProperty("revision").GetInt32()
            )
        );
        Assert.Equal(
            (3, "Europe/Berlin"),
            (
                json.GetProperty("settings").GetProperty("partitions").GetInt32(),
                json.GetProperty("settings").GetProperty("timeZone").GetString()
            )
        );
        Assert.Equal(4, json.GetProperty("definition").GetProperty("elements").GetArrayLength());
        Assert.Equal(2, json.GetProperty("definition").GetProperty("layout").GetProperty("start").GetProperty("y").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("activatedAt").ValueKind);
    }

    [Theory]
    [InlineData(428, "preconditionRequired")]
    [InlineData(400, "invalidIfMatch", "*")]
    [InlineData(400, "invalidIfMatch", "W/\"1\"")]
    [InlineData(400, "invalidIfMatch", "1")]
    [InlineData(412, "staleRevision", "\"2\"")]
    [InlineData(412, "staleRevision", "\"x\"")]
    [InlineData(412, "staleRevision", "\"7\", \"8\"")]
    public async Task A_save_names_the_revision_that_it_saw(int status, string code, params string[] tags)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);

        var answer = await scenario.PutAsync("""{"title": "Other"}""", tags);

        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal("Welcome", (await scenario.GetAsync("")).GetProperty("title").GetString());
    }

    [Fact]
    public async Task One_of_several_tags_that_fits_is_enough()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);

        Assert.Equal(200, (await scenario.PutAsync("""{"title": "Other"}""", "\"9\", \"1\"")).Status);
    }

    [Fact]
    public async Task What_was_read_can_be_put_back_and_makes_no_revision()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);
        var read = await scenario.Admin.GetAsync(scenario.Path);

        var put = await scenario.PutAsync(read.Text, read.Header("ETag")!);

        Assert.Equal((200, "\"1\""), (put.Status, put.Header("ETag")));
    }

    [Fact]
    public async Task A_dry_run_tells_whom_a_save_touches_and_saves_nothing()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("ann");
        var changed = ScenarioOfTenant.Definition.Replace("\"days\": 1", "\"days\": 2", StringComparison.Ordinal);

        var plan = await scenario.Admin.SendAsync(
            "PUT",
            scenario.Path + "?dryRun=true",
            System.Text.Encoding.UTF8.GetBytes($$"""{"definition": {{changed}}}"""),
            "application/json",
            [("If-Match", "\"1\"")]
        );

        var change = Assert.Single(plan.Json.GetProperty("changes").EnumerateArray());
        Assert.Equal(
            ("w1", "changed", 1, "recomputes"),
            (
                change.GetProperty("element").GetString(),
                change.GetProperty("kind").GetString(),
                change.GetProperty("inside").GetInt32(),
                change.GetProperty("effect").GetString()
            )
        );
        Assert.Equal(1, (await scenario.GetAsync("")).GetProperty("revision").GetInt32());
    }

    [Fact]
    public async Task Validate_tells_every_problem_of_what_is_sent_and_of_what_is_kept()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);

        var sent = await scenario.Admin.PostAsync(
            scenario.Path + ":validate",
            """
            {"definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "x", "type": "nope"}, {"id": "y", "type": "wait", "settings": {"duration": {"days": -1}}}], "links": []}}
            """
        );

        Assert.False(sent.Json.GetProperty("valid").GetBoolean());
        Assert.Equal(
            ["x", "y"],
            sent.Json.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("element").GetString())
        );
        Assert.True((await scenario.Admin.PostAsync(scenario.Path + ":validate", "{}")).Json.GetProperty("valid").GetBoolean());
    }

    [Fact]
    public async Task A_draft_is_kept_under_its_version_told_by_the_list_and_dropped_by_a_save()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);
        async Task<bool> IsListedAsync() =>
            (await scenario.Admin.GetAsync("/api/v1/scenarios"))
                .Json.GetProperty("items")[0]
                .GetProperty("hasDraft")
                .GetBoolean();
        async Task<ApiAnswer> KeepAsync(string json, string name, string value) =>
            await scenario.Admin.SendAsync(
                "PUT",
                scenario.Path + "/draft",
                System.Text.Encoding.UTF8.GetBytes(json),
                "application/json",
                [(name, value)]
            );

        Assert.Equal(404, (await scenario.Admin.GetAsync(scenario.Path + "/draft")).Status);
        Assert.Equal(428, (await scenario.Admin.PutAsync(scenario.Path + "/draft", "{}")).Status);
        Assert.False(await IsListedAsync());
        var first = await KeepAsync("""{"a": 1}""", "If-None-Match", "*");
        Assert.Equal(200, first.Status);
        Assert.Equal(
            (412, "staleDraft"),
            await KeepAsync("""{"a": 2}""", "If-Match", "\"0\"") is var stale ? (stale.Status, stale.Code) : default
        );
        Assert.Equal(200, (await KeepAsync("""{"a": 3}""", "If-Match", first.Header("ETag")!)).Status);
        Assert.Equal("""{"a": 3}""", (await scenario.GetAsync("/draft")).GetProperty("draft").GetRawText());
        Assert.True(await IsListedAsync());

        Assert.Equal(200, (await scenario.PutAsync("""{"settings": {"reentryMode": "never"}}""", "\"1\"")).Status);
        Assert.Equal(404, (await scenario.Admin.GetAsync(scenario.Path + "/draft")).Status);
        Assert.False(await IsListedAsync());
    }

    [Fact]
    public async Task Stopping_ends_freezes_or_is_refused_and_tells_how_many()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("ann");

        Assert.Equal(
            """{"status":"inactive","frozen":1,"ended":0}""",
            (await scenario.Admin.PostAsync(scenario.Path + ":deactivate", """{"mode": "freeze"}""")).Text
        );
        Assert.Equal(
            "inactive",
            (await scenario.CaptureAsync("""{"profileId": "bo", "profile": {}}""")).Json.GetProperty("reason").GetString()
        );
        Assert.Equal(
            """{"status":"inactive","frozen":1,"overdue":0,"lastLeavesAt":null}""",
            (await scenario.Admin.PostAsync(scenario.Path + ":activate?dryRun=true", "{}")).Text
        );
        Assert.Equal(
            "active",
            (await scenario.Admin.PostAsync(scenario.Path + ":activate", "{}")).Json.GetProperty("status").GetString()
        );
        Assert.Equal(422, (await scenario.Admin.PostAsync(scenario.Path + ":deactivate", """{"mode": "yes"}""")).Status);
        Assert.Equal(
            """{"status":"inactive","frozen":0,"ended":1}""",
            (await scenario.Admin.PostAsync(scenario.Path + ":deactivate", """{"mode": "end"}""")).Text
        );
        Assert.True(
            (await scenario.Admin.PostAsync(scenario.Path + ":verify", "{}")).Json.GetProperty("consistent").GetBoolean()
        );
    }

    [Fact]
    public async Task Only_an_inactive_scenario_goes_to_the_trash_and_comes_back()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        Assert.Equal(
            (409, "scenarioActive"),
            await scenario.Admin.DeleteAsync(scenario.Path) is var active ? (active.Status, active.Code) : default
        );
        await scenario.Admin.PostAsync(scenario.Path + ":deactivate", "{}");
        Assert.Equal(204, (await scenario.Admin.DeleteAsync(scenario.Path)).Status);
        Assert.Equal(404, (await scenario.Admin.GetAsync(scenario.Path)).Status);
        Assert.Single(
            (await scenario.Admin.GetAsync("/api/v1/scenarios?trash=true")).Json.GetProperty("items").EnumerateArray()
        );
        Assert.Equal(200, (await scenario.Admin.PostAsync(scenario.Path + ":restore", "{}")).Status);
        Assert.Single((await scenario.Admin.GetAsync("/api/v1/scenarios")).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_clone_has_everything_but_status_runs_numbers_and_element_ids()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"reentryMode": "never"}""", """{"tags": ["a"]}""");
        await scenario.EnterAsync("ann");

        var clone = await scenario.Admin.PostAsync(scenario.Path + ":clone", """{"partitions": 2}""");

        Assert.Equal(201, clone.Status);
        Assert.Equal(
            ("Welcome (copy)", "inactive"),
            (clone.Json.GetProperty("title").GetString(), clone.Json.GetProperty("status").GetString())
        );
        Assert.Equal("never", clone.Json.GetProperty("settings").GetProperty("reentryMode").GetString());
        Assert.DoesNotContain(
            "w1",
            clone
                .Json.GetProperty("definition")
                .GetProperty("elements")
                .EnumerateArray()
                .Select(e => e.GetProperty("id").GetString())
        );
        Assert.Equal(
            0,
            (await scenario.Admin.GetAsync(clone.Header("Location")! + "/live")).Json.GetProperty("inside").GetInt32()
        );
    }

    [Theory]
    [InlineData("?q=a&q=b", "invalidQuery")]
    [InlineData("?nope=1", "invalidQuery")]
    [InlineData("?status=running", "invalidQuery")]
    [InlineData("?trash=maybe", "invalidQuery")]
    [InlineData("?limit=0", "invalidQuery")]
    [InlineData("?cursor=abc", "invalidCursor")]
    public async Task A_list_reads_its_query_strictly(string query, string code)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);

        var answer = await scenario.Admin.GetAsync("/api/v1/scenarios" + query);

        Assert.Equal((400, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Statistics_are_shown_in_whole_days_of_the_scenarios_zone()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, """{"timeZone": "Asia/Kathmandu"}""");
        await scenario.EnterAsync("ann");
        await scenario.CaptureAsync("""{"profileId": "bo", "profile": {}}""");

        var statistics = await scenario.GetAsync("/statistics");

        Assert.EndsWith("T18:15:00.000000Z", statistics.GetProperty("from").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            (2, 1),
            (
                statistics.GetProperty("totals").GetProperty("entered").GetInt32(),
                statistics.GetProperty("totals").GetProperty("completed").GetInt32()
            )
        );
        Assert.Equal(2, statistics.GetProperty("series").EnumerateArray().Sum(b => b.GetProperty("entered").GetInt32()));
        Assert.Equal(
            1,
            statistics.GetProperty("elements").GetProperty("c1").GetProperty("left").GetProperty("gold").GetInt32()
        );
    }

    [Theory]
    [InlineData("?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "invalidRange")]
    [InlineData("?from=2026-11-02T00:00:00", "invalidInstant")]
    [InlineData("?by=hour&from=2016-01-01T00:00:00Z", "tooManyBuckets")]
    [InlineData("?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z", "tooManyBuckets")]
    [InlineData("?from=0001-01-01T00:00:00Z&by=week", "outOfRange")]
    public async Task A_period_without_meaning_is_refused(string query, string code)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);

        var answer = await scenario.Admin.GetAsync(scenario.Path + "/statistics" + query);

        Assert.Equal((422, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Validation_warns_of_settings_that_have_no_effect_yet_and_activation_goes_through()
    {
        var scenario = await ScenarioOfTenant.NewAsync(
            api,
            """{"quietHours": {"from": "21:00", "to": "08:00"}, "controlPercent": 5}""",
            active: false
        );

        var told = (await scenario.Admin.PostAsync(scenario.Path + ":validate", "{}")).Json;
        var activated = await scenario.Admin.PostAsync(scenario.Path + ":activate", "{}");

        Assert.True(told.GetProperty("valid").GetBoolean());
        Assert.Equal(
            ["notYetEffective warning", "notYetEffective warning"],
            told.GetProperty("problems")
                .EnumerateArray()
                .Select(p => $"{p.GetProperty("code").GetString()} {p.GetProperty("severity").GetString()}")
        );
        Assert.Equal(200, activated.Status);
    }

    [Fact]
    public async Task Templates_see_the_title_of_the_scenario_also_after_it_has_changed()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var definition = """
            {"elements": [{"id": "start", "type": "apiCall"}, {"id": "u1", "type": "updateProfile", "settings": {"set": {"tier": "{{ scenario.title }}"}}}],
             "links": [{"from": "start", "output": "next", "to": "u1"}]}
            """;
        var number = (
            await scenario.Admin.PostAsync(
                "/api/v1/scenarios",
                $$"""{"title": "First", "database": "shop", "definition": {{definition}}, "settings": {"reentryMode": "parallel"} }"""
            )
        )
            .Json.GetProperty("number")
            .GetInt32();
        var path = $"/api/v1/scenarios/{number}";
        await scenario.Admin.PostAsync(path + ":activate", "{}");

        Assert.Equal("First", await TierAfterCaptureAsync());
        await scenario.Admin.PatchAsync(path, """{"title": "Second"}""");
        Assert.Equal("Second", await TierAfterCaptureAsync());

        async Task<string?> TierAfterCaptureAsync()
        {
            await scenario.Admin.PostAsync(path + "/captures", """{"profileId": "ann", "profile": {}}""");
            var profile = (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles/ann")).Json;
            return profile.GetProperty("fields").GetProperty("tier").GetString();
        }
    }

    [Fact]
    public async Task The_cluster_is_seen_by_its_operator_only()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("ann");

        Assert.Equal(403, (await scenario.Admin.GetAsync("/api/v1/cluster")).Status);
        var answer = await api.Operator.GetAsync("/api/v1/cluster");
        Assert.True(answer.Status == 200, $"{answer.Status}: {answer.Text}");
        var cluster = answer.Json;
        Assert.Equal("active", Assert.Single(cluster.GetProperty("silos").EnumerateArray()).GetProperty("status").GetString());
        Assert.Contains(cluster.GetProperty("partitions").EnumerateArray(), p =>
            p.GetProperty("waiting").GetInt32() == 1 && p.GetProperty("owner").GetString() is not null
        );
    }
}
