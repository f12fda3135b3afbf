using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>One line of <c>access.txt</c>.</summary>
public sealed record AccessLine(string Method, string Path, string Roles, string? Body)
{
    public static IReadOnlyList<AccessLine> All { get; } =
    [
        .. File.ReadLines(System.IO.Path.Combine(AppContext.BaseDirectory, "Security", "access.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(cells => new AccessLine(cells[0], cells[1], cells[2], cells.Length > 3 ? cells[3] : null)),
    ];

    /// <summary>As the reference names it.</summary>
    public override string ToString() => $"{Method} {Path.Split('?')[0]}";
}

/// <summary>
/// Two tenants of one make. In each a database and a scenario for everybody, and both for a group that only admins and members
/// see. Every name of the neighbour's, and every hidden one, bears a mark that must not be met elsewhere.
/// </summary>
public sealed class Neighbours(ApiFixture api)
{
    /// <summary>The order in which <c>access.txt</c> has them.</summary>
    public static readonly string[] Roles = ["ingest", "viewer", "operator", "editor", "admin", "cluster"];

    private const string Tenant = "/api/v1";
    private static readonly HttpClient Http = new();
    private readonly Dictionary<string, string> _tokens = [];
    private readonly Dictionary<string, Dictionary<string, string>> _subjects = [];
    private int _names;

    public ApiCaller Admin { get; private set; } = null!;
    public ApiCaller Neighbour { get; private set; } = null!;
    public string TheirMark { get; } = "theirs" + Guid.NewGuid().ToString("n")[..8];
    public string HiddenMark { get; } = "hidden" + Guid.NewGuid().ToString("n")[..8];

    public static async Task<Neighbours> NewAsync(ApiFixture api)
    {
        // The operator of the cluster is an admin of a tenant too: the one where all of this stands.
        var two = new Neighbours(api) { Admin = api.Operator, Neighbour = await api.NewTenantAsync() };
        foreach (var role in Roles[..^1])
            two._tokens[role] = (
                await MadeAsync(two.Admin, "/tokens", $$"""{"name": "{{role}}", "role": "{{role}}", "groups": ["others"]}""")
            )
                .GetProperty("token")
                .GetString()!;
        two._tokens["cluster"] = ApiFixture.OperatorToken;
        // Numbers are given by tenant: the neighbour's are none that the callers' tenant has.
        await MadeAsync(two.Neighbour, "/scenarios", $$"""{"title": "{{two.TheirMark}}", "database": "default"}""");
        await api.Database.Ledger.RenumberScenarioAsync(two.TheirMark, 1_000_000);
        return two;
    }

    public ApiCaller Caller(string role) => api.Caller(_tokens[role]);

    /// <summary>
    /// What a request is about: <c>own</c> and <c>hidden</c> are of the callers' tenant, <c>theirs</c> of the neighbour's,
    /// <c>none</c> of nobody's. One that the request uses up is made anew.
    /// </summary>
    public async Task<Dictionary<string, string>> SubjectsAsync(string scope, AccessLine line)
    {
        var usesUp =
            line.Method == "DELETE"
            || IsRestore(line)
            || line.Path.EndsWith("/draft", StringComparison.Ordinal)
            || line.Path.StartsWith("/api/v1.1/", StringComparison.Ordinal);
        var key = usesUp ? $"{scope} {line}" : scope;
        if (line.Path.Contains("{task}", StringComparison.Ordinal))
            key += " task";
        if (!_subjects.TryGetValue(key, out var subjects) || (usesUp && scope is "own" or "hidden"))
            _subjects[key] = subjects = await MakeAsync(scope, line);
        return new(subjects) { ["new"] = Name() };
    }

    private async Task<Dictionary<string, string>> MakeAsync(string scope, AccessLine line)
    {
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        if (scope == "none")
            return new()
            {
                ["task"] = Guid.CreateVersion7().ToString(),
                ["db"] = "never",
                ["n"] = "2147483647",
                ["run"] = Guid.CreateVersion7().ToString(),
                ["id"] = "never",
                ["token"] = "0123456789abcdef",
                ["e"] = "w1",
                ["r"] = "1",
                ["tomorrow"] = tomorrow,
            };
        var (admin, mark) = (
            scope == "theirs" ? Neighbour : Admin,
            scope switch
            {
                "theirs" => TheirMark,
                "hidden" => HiddenMark,
                _ => "own",
            }
        );
        var groups = scope == "hidden" ? """["insiders"]""" : "[]";
        var (database, profile) = ($"{mark} {Name()}", $"{mark} {Name()}");
        await MadeAsync(
            admin,
            "/databases",
            $$"""{"name": "{{database}}", "fields": [{"name": "tier", "type": "text"}], "groups": {{groups}} }"""
        );
        var number = (
            await MadeAsync(
                admin,
                "/scenarios",
                $$"""{"title": "{{mark}}", "database": "{{database}}", "definition": {{ScenarioOfTenant.Definition}}, "about": {"groups": {{groups}}, "description": "{{mark}}"} }"""
            )
        )
            .GetProperty("number")
            .GetInt32();
        var scenario = $"/scenarios/{number}";
        await admin.PostAsync($"{Tenant}{scenario}:activate", "{}");
        var run = await MadeAsync(
            admin,
            scenario + "/captures",
            $$$"""{"profileId": "{{{profile}}}", "profile": {"fields": {"tier": "gold"} }, "content": {"x": "{{{mark}}}"} }"""
        );
        var draft = await admin.SendAsync(
            "PUT",
            $"{Tenant}{scenario}/draft",
            "{}"u8.ToArray(),
            "application/json",
            [("If-Match", "\"0\"")]
        );
        Assert.True(draft.Status == 200, draft.Text);
        if (line is { Path: "/api/v1/scenarios/{n}", Method: "DELETE" } || IsRestore(line))
            await admin.PostAsync($"{Tenant}{scenario}:deactivate", """{"mode": "end"}""");
        if (IsRestore(line))
            await admin.DeleteAsync(Tenant + scenario);
        var task = line.Path.Contains("{task}", StringComparison.Ordinal)
            ? (
                await admin.PostAsync(
                    $"{Tenant}{scenario}/runs:bulk",
                    """{"select": {"profileIds": ["nobody"]}, "action": "remove"}"""
                )
            )
                .Json.GetProperty("id")
                .GetString()!
            : "";
        return new()
        {
            ["task"] = task,
            ["db"] = database,
            ["id"] = profile,
            ["n"] = number.ToString(CultureInfo.InvariantCulture),
            ["run"] = run.GetProperty("runId").GetString()!,
            ["token"] = (await MadeAsync(admin, "/tokens", $$"""{"name": "{{mark}}", "role": "viewer"}"""))
                .GetProperty("id")
                .GetString()!,
            ["e"] = "w1",
            ["r"] = "1",
            ["tomorrow"] = tomorrow,
        };
    }

    /// <summary>A stream is left as soon as its head is there.</summary>
    public async Task<(int Status, string Text)> SendAsync(AccessLine line, Dictionary<string, string> subjects, string? token)
    {
        string Filled(string text, Func<string, string> escape) =>
            subjects.Aggregate(text, (t, s) => t.Replace($"{{{s.Key}}}", escape(s.Value), StringComparison.Ordinal));
        using var request = new HttpRequestMessage(
            new HttpMethod(line.Method),
            new Uri(api.Address, Filled(line.Path, Uri.EscapeDataString))
        );
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (line.Body is { } body)
            request.Content = new StringContent(
                Filled(body, s => s),
                Encoding.UTF8,
                line.Path.EndsWith(":import", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json"
            );
        if (line.Method == "PUT" && line.Path.Contains("/scenarios/", StringComparison.Ordinal))
            request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        using var response = await Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken
        );
        var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var text = isStream ? "" : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return line.Path.StartsWith("/api/v1.1/", StringComparison.Ordinal) ? Opened(text) : ((int)response.StatusCode, text);
    }

    private static bool IsRestore(AccessLine line) => line.Path == "/api/v1/scenarios/{n}:restore";

    /// <summary>Altcraft's envelope in our words.</summary>
    private static (int Status, string Text) Opened(string text) =>
        JsonElement.Parse(text).GetProperty("error").GetInt32() switch
        {
            0 => (200, text),
            401 => (401, """{"code": "unauthenticated"}"""),
            403 => (403, """{"code": "forbidden"}"""),
            400 => (422, text),
            var error => (error, text),
        };

    private string Name() => $"n{Interlocked.Increment(ref _names)}-{Guid.NewGuid().ToString("n")[..6]}";

    private static async Task<JsonElement> MadeAsync(ApiCaller admin, string path, string json)
    {
        var answer = await admin.PostAsync(Tenant + path, json);
        Assert.True(answer.Status == 201, $"{path} answers {answer.Status}: {answer.Text}");
        return answer.Json;
    }
}
