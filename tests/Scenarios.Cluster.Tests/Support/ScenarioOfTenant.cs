using System.Text.Json;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// A scenario of a tenant of its own: start → condition on <c>tier</c> (gold) → a wait of a day, else to the end.
/// </summary>
public sealed class ScenarioOfTenant
{
    public const string Definition = """
        {"elements": [
            {"id": "start", "type": "apiCall"},
            {"id": "c1", "type": "condition", "settings": {"branches": [{"output": "gold", "rules": {"field": "tier", "op": "equal", "value": "gold"}}]}},
            {"id": "w1", "type": "wait", "settings": {"duration": {"days": 1}}},
            {"id": "e1", "type": "end", "settings": {"goal": "seen"}}],
         "links": [
            {"from": "start", "output": "next", "to": "c1"}, {"from": "c1", "output": "gold", "to": "w1"}, {"from": "w1", "output": "next", "to": "e1"},
            {"from": "c1", "output": "else", "to": "e1"}],
         "layout": {"start": {"x": 1, "y": 2}}}
        """;

    private ScenarioOfTenant(ApiCaller admin, int number) => (Admin, Number) = (admin, number);

    public ApiCaller Admin { get; }
    public int Number { get; }
    public string Path => $"/api/v1/scenarios/{Number}";

    public static async Task<ScenarioOfTenant> NewAsync(
        ApiFixture api,
        string settings = "{}",
        string about = "{}",
        bool active = true
    )
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal(
            201,
            (
                await admin.PostAsync(
                    "/api/v1/databases",
                    """{"name": "shop", "fields": [{"name": "tier", "type": "text"}, {"name": "card", "type": "number"}]}"""
                )
            ).Status
        );
        var made = await admin.PostAsync(
            "/api/v1/scenarios",
            $$"""{"title": "Welcome", "database": "shop", "definition": {{Definition}}, "settings": {{settings}}, "about": {{about}}}"""
        );
        Assert.True(made.Status == 201, made.Text);
        var scenario = new ScenarioOfTenant(admin, made.Json.GetProperty("number").GetInt32());
        if (active)
            Assert.Equal(200, (await admin.PostAsync(scenario.Path + ":activate", "{}")).Status);
        return scenario;
    }

    public Task<ApiAnswer> CaptureAsync(string body, string? key = null) => Admin.PostAsync(Path + "/captures", body, key);

    /// <summary>A profile with tier gold, which waits a day.</summary>
    public async Task<Guid> EnterAsync(string profile)
    {
        var answer = await CaptureAsync($$$"""{"profileId": "{{{profile}}}", "profile": {"fields": {"tier": "gold"} } }""");
        Assert.True(answer.Status == 201, answer.Text);
        return answer.Json.GetProperty("runId").GetGuid();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var answer = await Admin.GetAsync(Path + path);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json;
    }

    public Task<ApiAnswer> PutAsync(string json, params string[] ifMatch) =>
        Admin.SendAsync(
            "PUT",
            Path,
            System.Text.Encoding.UTF8.GetBytes(json),
            "application/json",
            [.. ifMatch.Select(tag => ("If-Match", tag))]
        );

    /// <summary>A caller of the same tenant with another role and groups.</summary>
    public async Task<ApiCaller> ColleagueAsync(ApiFixture api, string role, params string[] groups)
    {
        var made = await Admin.PostAsync(
            "/api/v1/tokens",
            $$"""{"name": "{{role}}", "role": "{{role}}", "groups": {{JsonSerializer.Serialize(groups)}}}"""
        );
        Assert.True(made.Status == 201, made.Text);
        return api.Caller(made.Json.GetProperty("token").GetString());
    }
}
