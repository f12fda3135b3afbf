using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Scenarios.Bench.Load;

namespace Scenarios.Bench.Designs;

/// <summary>
/// The real server with both roles, spoken to as a customer would; only lateness is read from its tables, to the microsecond.
/// </summary>
internal sealed class ProductDesign(string connectionString, string dataDirectory, int profiles) : Design
{
    private const string Token = "scenarios-bench-token",
        Database = "bench";
    private const int ImportedAtOnce = 50_000;

    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connectionString);

    public override string Name => "product";
    public override int MassWake => 100_000;
    public override int MemoryRuns => 100_000;

    /// <summary>The profiles that the captures are about: a capture finds its profile, it does not make it.</summary>
    public async Task ImportAsync(CancellationToken cancellationToken)
    {
        await PostAsync(
            "/api/v1/databases",
            new { name = Database, fields = new[] { new { name = "tier", type = "text" } } },
            cancellationToken
        );
        for (var first = 0; first < profiles; first += ImportedAtOnce)
        {
            var lines = new StringBuilder();
            for (var i = first; i < Math.Min(first + ImportedAtOnce, profiles); i++)
                lines
                    .Append(
                        $$$"""{"id":"{{{CaptureRequest.ProfileId(i)}}}","email":"{{{CaptureRequest.ProfileId(i)}}}@example.com","fields":{"tier":"gold"}}"""
                    )
                    .Append('\n');
            using var body = new StringContent(lines.ToString(), new MediaTypeHeaderValue("application/x-ndjson"));
            await AnswerAsync(
                await Server.Http.PostAsync($"/api/v1/databases/{Database}/profiles:import", body, cancellationToken),
                cancellationToken
            );
        }
    }

    public override async Task<int> ScenarioAsync(Wait wait, CancellationToken cancellationToken)
    {
        object rule = wait.Until is { } until ? new { until } : new { duration = new { seconds = wait.Seconds } };
        var scenario = await PostAsync(
            "/api/v1/scenarios",
            new
            {
                title = "Bench",
                database = Database,
                definition = new
                {
                    elements = new object[]
                    {
                        new
                        {
                            id = "start",
                            type = "apiCall",
                            name = "Default",
                        },
                        new
                        {
                            id = "wait",
                            type = "wait",
                            name = "Wait",
                            settings = rule,
                        },
                        new
                        {
                            id = "end",
                            type = "end",
                            name = "End",
                        },
                    },
                    links = new[]
                    {
                        new
                        {
                            from = "start",
                            output = "next",
                            to = "wait",
                        },
                        new
                        {
                            from = "wait",
                            output = "next",
                            to = "end",
                        },
                    },
                },
            },
            cancellationToken
        );
        var number = (int)scenario["number"]!;
        await PostAsync($"/api/v1/scenarios/{number}:activate", new { }, cancellationToken);
        return number;
    }

    public override Target TargetOf(int scenario) => new(Server.Address, $"/api/v1/scenarios/{scenario}/captures", Token);

    public override async Task<long> EndedAsync(int scenario, long accepted, CancellationToken cancellationToken) =>
        accepted - await InsideAsync(scenario, cancellationToken);

    public override async Task<Ends> EndsAsync(int scenario, Wait wait, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(
            """
            select count(*), coalesce(max(ended_at), 'epoch'), coalesce(min(late), 0),
                   coalesce(percentile_disc(0.5) within group (order by late), 0), coalesce(percentile_disc(0.99) within group (order by late), 0)
            from (
                select ended_at, extract(epoch from ended_at - coalesce($2, entered_at + $3))::float8 * 1000 as late
                from run_history where scenario = $1 and state = 'completed') as ends
            """
        );
        command.Parameters.Add(new() { Value = scenario });
        command.Parameters.Add(
            new()
            {
                Value = wait.Until is { } until ? until.ToUniversalTime() : DBNull.Value,
                NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz,
            }
        );
        command.Parameters.Add(new() { Value = TimeSpan.FromSeconds(wait.Seconds) });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Ends(
            row.GetInt64(0),
            row.GetFieldValue<DateTimeOffset>(1),
            row.GetDouble(2),
            row.GetDouble(3),
            row.GetDouble(4)
        );
    }

    /// <summary>What <c>live/stream</c> tells, each event with the instant at which it came.</summary>
    public async IAsyncEnumerable<(DateTimeOffset At, long Inside)> WatchAsync(
        int scenario,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var answer = await Server.Http.GetAsync(
            $"/api/v1/scenarios/{scenario}/live/stream",
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken
        );
        answer.EnsureSuccessStatusCode();
        await foreach (
            var item in SseParser
                .Create(await answer.Content.ReadAsStreamAsync(cancellationToken))
                .EnumerateAsync(cancellationToken)
        )
            yield return (DateTimeOffset.UtcNow, (long)JsonNode.Parse(item.Data)!["inside"]!);
    }

    /// <summary>When each of the runs that wait was captured, by the database's clock, the first first.</summary>
    public async Task<List<DateTimeOffset>> EnteredAsync(int scenario, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("select entered_at from run where scenario = $1 order by entered_at");
        command.Parameters.Add(new() { Value = scenario });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var entered = new List<DateTimeOffset>();
        while (await row.ReadAsync(cancellationToken))
            entered.Add(row.GetFieldValue<DateTimeOffset>(0));
        return entered;
    }

    public override async Task<List<string>> CheckAsync(int scenario, long accepted, CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        var totals = (
            await AnswerAsync(
                await Server.Http.GetAsync($"/api/v1/scenarios/{scenario}/statistics", cancellationToken),
                cancellationToken
            )
        )["totals"]!;
        var inside = await InsideAsync(scenario, cancellationToken);
        var (entered, completed) = ((long)totals["entered"]!, (long)totals["completed"]!);
        if (entered != accepted)
            wrong.Add($"scenario {scenario}: {accepted} captures were accepted, {entered} runs entered");
        if (entered != inside + completed)
            wrong.Add($"scenario {scenario}: {entered} entered, {inside} are inside and {completed} completed");
        var verified = await PostAsync($"/api/v1/scenarios/{scenario}:verify", new { }, cancellationToken);
        if (!(bool)verified["consistent"]!)
            wrong.Add($"scenario {scenario}: verify says {verified["differences"]!.ToJsonString()}");
        return wrong;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _database.DisposeAsync();
    }

    protected override async Task<ChildServer> LaunchAsync(
        Dictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var server = await ChildServer.StartAsync(
            "Scenarios.Server",
            url => ["--urls", url, "--data", dataDirectory],
            new(environment) { ["ConnectionStrings__Scenarios"] = connectionString, ["SCENARIOS_BOOTSTRAP_TOKEN"] = Token },
            cancellationToken
        );
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return server;
    }

    private async Task<long> InsideAsync(int scenario, CancellationToken cancellationToken) =>
        (long)
            (
                await AnswerAsync(
                    await Server.Http.GetAsync($"/api/v1/scenarios/{scenario}/live", cancellationToken),
                    cancellationToken
                )
            )["inside"]!;

    private async Task<JsonNode> PostAsync(string path, object body, CancellationToken cancellationToken) =>
        await AnswerAsync(await Server.Http.PostAsJsonAsync(path, body, cancellationToken), cancellationToken);

    private static async Task<JsonNode> AnswerAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new BenchFailedException(
                $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri!.PathAndQuery}: "
                    + $"{(int)answer.StatusCode} {text}"
            );
        return JsonNode.Parse(text)!;
    }
}
