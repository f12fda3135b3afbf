using System.Net.Http.Headers;
using System.Text.Json;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// Rows of the catalogue that take more than one request: what is odd but good is kept literally, and limits hold.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class LiteralTests(ApiFixture api)
{
    /// <summary>
    /// Looks alike, one by one: composed and not, Cyrillic, joined by nothing, turned around, and what a browser would run.
    /// </summary>
    private static readonly string[] Alike =
    [
        "\u00e9",
        "e\u0301",
        "anna",
        "\u0430nna",
        "an\u200dna",
        "an\u202ena",
        "Anna",
        " anna",
        "anna ",
        "__proto__",
        "<img src=x onerror=alert(1)>",
        "'; drop table profile; --",
        "=cmd|' /C calc'!A0",
    ];

    private static readonly string[] Code =
    [
        "'; drop table run; --",
        "\" or 1=1 --",
        "$$; select pg_sleep(9) $$",
        "{{ 7*7 }}",
        "{% for i in (1..9) %}x{% endfor %}",
        "{{ profile.id | upcase }}",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "${7*7}",
        "#{7*7}",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "../../etc/passwd",
        "%00%0d%0a",
        "\r\nX: y",
        "\u2028\u2029",
        "\ufeff",
        "C:\\x\\y",
        "{\"$gt\": \"\"}",
        "null",
        "NaN",
    ];

    [Fact]
    public async Task Ids_that_look_alike_are_different_profiles_stored_as_sent()
    {
        var scene = await Scene.NewAsync(api);
        foreach (var id in Alike)
            Assert.Equal(
                201,
                (
                    await scene.Admin.PostAsync(
                        Scene.Open + "/captures",
                        JsonSerializer.Serialize(new { profileId = id, profile = new { } })
                    )
                ).Status
            );

        var stored = (await scene.Admin.GetAsync(Scene.Shop + "/profiles?limit=1000"))
            .Json.GetProperty("items")
            .EnumerateArray()
            .Select(p => p.GetProperty("id").GetString()!)
            .ToHashSet(StringComparer.Ordinal);
        Assert.Superset(Alike.ToHashSet(StringComparer.Ordinal), stored);
        foreach (var id in Alike)
            Assert.Equal(
                (id, 1),
                (await scene.Admin.GetAsync($"{Scene.Open}/profiles/{Uri.EscapeDataString(id)}")).Json is var p
                    ? (p.GetProperty("profileId").GetString(), p.GetProperty("entries").GetInt32())
                    : default
            );
    }

    [Fact]
    public async Task Numbers_in_content_keep_every_digit()
    {
        var scene = await Scene.NewAsync(api);
        foreach (
            var number in new[]
            {
                "1e400",
                "-0",
                "-0.0",
                "1e-400",
                "1E+2",
                "9007199254740993",
                "0.1000",
                new string('9', 64),
                "-1.7976931348623157e308",
            }
        )
        {
            var content = $$"""{"n": {{number}}, "l": [{{number}}]}""";
            var run = (
                await scene.Admin.PostAsync(
                    Scene.Open + "/captures",
                    $$"""{"profileId": "digits", "profile": {}, "content": {{content}}}"""
                )
            )
                .Json.GetProperty("runId")
                .GetString();
            Assert.Equal(content, (await scene.Admin.GetAsync($"{Scene.Open}/runs/{run}/content")).Text);
        }
    }

    [Fact]
    public async Task Code_in_content_and_profile_is_text()
    {
        var scene = await Scene.NewAsync(api);
        foreach (var code in Code)
        {
            var body = JsonSerializer.Serialize(
                new
                {
                    profileId = "coder",
                    profile = new { fields = new { tier = code, l = new[] { code } } },
                    content = new Dictionary<string, string> { ["x"] = code, [code] = "x" },
                }
            );
            var made = await scene.Admin.PostAsync(Scene.Open + "/captures", body);
            Assert.True(made.Status == 201, made.Text);

            var fields = (await scene.Admin.GetAsync(Scene.Shop + "/profiles/coder")).Json.GetProperty("fields");
            Assert.Equal((code, code), (fields.GetProperty("tier").GetString(), fields.GetProperty("l")[0].GetString()));
            var content = (
                await scene.Admin.GetAsync($"{Scene.Open}/runs/{made.Json.GetProperty("runId").GetString()}/content")
            ).Json;
            Assert.Equal((code, "x"), (content.GetProperty("x").GetString(), content.GetProperty(code).GetString()));
            Assert.Equal(200, (await scene.Admin.GetAsync($"{Scene.All}?q={Uri.EscapeDataString(code)}")).Status);
            Assert.Equal(200, (await scene.Admin.GetAsync($"{Scene.Open}/runs?profileId={Uri.EscapeDataString(code)}")).Status);
        }
    }

    [Fact]
    public async Task Of_fifty_captures_under_one_key_one_is_made()
    {
        var scene = await Scene.NewAsync(api);
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ =>
                    scene.Admin.PostAsync(Scene.Open + "/captures", """{"profileId": "once", "profile": {}}""", "fifty")
                )
        );
        Assert.Single(answers.Where(a => a.Status == 201).Select(a => a.Text).Distinct());
        Assert.All(answers.Where(a => a.Status != 201), a => Assert.Equal((409, "inProgress"), (a.Status, a.Code)));
        Assert.Equal(1, (await scene.Admin.GetAsync(Scene.Open + "/profiles/once")).Json.GetProperty("entries").GetInt32());
        Assert.Equal(
            201,
            (
                await scene.Neighbour.PostAsync(Scene.Open + "/captures", """{"profileId": "other", "profile": {}}""", "fifty")
            ).Status
        );
    }

    [Fact]
    public async Task Every_problem_of_a_definition_is_reported_at_once_with_its_element()
    {
        var scene = await Scene.NewAsync(api);
        var whole = await scene.Admin.PostAsync(
            Scene.All,
            """
            {"title": "x", "database": "shop", "definition": {"elements": [{"id": "a", "type": "nope"}, {"id": "b", "type": "wait", "settings": {"duration": {"days": -1}, "x": 1}},
              {"id": "c", "type": "webhook", "settings": {"url": "http://127.0.0.1/", "timeout": 0}}, {"id": "c", "type": "end"}],
             "links": [{"from": "a", "output": "next", "to": "nobody"}], "y": 1}}
            """
        );
        Assert.Equal(422, whole.Status);
        Assert.Equal(
            [
                "a /elements/0/type unknownType",
                "b /elements/1/settings/duration/days outOfRange",
                "b /elements/1/settings/x unknownField",
                "c /elements/2/settings/url addressNotAllowed",
                "c /elements/2/settings/timeout outOfRange",
                "c /elements/3/id duplicateId",
                "- /elements missingStart",
                "a /links/0/to unknownElement",
                "- /y unknownField",
            ],
            whole
                .Json.GetProperty("errors")
                .EnumerateArray()
                .Select(e =>
                    $"{(e.TryGetProperty("element", out var element) ? element.GetString() : "-")} "
                    + $"{e.GetProperty("path").GetString()!["/definition".Length..]} "
                    + $"{e.GetProperty("code").GetString()}"
                )
        );
    }

    [Fact]
    public async Task A_loop_without_a_wait_is_saved_with_a_warning()
    {
        var scene = await Scene.NewAsync(api);
        var made = await scene.Admin.PostAsync(
            Scene.All,
            """
            {"title": "Loop", "database": "shop", "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "u", "type": "updateProfile", "settings": {"increment": {"n": 1}}}, {"id": "v", "type": "updateProfile", "settings": {"increment": {"n": 1}}}],
             "links": [{"from": "start", "output": "next", "to": "u"}, {"from": "u", "output": "next", "to": "v"}, {"from": "v", "output": "next", "to": "u"}]}}
            """
        );
        Assert.Equal(201, made.Status);
        var problems = (await scene.Admin.PostAsync(made.Header("Location") + ":validate", "{}")).Json;
        Assert.True(problems.GetProperty("valid").GetBoolean());
        Assert.Contains(problems.GetProperty("problems").EnumerateArray(), p =>
            p.GetProperty("code").GetString() == "loopWithoutWait" && p.GetProperty("severity").GetString() == "warning"
        );

        Assert.Equal(200, (await scene.Admin.PostAsync(made.Header("Location") + ":activate", "{}")).Status);
        var run = (
            await scene.Admin.PostAsync(made.Header("Location") + "/captures", """{"profileId": "loops", "profile": {}}""")
        )
            .Json.GetProperty("runId")
            .GetString();
        var seen = await Support.Api.UntilAsync(
            () => scene.Admin.GetAsync($"{made.Header("Location")}/runs/{run}"),
            r => r.Json.GetProperty("state").GetString() == "failed"
        );
        Assert.Equal("loopGuard", seen.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Pattern_characters_are_searched_for_literally()
    {
        var scene = await Scene.NewAsync(api);
        foreach (var id in new[] { "50%", "a_b", "c\\d", "axb" })
            await scene.Admin.PutAsync(
                $"{Scene.Shop}/profiles/{Uri.EscapeDataString(id)}",
                """{"fields": {"tier": "x%_\\y"}}"""
            );
        async Task<string> FoundAsync(string q) =>
            string.Join(
                ' ',
                (await scene.Admin.GetAsync($"{Scene.Shop}/profiles?q={Uri.EscapeDataString(q)}"))
                    .Json.GetProperty("items")
                    .EnumerateArray()
                    .Select(p => p.GetProperty("id").GetString())
            );
        Assert.Equal("", await FoundAsync("%"));
        Assert.Equal("50%", await FoundAsync("50%"));
        Assert.Equal("a_b", await FoundAsync("a_"));
        Assert.Equal("c\\d", await FoundAsync("c\\"));
        Assert.Equal("", await FoundAsync("tier:x%"));
        Assert.Equal("50% a_b axb c\\d", await FoundAsync("tier:x%_\\y"));
        Assert.Equal(0, (await scene.Admin.GetAsync(Scene.All + "?q=%25")).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await scene.Admin.GetAsync(Scene.All + "?q=_")).Json.GetProperty("items").GetArrayLength());

        // The same characters in a rule: three that look alike as patterns, one that is the text.
        var made = await scene.Admin.PostAsync(
            Scene.All,
            """
            {"title": "Literal", "database": "shop", "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "c", "type": "condition", "settings": {"branches": [{"output": "yes", "rules": {"field": "tier", "op": "contains", "value": "%_\\"}}]}}], "links": [{"from": "start", "output": "next", "to": "c"}]}}
            """
        );
        Assert.Equal(200, (await scene.Admin.PostAsync(made.Header("Location") + ":activate", "{}")).Status);
        foreach (var (tier, output) in new[] { ("x%_\\y", "yes"), ("xaby", "else"), ("x%b\\y", "else"), ("%_", "else") })
        {
            var run = (
                await scene.Admin.PostAsync(
                    made.Header("Location") + "/captures",
                    JsonSerializer.Serialize(new { profileId = tier, profile = new { fields = new { tier } } })
                )
            )
                .Json.GetProperty("runId")
                .GetString();
            Assert.Contains(
                (await scene.Admin.GetAsync($"{made.Header("Location")}/runs/{run}"))
                    .Json.GetProperty("trail")
                    .EnumerateArray(),
                s => s.GetProperty("output").GetString() == output
            );
        }
    }

    [Fact]
    public async Task A_cursor_that_was_not_given_out_for_this_list_is_400()
    {
        var scene = await Scene.NewAsync(api);
        const string list = Scene.Shop + "/profiles?limit=1";
        var cursor = (await scene.Admin.GetAsync(list)).Json.GetProperty("nextCursor").GetString()!;
        Assert.Equal(200, (await scene.Admin.GetAsync($"{list}&cursor={cursor}")).Status);
        Assert.Equal(200, (await scene.Admin.GetAsync($"{Scene.Shop}/profiles?limit=2&cursor={cursor}")).Status);
        foreach (
            var bad in new[]
            {
                await scene.Admin.GetAsync($"{list}&cursor={(cursor[0] == 'A' ? 'B' : 'A')}{cursor[1..]}"),
                await scene.Admin.GetAsync($"{list}&cursor={cursor[..^3]}"),
                await scene.Admin.GetAsync($"{list}&cursor={cursor}AAAA"),
                await scene.Admin.GetAsync($"{list}&cursor={cursor[..5]}%20{cursor[5..]}"),
                await scene.Admin.GetAsync($"{list}&cursor={cursor}%0A"),
                await scene.Admin.GetAsync($"{list}&q=a&cursor={cursor}"),
                await scene.Admin.GetAsync($"/api/v1/databases/default/profiles?limit=1&cursor={cursor}"),
                await scene.Admin.GetAsync($"{Scene.All}?cursor={cursor}"),
                await scene.Neighbour.GetAsync($"{list}&cursor={cursor}"),
            }
        )
            Assert.Equal((400, "invalidCursor"), (bad.Status, bad.Code));
    }

    [Fact]
    public async Task A_step_that_performs_its_effect_cannot_be_released()
    {
        var scene = await Scene.NewAsync(api);
        // A name that no resolver has: the attempt ends at once, and the next one is due later.
        var made = await scene.Admin.PostAsync(
            Scene.All,
            """
            {"title": "Hook", "database": "shop", "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "h", "type": "webhook", "settings": {"url": "https://nobody.invalid/", "retries": 10}}], "links": [{"from": "start", "output": "next", "to": "h"}]}}
            """
        );
        Assert.Equal(200, (await scene.Admin.PostAsync(made.Header("Location") + ":activate", "{}")).Status);
        var run = (
            await scene.Admin.PostAsync(made.Header("Location") + "/captures", """{"profileId": "hooked", "profile": {}}""")
        )
            .Json.GetProperty("runId")
            .GetString();
        foreach (
            var (verb, body) in new[]
            {
                ("release", "{}"),
                ("postpone", $$"""{"until": "{{DateTimeOffset.UtcNow.AddDays(1):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}"""),
            }
        )
        {
            var answer = await scene.Admin.PostAsync($"{made.Header("Location")}/runs/{run}:{verb}", body);
            Assert.Equal((409, "notWaiting"), (answer.Status, answer.Code));
        }
        Assert.Equal(
            "performing",
            (await scene.Admin.GetAsync($"{made.Header("Location")}/runs/{run}")).Json.GetProperty("state").GetString()
        );
    }

    [Fact]
    public async Task Streams_of_a_tenant_are_limited_and_those_beyond_are_told_so()
    {
        var scene = await Scene.NewAsync(api);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue });
        async Task<HttpResponseMessage> OpenAsync(ApiCaller caller)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(api.Address, Scene.Open + "/live/stream"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Token);
            return await http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken
            );
        }
        const int limit = 200;
        var streams = await Task.WhenAll(Enumerable.Range(0, limit).Select(_ => OpenAsync(scene.Admin)));
        Assert.All(streams, s => Assert.Equal(200, (int)s.StatusCode));

        using var beyond = await OpenAsync(scene.Admin);
        using var neighbours = await OpenAsync(scene.Neighbour);

        Assert.Equal((429, 200), ((int)beyond.StatusCode, (int)neighbours.StatusCode));
        Assert.NotNull(beyond.Headers.RetryAfter);
        streams[0].Dispose();
        using var again = await Support.Api.UntilAsync(() => OpenAsync(scene.Admin), r => (int)r.StatusCode == 200);
        foreach (var stream in streams)
            stream.Dispose();
    }

    [Fact]
    public async Task Content_is_a_file_of_a_fixed_type_whatever_it_holds()
    {
        var scene = await Scene.NewAsync(api);
        var run = (
            await scene.Admin.PostAsync(
                Scene.Open + "/captures",
                """{"profileId": "svg", "profile": {}, "content": {"<svg onload=alert(1)>": "<!doctype html><script>alert(1)</script>"}}"""
            )
        )
            .Json.GetProperty("runId")
            .GetString();
        var answer = await scene.Admin.SendAsync(
            "GET",
            $"{Scene.Open}/runs/{run}/content",
            null,
            null,
            [("Accept", "text/html")]
        );
        Assert.Equal("application/json", answer.Header("Content-Type"));
        Assert.StartsWith("attachment", answer.Header("Content-Disposition"));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Contains("default-src 'none'", answer.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task A_tenant_has_limits_of_databases_and_scenarios()
    {
        var scene = await Scene.NewAsync(api);
        var tenant = await scene.TenantOfAsync(scene.Admin);
        // Two stand there: "default" and "shop". The rest comes by SQL; a thousand calls would only take longer.
        await ExecuteAsync(
            """insert into profile_database (tenant_id, number, name, fields) select $1, n, 'd' || n, '[]' from generate_series(3, $2) as n""",
            tenant,
            DatabaseStore.MaxDatabases
        );
        await ExecuteAsync(
            """
            insert into scenario (tenant_id, number, title, about, database, partitions, settings, definition)
            select s.tenant_id, n, s.title, s.about, s.database, s.partitions, s.settings, s.definition from scenario s, generate_series(5, $2) as n where s.tenant_id = $1 and s.number = 4
            """,
            tenant,
            ScenarioStore.MaxScenarios
        );

        foreach (
            var (path, body) in new[]
            {
                ("/api/v1/databases", """{"name": "one more"}"""),
                (Scene.All, """{"title": "one more", "database": "shop"}"""),
                (Scene.Idle + ":clone", "{}"),
            }
        )
        {
            var answer = await scene.Admin.PostAsync(path, body);
            Assert.Equal((403, "quotaExceeded"), (answer.Status, answer.Code));
        }
        Assert.Equal(201, (await scene.Neighbour.PostAsync(Scene.All, """{"title": "mine", "database": "shop"}""")).Status);
        await scene.WorksAsync();
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = api.Database.Ledger.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
