using System.Net.Http.Headers;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>The numbers of a scenario as a whole, as the common stream and the statistics tell them.</summary>
[Collection(ApiCollection.Name)]
public sealed class TotalsTests(ApiFixture api)
{
    [Fact]
    public async Task The_common_stream_sends_totals_that_add_up_where_they_are_asked_for()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("before");
        using var lines = await StreamAsync(scenario, $"&totals={scenario.Number}");

        var first = await EventAsync(lines, "totals", t => t.GetProperty("inside").GetInt64() == 1);
        await scenario.EnterAsync("ann");
        await scenario.Admin.DeleteAsync($"{scenario.Path}/runs/{await scenario.EnterAsync("bo")}");
        Assert.Equal(201, (await scenario.CaptureAsync("""{"profileId": "cy", "profile": {}}""")).Status);
        var last = await EventAsync(lines, "totals", t => t.GetProperty("ever").GetProperty("completed").GetInt64() == 1);

        Assert.Equal(1, first.GetProperty("today").GetProperty("entered").GetInt64());
        foreach (var (totals, ever) in new[] { first, last }.Select(t => (t, t.GetProperty("ever"))))
            Assert.Equal(
                ever.GetProperty("entered").GetInt64(),
                new[] { "completed", "failed", "left" }.Sum(name => ever.GetProperty(name).GetInt64())
                    + totals.GetProperty("inside").GetInt64()
            );
        Assert.Equal(
            (4, 1, 1),
            (
                last.GetProperty("today").GetProperty("entered").GetInt64(),
                last.GetProperty("today").GetProperty("left").GetInt64(),
                last.GetProperty("today").GetProperty("completed").GetInt64()
            )
        );
    }

    /// <summary>
    /// Between two looks of the feed it was stopped and activated again: whoever knows the scenario has to read it anew.
    /// </summary>
    [Fact]
    public async Task The_common_stream_tells_of_a_scenario_that_was_switched_and_switched_back()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        using var lines = await StreamAsync(scenario, "");
        var first = await EventAsync(lines, "status", _ => true);

        Assert.Equal(200, (await scenario.Admin.PostAsync(scenario.Path + ":deactivate", "{}")).Status);
        Assert.Equal(200, (await scenario.Admin.PostAsync(scenario.Path + ":activate", "{}")).Status);
        var last = await EventAsync(lines, "status", s => s.GetProperty("status").GetString() == "active");

        Assert.True(last.GetProperty("gate").GetInt64() >= first.GetProperty("gate").GetInt64() + 2, $"{first} then {last}");
    }

    [Fact]
    public async Task The_common_stream_tells_of_drafts_and_of_tasks_as_they_go_on()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("ann");
        using var lines = await StreamAsync(scenario, "");

        Assert.Equal(
            200,
            (
                await scenario.Admin.SendAsync(
                    "PUT",
                    scenario.Path + "/draft",
                    "{}"u8.ToArray(),
                    "application/json",
                    [("If-Match", "\"0\"")]
                )
            ).Status
        );
        var kept = await EventAsync(lines, "draft", _ => true);
        Assert.Equal(204, (await scenario.Admin.DeleteAsync(scenario.Path + "/draft")).Status);
        var gone = await EventAsync(lines, "draft", _ => true);
        var asked = await scenario.Admin.PostAsync(
            scenario.Path + "/runs:bulk",
            """{"select": {"element": "w1"}, "action": "remove"}"""
        );
        Assert.True(asked.Status == 202, asked.Text);
        var done = await EventAsync(lines, "task", task => task.GetProperty("state").GetString() == "done");

        Assert.Equal((scenario.Number, 1), (kept.GetProperty("s").GetInt32(), kept.GetProperty("version").GetInt64()));
        Assert.True(kept.GetProperty("by").GetString()!.Length > 0 && kept.TryGetProperty("at", out _));
        Assert.Equal(0, gone.GetProperty("version").GetInt64());
        Assert.Equal(
            (asked.Json.GetProperty("id").GetGuid(), "bulk", 1, 1),
            (
                done.GetProperty("id").GetGuid(),
                done.GetProperty("kind").GetString(),
                done.GetProperty("done").GetInt64(),
                done.GetProperty("total").GetInt64()
            )
        );
    }

    [Theory]
    [InlineData("totals=0", 400)]
    [InlineData("totals=x", 400)]
    [InlineData("scenario=1&total=1", 400)]
    public async Task A_stream_that_is_asked_for_what_it_has_not_is_refused(string query, int status) =>
        Assert.Equal(
            status,
            (await (await ScenarioOfTenant.NewAsync(api)).Admin.GetAsync("/api/v1/live?scenario=1&" + query)).Status
        );

    [Fact]
    public async Task Statistics_tell_failures_by_reason()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("ann");

        var totals = (await scenario.GetAsync("/statistics")).GetProperty("totals");

        Assert.Equal(
            ("{}", "{}"),
            (totals.GetProperty("failedBy").GetRawText(), totals.GetProperty("errorExits").GetRawText())
        );
    }

    [Fact]
    public async Task Only_the_operator_of_the_cluster_sees_its_grains()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);

        Assert.Equal(403, (await scenario.Admin.GetAsync(scenario.Path + "/live?grains=true")).Status);
        Assert.Equal(403, (await scenario.Admin.GetAsync("/api/v1/cluster")).Status);
        Assert.True(
            (await api.Operator.GetAsync("/api/v1/cluster")).Json.GetProperty("partitions")[0].GetProperty("commits").GetInt64()
                >= 0
        );
    }

    [Fact]
    public async Task The_operator_of_the_cluster_sees_the_active_grains_at_each_element()
    {
        var made = await api.Operator.PostAsync(
            "/api/v1/scenarios",
            """
            {"title": "Grains", "database": "default", "definition": {
                "elements": [{"id": "start", "type": "apiCall"}, {"id": "w1", "type": "wait", "settings": {"duration": {"days": 1}}}],
                "links": [{"from": "start", "output": "next", "to": "w1"}]}}
            """
        );
        var path = $"/api/v1/scenarios/{made.Json.GetProperty("number").GetInt32()}";
        Assert.Equal(200, (await api.Operator.PostAsync(path + ":activate", "{}")).Status);
        var run = (await api.Operator.PostAsync(path + "/captures", """{"profileId": "grain/of ann", "profile": {}}"""))
            .Json.GetProperty("runId")
            .GetGuid();
        Assert.Equal(201, (await api.Operator.PostAsync(path + "/captures", """{"profileId": "bo", "profile": {}}""")).Status);
        Assert.Equal("{}", (await api.Operator.GetAsync(path + "/live?grains=true")).Json.GetProperty("grains").GetRawText());

        // Who is commanded is active for a while; who merely waits is not in memory.
        var until = DateTimeOffset.UtcNow.AddDays(2).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        Assert.Equal(200, (await api.Operator.PostAsync($"{path}/runs/{run}:postpone", $$"""{"until": "{{until}}"}""")).Status);

        var live = (await api.Operator.GetAsync(path + "/live?grains=true")).Json;
        Assert.Equal("""{"w1":1}""", live.GetProperty("grains").GetRawText());
        Assert.Equal("""{"w1":2}""", live.GetProperty("elements").GetRawText());
    }

    private async Task<StreamReader> StreamAsync(ScenarioOfTenant scenario, string query)
    {
        var http = new HttpClient
        {
            Timeout = TimeSpan.FromSeconds(30),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", scenario.Admin.Token) },
        };
        return new StreamReader(
            await http.GetStreamAsync(
                new Uri(api.Address, $"/api/v1/live?scenario={scenario.Number}{query}"),
                TestContext.Current.CancellationToken
            )
        );
    }

    private static async Task<JsonElement> EventAsync(StreamReader lines, string name, Func<JsonElement, bool> wanted)
    {
        for (var isNamed = false; await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line; )
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                isNamed = line["event: ".Length..] == name;
            else if (
                isNamed
                && line.StartsWith("data: ", StringComparison.Ordinal)
                && JsonElement.Parse(line[6..]) is var told
                && wanted(told)
            )
                return told;
        }
        throw new InvalidOperationException("The stream has ended.");
    }
}
