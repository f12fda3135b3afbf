using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// Callers as they should be: nearly each call has a key, and one without a definite answer goes again under its key, to the next
/// node, until it is definite; a node that let one wait in vain is left alone for a while, as a balancer does. A few have no key
/// and are sent once. Nearly all call singly, some in batches whose items have keys of their own.
/// </summary>
internal sealed class Callers(IReadOnlyList<ServerProcess> nodes, string token, int scenario, ClientLedger ledger) : IDisposable
{
    private const int BatchEvery = 8,
        BatchSize = 6,
        UnkeyedEvery = 9;

    /// <summary>
    /// Between a caller's calls: a fault that lasts must not make a mountain of runs to read through afterwards.
    /// </summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(15),
        LeftAlone = TimeSpan.FromSeconds(15),
        StuckLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20),
        LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<ServerProcess, long> _silent = [];
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) }
    )
    {
        Timeout = AttemptLimit,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>So many callers side by side, each awaiting its answer before it calls again, until told to stop.</summary>
    public Task RunAsync(int callers, CancellationToken cancellationToken) =>
        Task.WhenAll(
            Enumerable
                .Range(1, callers)
                .Select(caller =>
                    Task.Run(
                        async () =>
                        {
                            for (var call = caller; !cancellationToken.IsCancellationRequested; call++)
                            {
                                await SettleAsync(
                                    call % BatchEvery == 0 ? Batch(BatchSize) : [Single(call % UnkeyedEvery == 0)]
                                );
                                await Task.Delay(Pace, CancellationToken.None);
                            }
                        },
                        CancellationToken.None
                    )
                )
        );

    /// <summary>So many captures in all, in batches.</summary>
    public Task SendAsync(int captures, int callers, int batch) =>
        Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (var sent = 0; sent < captures / callers; sent += batch)
                            await SettleAsync(Batch(batch));
                    })
                )
        );

    private Wanted Single(bool isUnkeyed)
    {
        var wanted = ledger.Next();
        wanted.IsUnkeyed = isUnkeyed;
        return wanted;
    }

    private List<Wanted> Batch(int size)
    {
        var items = Enumerable.Range(0, size).Select(_ => ledger.Next()).ToList();
        foreach (var item in items)
            item.IsItem = true;
        return items;
    }

    /// <summary>Until each has its definite answer.</summary>
    private async Task SettleAsync(List<Wanted> open)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var (attempt, pause) = (0, FirstPause); ; attempt++, pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var node = NodeFor(open[0].Seq + attempt);
            foreach (var wanted in open)
                wanted.Attempts++;
            if (!open[0].IsItem)
                await SingleAsync(node, open[0]);
            else
                await BatchAsync(node, open);
            open.RemoveAll(w => w.Outcome is not null);
            if (open.Count == 0)
                return;
            if (Stopwatch.GetElapsedTime(begun) > StuckLimit)
                throw new InvalidOperationException($"No definite answer for {StuckLimit.TotalSeconds} s: {open[0]}");
            await Task.Delay(pause);
        }
    }

    private ServerProcess NodeFor(int turn)
    {
        var heard = nodes
            .Where(n => !_silent.TryGetValue(n, out var since) || Stopwatch.GetElapsedTime(since) > LeftAlone)
            .ToList();
        return heard.Count > 0 ? heard[turn % heard.Count] : nodes[turn % nodes.Count];
    }

    private void Lost(ServerProcess node, Wanted wanted, Exception e)
    {
        if (e is TaskCanceledException)
            _silent[node] = Stopwatch.GetTimestamp();
        ledger.Undecided(wanted, e.GetType().Name);
    }

    private async Task SingleAsync(ServerProcess node, Wanted wanted)
    {
        try
        {
            using var answer = await PostAsync(node, "captures", BodyOf(wanted), wanted.IsUnkeyed ? null : wanted.Key);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (answer.IsSuccessStatusCode)
                Take(wanted, body);
            else
                Refuse(wanted, (int)answer.StatusCode, body);
        }
        catch (Exception e) when (IsLost(e))
        {
            Lost(node, wanted, e);
        }
    }

    private async Task BatchAsync(ServerProcess node, List<Wanted> open)
    {
        try
        {
            using var answer = await PostAsync(node, "captures:batch", BatchOf(open), key: null);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (!answer.IsSuccessStatusCode)
            {
                foreach (var wanted in open)
                    Refuse(wanted, (int)answer.StatusCode, body);
                return;
            }
            foreach (var (wanted, item) in open.Zip(body.GetProperty("items").EnumerateArray()))
                if (item.TryGetProperty("error", out var error))
                    Refuse(wanted, error.GetProperty("status").GetInt32(), error);
                else
                    Take(wanted, item);
        }
        catch (Exception e) when (IsLost(e))
        {
            foreach (var wanted in open)
                Lost(node, wanted, e);
        }
    }

    /// <summary>The same call once more, as a caller does that has forgotten its answer (A3).</summary>
    public async Task<(Guid? Run, bool Replayed)> RepeatAsync(ServerProcess node, Wanted wanted)
    {
        using var answer = wanted.IsItem
            ? await PostAsync(node, "captures:batch", BatchOf([wanted]), key: null)
            : await PostAsync(node, "captures", BodyOf(wanted), wanted.Key);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        if (wanted.IsItem && answer.IsSuccessStatusCode)
            body = body.GetProperty("items")[0];
        var replayed = wanted.IsItem ? body.TryGetProperty("replayed", out _) : answer.Headers.Contains("Idempotency-Replayed");
        return (body.TryGetProperty("runId", out var run) ? run.GetGuid() : null, replayed);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> PostAsync(ServerProcess node, string what, JsonObject body, string? key)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(node.CalledAddress, $"/api/v1/scenarios/{scenario}/{what}")
        )
        {
            Content = JsonContent.Create(body),
        };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await _http.SendAsync(request);
    }

    private static JsonObject BatchOf(IEnumerable<Wanted> items) =>
        new()
        {
            ["items"] = new JsonArray([
                .. items.Select(wanted =>
                {
                    var item = BodyOf(wanted);
                    item["key"] = wanted.Key;
                    return (JsonNode)item;
                }),
            ]),
        };

    private static JsonObject BodyOf(Wanted wanted) =>
        new()
        {
            ["profileId"] = wanted.Profile,
            ["profile"] = new JsonObject(),
            ["content"] = new JsonObject { ["seq"] = wanted.Seq },
        };

    private void Take(Wanted wanted, JsonElement outcome)
    {
        if (outcome.GetProperty("accepted").GetBoolean())
            ledger.Decided(wanted, outcome.GetProperty("runId").GetGuid(), null);
        else
            ledger.Decided(wanted, null, outcome.GetProperty("reason").GetString());
    }

    /// <summary>
    /// A 503 that says overloaded says that nothing happened; every other one, and every 500, leaves it open. All are called
    /// again.
    /// </summary>
    private void Refuse(Wanted wanted, int status, JsonElement problem)
    {
        var code = $"{status} {(problem.TryGetProperty("code", out var named) ? named.GetString() : "without a code")}";
        if (status is >= 500 or (int)HttpStatusCode.TooManyRequests)
            ledger.Undecided(wanted, code);
        else
            ledger.Refused(wanted, code);
    }

    private static bool IsLost(Exception e) =>
        e is HttpRequestException or TaskCanceledException or IOException or SocketException or JsonException;
}
