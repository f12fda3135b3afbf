using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>An answer of the API.</summary>
public sealed record Reply(int Status, JsonElement Body, bool Replayed, string Text)
{
    public string? Code =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>The body, if the call succeeded; anything else is not what the test is about, and said so.</summary>
    public JsonElement Ok() => Status is >= 200 and < 300 ? Body : throw new InvalidOperationException($"{Status}: {Text}");
}

/// <summary>What became of a capture. <c>Reason</c> is of a decline, or the code of a refusal.</summary>
public sealed record Captured(int Status, bool Accepted, Guid RunId, string? Reason, bool Replayed);

public sealed record Live(long Inside, IReadOnlyDictionary<string, long> Elements)
{
    public long At(string element) => Elements.GetValueOrDefault(element);
}

/// <summary>A run as it reads, with its trail as a path: <c>start > w1 > c1:vip > completed</c>.</summary>
public sealed record RunSeen(
    Guid RunId,
    string ProfileId,
    string State,
    string? Reason,
    string Element,
    DateTimeOffset? LeavesAt,
    JsonElement Body
)
{
    public bool IsOpen => State is "waiting" or "performing";

    public string Path =>
        string.Join(
            " > ",
            Body.GetProperty("trail")
                .EnumerateArray()
                .Select(Api.StepName)
                .Append(
                    IsOpen ? State
                    : Reason is null ? State
                    : $"{State}:{Reason}"
                )
        );
}

