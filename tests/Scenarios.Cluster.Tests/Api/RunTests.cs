using System.Net.Http.Headers;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class RunTests(ApiFixture api)
{
    [Fact]
    public async Task A_run_is_postponed_moved_released_and_each_shows_at_once()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var run = $"{scenario.Path}/runs/{await scenario.EnterAsync("ann")}";
        var until = DateTimeOffset.UtcNow.AddDays(30).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

        Assert.Equal(
            until,
            (await scenario.Admin.PostAsync(run + ":postpone", $$"""{"until": "{{until}}"}"""))
                .Json.GetProperty("leavesAt")
                .GetString()
        );
        var moved = await scenario.Admin.PostAsync(run + ":move", """{"to": "w1"}""");
        Assert.Equal(
            ["start", "c1", "w1", "w1"],
            moved.Json.GetProperty("trail").EnumerateArray().Select(s => s.GetProperty("element").GetString())
        );
        var released = await scenario.Admin.PostAsync(run + ":release", "{}");
        Assert.Equal(
            ("completed", "seen"),
            (released.Json.GetProperty("state").GetString(), released.Json.GetProperty("goal").GetString())
        );
        Assert.Equal(
            (409, "runEnded"),
            await scenario.Admin.PostAsync(run + ":release", "{}") is var ended ? (ended.Status, ended.Code) : default
        );
        Assert.Equal((409, "runEnded"), await scenario.Admin.DeleteAsync(run) is var gone ? (gone.Status, gone.Code) : default);
    }

    [Fact]
    public async Task A_removed_run_ends_left()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var run = await scenario.EnterAsync("ann");

        Assert.Equal(204, (await scenario.Admin.DeleteAsync($"{scenario.Path}/runs/{run}")).Status);

        var profile = await scenario.GetAsync("/profiles/ann");
        Assert.Equal(0, profile.GetProperty("open").GetArrayLength());
        Assert.Equal(
            ("left", "removed"),
            (
                profile.GetProperty("ended")[0].GetProperty("state").GetString(),
                profile.GetProperty("ended")[0].GetProperty("reason").GetString()
            )
        );
    }

    [Fact]
    public async Task A_viewer_reads_what_a_decision_looked_at_and_not_the_profiles_values()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var run = $"{scenario.Path}/runs/{await scenario.EnterAsync("ann")}";
        var viewer = await scenario.ColleagueAsync(api, "viewer");

        var (told, shown) = (
            Observation((await scenario.Admin.GetAsync(run)).Json),
            Observation((await viewer.GetAsync(run)).Json)
        );

        Assert.True(told.TryGetProperty("seen", out _));
        Assert.False(shown.TryGetProperty("seen", out _));
        Assert.Equal(told.GetProperty("what").GetString(), shown.GetProperty("what").GetString());

        static JsonElement Observation(JsonElement run) =>
            run.GetProperty("trail")
                .EnumerateArray()
                .First(step => step.TryGetProperty("detail", out var detail) && detail.TryGetProperty("seen", out _))
                .GetProperty("detail")
                .GetProperty("seen")[0];
    }

    [Theory]
    [InlineData(":postpone", """{"until": "2020-01-01T00:00:00Z"}""", 422, "outOfRange")]
    [InlineData(":postpone", """{"until": "9999-01-01T00:00:00Z"}""", 422, "outOfRange")]
    [InlineData(":postpone", """{}""", 422, "required")]
    [InlineData(":release", """{"output": "nope"}""", 422, "unknownOutput")]
    [InlineData(":release", """{"x": 1}""", 422, "unknownField")]
    [InlineData(":move", """{"to": "nope"}""", 422, "unknownElement")]
    [InlineData(":move", """{"to": "start"}""", 422, "unknownElement")]
    public async Task A_command_without_meaning_is_refused(string verb, string body, int status, string code)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var run = await scenario.EnterAsync("ann");

        var answer = await scenario.Admin.PostAsync($"{scenario.Path}/runs/{run}{verb}", body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Runs_at_an_element_are_listed_page_by_page_and_an_unknown_element_is_404()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var entered = new List<Guid>();
        for (var i = 0; i < 5; i++)
            entered.Add(await scenario.EnterAsync($"p{i}"));

        var seen = new List<Guid>();
        for (string? next = ""; next is not null; )
        {
            var page = await scenario.GetAsync($"/elements/w1/runs?limit=2{(next.Length == 0 ? "" : "&cursor=" + next)}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("runId").GetGuid()));
            next = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(entered.Order(), seen);
        Assert.Equal(0, (await scenario.GetAsync("/elements/e1/runs")).GetProperty("items").GetArrayLength());
        Assert.Equal(404, (await scenario.Admin.GetAsync(scenario.Path + "/elements/nope/runs")).Status);
    }

    [Fact]
    public async Task A_stream_shows_the_counts_at_once_and_then_each_change()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", scenario.Admin.Token);
        var cancel = TestContext.Current.CancellationToken;
        using var response = await http.GetAsync(
            new Uri(api.Address, scenario.Path + "/live/stream"),
            HttpCompletionOption.ResponseHeadersRead,
            cancel
        );
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));

        async Task<JsonElement> NextAsync()
        {
            while (await lines.ReadLineAsync(cancel) is { } line)
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                    return JsonElement.Parse(line[6..]);
            throw new InvalidOperationException("The stream has ended.");
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(0, (await NextAsync()).GetProperty("inside").GetInt32());
        await scenario.EnterAsync("ann");
        var next = await NextAsync();
        Assert.Equal(
            (1, 1),
            (next.GetProperty("inside").GetInt32(), next.GetProperty("elements").GetProperty("w1").GetInt32())
        );
    }

    /// <summary>It was opened while everybody saw the scenario, and went on telling its numbers.</summary>
    [Theory]
    [InlineData("/api/v1/scenarios/{0}/live/stream")]
    [InlineData("/api/v1/live?scenario={0}")]
    public async Task A_stream_ends_when_a_group_hides_its_scenario(string path)
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var viewer = await scenario.ColleagueAsync(api, "viewer", "others");
        using var http = new HttpClient
        {
            Timeout = TimeSpan.FromSeconds(30),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", viewer.Token) },
        };
        using var lines = new StreamReader(
            await http.GetStreamAsync(
                new Uri(api.Address, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, scenario.Number)),
                TestContext.Current.CancellationToken
            )
        );
        Assert.NotNull(await lines.ReadLineAsync(TestContext.Current.CancellationToken));

        Assert.Equal(200, (await scenario.Admin.PatchAsync(scenario.Path, """{"about": {"groups": ["insiders"]}}""")).Status);
        await scenario.EnterAsync("ann");

        Assert.DoesNotContain(
            "w1",
            await lines
                .ReadToEndAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)
        );
        Assert.Equal(404, (await viewer.GetAsync(scenario.Path + "/live")).Status);
    }

    [Fact]
    public async Task A_profiles_timeline_tells_runs_and_declines_across_scenarios()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.EnterAsync("ann");
        await scenario.CaptureAsync("""{"profileId": "ann"}""");

        var items = (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles/ann/timeline"))
            .Json.GetProperty("items")
            .EnumerateArray()
            .ToList();

        Assert.Equal(
            ["declined engaged", "run waiting"],
            items.Select(i =>
                $"{i.GetProperty("kind").GetString()} {i.GetProperty("reason").GetString() ?? i.GetProperty("state").GetString()}"
            )
        );
        Assert.Equal(404, (await scenario.Admin.GetAsync("/api/v1/databases/shop/profiles/nobody/timeline")).Status);
    }
}
