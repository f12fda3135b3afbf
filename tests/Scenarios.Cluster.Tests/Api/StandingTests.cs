using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>Who stands at an element: in which order, whom one finds, and what a role sees of them.</summary>
[Collection(ApiCollection.Name)]
public sealed class StandingTests(ApiFixture api)
{
    [Fact]
    public async Task Those_at_an_element_come_by_when_they_leave_page_by_page()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        var leaves = new[] { ("ann", 3), ("bo", 1), ("cy", 2) };
        foreach (var (profile, days) in leaves)
        {
            var until = DateTimeOffset.UtcNow.AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
            Assert.Equal(
                200,
                (
                    await scenario.Admin.PostAsync(
                        $"{scenario.Path}/runs/{await scenario.EnterAsync(profile)}:postpone",
                        $$"""{"until": "{{until}}"}"""
                    )
                ).Status
            );
        }

        var seen = new List<string?>();
        for (string? next = ""; next is not null; )
        {
            var page = await scenario.GetAsync(
                $"/elements/w1/runs?order=leaves&limit=2{(next.Length == 0 ? "" : "&cursor=" + next)}"
            );
            seen.AddRange(Profiles(page));
            next = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(["bo", "cy", "ann"], seen);
        Assert.Equal(["ann", "bo", "cy"], Profiles(await scenario.GetAsync("/elements/w1/runs")));
        Assert.Empty(Profiles(await scenario.GetAsync("/elements/w1/runs?overdue=true")));
    }

    [Fact]
    public async Task One_at_an_element_is_found_by_id_email_and_phone_and_shows_name_and_email()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.Admin.PatchAsync(
            "/api/v1/databases/shop",
            """{"fields": [{"name": "firstName", "type": "text"}, {"name": "lastName", "type": "text"}]}"""
        );
        Assert.Equal(
            201,
            (
                await scenario.CaptureAsync(
                    """{"profileId": "ann", "profile": {"email": "Ann@example.com", "phone": "+4915112345678", "fields": {"tier": "gold", "firstName": "Ann", "lastName": "Berg"}}}"""
                )
            ).Status
        );
        await scenario.EnterAsync("bo");

        foreach (var q in new[] { "an", "ann@example.com", "%2B4915112345678" })
            Assert.Equal(["ann"], Profiles(await scenario.GetAsync("/elements/w1/runs?q=" + q)));
        var ann = (await scenario.GetAsync("/elements/w1/runs?q=ann")).GetProperty("items")[0];
        Assert.Equal(
            ("Ann Berg", "Ann@example.com"),
            (ann.GetProperty("name").GetString(), ann.GetProperty("email").GetString())
        );
        Assert.Empty(Profiles(await scenario.GetAsync("/elements/w1/runs?q=nobody")));
        Assert.Equal(400, (await scenario.Admin.GetAsync(scenario.Path + "/elements/w1/runs?order=height")).Status);
    }

    [Fact]
    public async Task A_viewer_sees_runs_by_profile_id_and_no_profile_fields()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        Assert.Equal(
            201,
            (
                await scenario.CaptureAsync(
                    """{"profileId": "ann", "profile": {"email": "ann@example.com", "fields": {"tier": "gold"}}}"""
                )
            ).Status
        );
        var viewer = await scenario.ColleagueAsync(api, "viewer");

        var run = (await viewer.GetAsync(scenario.Path + "/elements/w1/runs?q=ann")).Json.GetProperty("items")[0];

        Assert.Equal(
            (JsonValueKind.Null, JsonValueKind.Null),
            (run.GetProperty("name").ValueKind, run.GetProperty("email").ValueKind)
        );
        Assert.Empty(Profiles((await viewer.GetAsync(scenario.Path + "/elements/w1/runs?q=ann@example.com")).Json));
    }

    [Fact]
    public async Task Runs_are_listed_by_the_reason_for_which_they_ended()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        Assert.Equal(
            204,
            (await scenario.Admin.DeleteAsync($"{scenario.Path}/runs/{await scenario.EnterAsync("ann")}")).Status
        );
        await scenario.EnterAsync("bo");

        Assert.Equal(["ann"], Profiles(await scenario.GetAsync("/runs?state=left&reason=removed")));
        Assert.Equal(["ann"], Profiles(await scenario.GetAsync("/runs?profileId=ann&reason=removed")));
        Assert.Empty(Profiles(await scenario.GetAsync("/runs?reason=cleared")));
    }

    private static IEnumerable<string?> Profiles(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("profileId").GetString());
}