/// <summary>
/// A caller with one token, in the words of the tests. A call that fails in a way no test expects throws with what came back.
/// </summary>
public sealed class Api(Uri address, string token) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30),
        Pause = TimeSpan.FromMilliseconds(20);
    private static int _names;

    private readonly HttpClient _http = new()
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(100),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    /// <param name="body">An object to be written as JSON, or a text that is JSON.</param>
    public async Task<Reply> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        string? key = null,
        string? ifMatch = null
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = body is string json
                ? new StringContent(json, Encoding.UTF8, "application/json")
                : JsonContent.Create(body);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await _http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new Reply(
            (int)response.StatusCode,
            isJson ? JsonElement.Parse(text) : default,
            response.Headers.Contains("Idempotency-Replayed"),
            text
        );
    }

    public async Task<JsonElement> GetAsync(string path) => (await SendAsync(HttpMethod.Get, path)).Ok();

    public async Task<JsonElement> PostAsync(string path, object? body = null) =>
        (await SendAsync(HttpMethod.Post, path, body)).Ok();

    // Databases and profiles

    /// <summary>
    /// A database with fields <c>tier</c>, <c>points</c>, <c>tags</c>, <c>day</c> and <c>at</c>; answers its name.
    /// </summary>
    public async Task<string> DatabaseAsync()
    {
        var name = $"shop{Interlocked.Increment(ref _names)}";
        await PostAsync(
            "/api/v1/databases",
            new
            {
                name,
                fields = new[]
                {
                    ("tier", "text"),
                    ("points", "number"),
                    ("tags", "list"),
                    ("day", "date"),
                    ("at", "dateTime"),
                }.Select(f => new { name = f.Item1, type = f.Item2 }),
            }
        );
        return name;
    }

    public async Task ProfileAsync(string database, string id, object? profile = null) =>
        (
            await SendAsync(
                HttpMethod.Put,
                $"/api/v1/databases/{database}/profiles/{Uri.EscapeDataString(id)}",
                profile ?? "{}"
            )
        ).Ok();

    public Task<JsonElement> ProfileOfAsync(string database, string id) =>
        GetAsync($"/api/v1/databases/{database}/profiles/{Uri.EscapeDataString(id)}");

    // Scenarios

    /// <summary>Makes a scenario; without a definition the profiles wait for a day. Answers its number.</summary>
    public async Task<int> ScenarioAsync(string database, object? definition = null, object? settings = null) => (
            await PostAsync(
                "/api/v1/scenarios",
                new
                {
                    title = "Test",
                    database,
                    definition = definition ?? Graph.WaitingADay,
                    settings = settings ?? new { },
                }
            )
        ).GetProperty("number").GetInt32();

    /// <summary>As <see cref="ScenarioAsync"/>, with a database of its own, and active.</summary>
    public async Task<int> ActiveAsync(object? definition = null, object? settings = null)
    {
        var number = await ScenarioAsync(await DatabaseAsync(), definition, settings);
        await ActivateAsync(number);
        return number;
    }

    public Task<JsonElement> ScenarioOfAsync(int number) => GetAsync($"/api/v1/scenarios/{number}");

    public Task<JsonElement> ActivateAsync(int number, bool clear = false, bool dryRun = false) =>
        PostAsync($"/api/v1/scenarios/{number}:activate{(dryRun ? "?dryRun=true" : "")}", new { clear });

    public Task<JsonElement> DeactivateAsync(int number, string? mode = null) =>
        PostAsync($"/api/v1/scenarios/{number}:deactivate", mode is null ? "{}" : new { mode });

    public async Task<long> ClearAsync(int number) =>
        (await PostAsync($"/api/v1/scenarios/{number}:clear")).GetProperty("ended").GetInt64();

    // Captures

    /// <summary>Captures a profile, which is made where it does not exist.</summary>
    public async Task<Captured> CaptureAsync(
        int number,
        string profileId,
        string? key = null,
        object? content = null,
        object? profile = null
    )
    {
        var body = new Dictionary<string, object> { ["profileId"] = profileId, ["profile"] = profile ?? new { } };
        if (content is not null)
            body.Add("content", content);
        var reply = await SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures", body, key);
        return reply.Status is 200 or 201
            ? Outcome(reply.Status, reply.Body, reply.Replayed)
            : new Captured(reply.Status, false, default, reply.Code, false);
    }

    /// <summary>An outcome for each item, in order.</summary>
    public async Task<IReadOnlyList<Captured>> CaptureAllAsync(int number, IEnumerable<object> items, string? key = null)
    {
        var reply = await SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures:batch", new { items }, key);
        return
        [
            .. reply
                .Ok()
                .GetProperty("items")
                .EnumerateArray()
                .Select(item =>
                    item.TryGetProperty("error", out var error)
                        ? new Captured(
                            error.GetProperty("status").GetInt32(),
                            false,
                            default,
                            error.GetProperty("code").GetString(),
                            false
                        )
                        : Outcome(200, item, item.TryGetProperty("replayed", out var replayed) && replayed.GetBoolean())
                ),
        ];
    }

    /// <summary>Captures these profiles in batches; all must be accepted.</summary>
    public async Task<IReadOnlyList<Guid>> CaptureAllAsync(int number, IEnumerable<string> profiles)
    {
        var runs = new List<Guid>();
        foreach (var page in profiles.Chunk(5000))
            runs.AddRange(
                (await CaptureAllAsync(number, page.Select(object (id) => new { profileId = id, profile = new { } }))).Select(
                    c => c.Accepted ? c.RunId : throw new InvalidOperationException($"declined {c.Reason}")
                )
            );
        return runs;
    }

    /// <summary>Captures these profiles as a task; answers its address.</summary>
    public async Task<string> LaterAsync(int number, IEnumerable<string> profiles)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures:batch")
        {
            Content = JsonContent.Create(new { items = profiles.Select(id => new { profileId = id, profile = new { } }) }),
            Headers = { { "Prefer", "respond-async" } },
        };
        using var response = await _http.SendAsync(request, Cancel);
        return response.StatusCode == System.Net.HttpStatusCode.Accepted
            ? response.Headers.Location!.OriginalString
            : throw new InvalidOperationException($"{response.StatusCode}: {await response.Content.ReadAsStringAsync(Cancel)}");
    }

    private static Captured Outcome(int status, JsonElement body, bool replayed) =>
        body.GetProperty("accepted").GetBoolean()
            ? new Captured(status, true, body.GetProperty("runId").GetGuid(), null, replayed)
            : new Captured(status, false, default, body.GetProperty("reason").GetString(), replayed);

    // What one sees

    public async Task<Live> LiveAsync(int number)
    {
        var live = await GetAsync($"/api/v1/scenarios/{number}/live");
        return new Live(live.GetProperty("inside").GetInt64(), Numbers(live.GetProperty("elements")));
    }

    public async Task<RunSeen> RunAsync(int number, Guid run) => Seen(await GetAsync($"/api/v1/scenarios/{number}/runs/{run}"));

    /// <summary>All runs, without their trails, the latest entry first.</summary>
    public Task<IReadOnlyList<RunSeen>> RunsAsync(int number, string? profileId = null) =>
        AllAsync(
            $"/api/v1/scenarios/{number}/runs?limit=1000"
                + (profileId is null ? "" : $"&profileId={Uri.EscapeDataString(profileId)}")
        );

    /// <summary>Runs standing at an element, without their trails.</summary>
    public Task<IReadOnlyList<RunSeen>> RunsAtAsync(int number, string element) =>
        AllAsync($"/api/v1/scenarios/{number}/elements/{element}/runs?limit=1000");

    public Task<JsonElement> InScenarioAsync(int number, string profileId) =>
        GetAsync($"/api/v1/scenarios/{number}/profiles/{Uri.EscapeDataString(profileId)}");

    /// <summary>Numbers of all time, also of times to which a test has moved the clock.</summary>
    public Task<JsonElement> StatisticsAsync(int number) =>
        GetAsync(
            $"/api/v1/scenarios/{number}/statistics?by=week&from={DateTimeOffset.UtcNow.AddDays(-30):yyyy-MM-dd'T'HH:mm:ss'Z'}"
                + $"&to={DateTimeOffset.UtcNow.AddYears(12):yyyy-MM-dd'T'HH:mm:ss'Z'}"
        );

    public Task<JsonElement> VerifyAsync(int number) => PostAsync($"/api/v1/scenarios/{number}:verify");

    private async Task<IReadOnlyList<RunSeen>> AllAsync(string path)
    {
        var runs = new List<RunSeen>();
        string? cursor = null;
        do
        {
            var page = await GetAsync(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}");
            runs.AddRange(page.GetProperty("items").EnumerateArray().Select(Seen));
            cursor = page.GetProperty("nextCursor").GetString();
        } while (cursor is not null);
        return runs;
    }

    // Waiting

    /// <summary>Looks until it holds. The only way in which tests wait for what the product does by itself.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> holds, TimeSpan? within = null)
    {
        var deadline = DateTimeOffset.UtcNow + (within ?? Patience);
        using var ticks = new PeriodicTimer(Pause);
        while (true)
        {
            var seen = await look();
            if (holds(seen))
                return seen;
            if (DateTimeOffset.UtcNow > deadline)
                throw new TimeoutException($"Not within {within ?? Patience}; at last {seen}");
            await ticks.WaitForNextTickAsync(Cancel);
        }
    }

    public Task<Live> UntilLiveAsync(int number, Func<Live, bool> holds) => UntilAsync(() => LiveAsync(number), holds);

    public Task<RunSeen> UntilRunAsync(int number, Guid run, Func<RunSeen, bool> holds) =>
        UntilAsync(() => RunAsync(number, run), holds);

    /// <summary>The run once it has ended.</summary>
    public Task<RunSeen> EndOfAsync(int number, Guid run) => UntilRunAsync(number, run, r => !r.IsOpen);

    public static IReadOnlyDictionary<string, long> Numbers(JsonElement json) =>
        json.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetInt64());

    internal static string StepName(JsonElement step)
    {
        var element = step.GetProperty("element").GetString()!;
        return
            step.TryGetProperty("output", out var output)
            && output.ValueKind == JsonValueKind.String
            && output.GetString() != "next"
            ? $"{element}:{output.GetString()}"
            : element;
    }

    private static RunSeen Seen(JsonElement run) =>
        new(
            run.GetProperty("runId").GetGuid(),
            run.GetProperty("profileId").GetString()!,
            run.GetProperty("state").GetString()!,
            Text(run, "reason"),
            Text(run, "element") ?? "",
            Text(run, "leavesAt") is { } at ? DateTimeOffset.Parse(at) : null,
            run
        );

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
