using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>
/// Nobody is kept waiting for long (API4): a read is told to come again, a write that it may have happened, and a key then
/// tells which.
/// </summary>
public sealed class RequestLimitTests(TestPostgres postgres)
{
    private static readonly RequestLimits Short = new()
    {
        Read = TimeSpan.FromSeconds(0.3),
        Slow = TimeSpan.FromSeconds(0.3),
        Write = TimeSpan.FromSeconds(0.5),
        Capture = TimeSpan.FromSeconds(0.5),
    };

    /// <summary>Whatever is the matter with the database, a keyed call is told so within this.</summary>
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_has_a_limit_but_streams_and_the_import()
    {
        await using var node = await NodeAsync(new RequestLimits());
        var endpoints = node
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(endpoints);

        var unlimited = endpoints
            .Where(e => e.Metadata.GetMetadata<DisableRequestTimeoutAttribute>() is not null)
            .Select(e => e.RoutePattern.RawText);
        Assert.Equal(
            ["/api/v1/databases/{db}/profiles:import", "/api/v1/live", "/api/v1/scenarios/{n}/live/stream"],
            unlimited.Order(StringComparer.Ordinal)
        );
        var limited = endpoints.Where(e => e.Metadata.GetMetadata<DisableRequestTimeoutAttribute>() is null).ToList();
        Assert.All(limited, e => Assert.NotNull(e.Metadata.GetMetadata<RequestTimeoutAttribute>()?.PolicyName));
        string PolicyOf(string method, string address) =>
            limited
                .Single(e =>
                    e.RoutePattern.RawText == address
                    && e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains(method)
                )
                .Metadata.GetMetadata<RequestTimeoutAttribute>()!
                .PolicyName!;
        Assert.Equal(
            ["read", "slow", "write", "write", "batch", "long"],
            [
                PolicyOf("GET", "/api/v1/account"),
                PolicyOf("GET", "/api/v1/scenarios"),
                PolicyOf("PUT", "/api/v1/scenarios/{n}"),
                PolicyOf("POST", "/api/v1/scenarios/{n}/captures"),
                PolicyOf("POST", "/api/v1/scenarios/{n}/captures:batch"),
                PolicyOf("POST", "/api/v1/scenarios/{n}:verify"),
            ]
        );
    }

    [Fact]
    public async Task A_read_over_its_limit_gets_Retry_After()
    {
        await using var node = await NodeAsync(Short);
        using var caller = new Caller(node);
        var number = await node.Api.ActiveAsync();
        await using (await HoldAsync(node, "lock table profile, scenario in access exclusive mode"))
            foreach (var address in (string[])[$"/api/v1/scenarios/{number}", "/api/v1/scenarios"])
                await caller.AssertRefusedAsync(HttpMethod.Get, address, null, null, "unavailable");

        await node.Api.GetAsync($"/api/v1/scenarios/{number}");
    }

    [Fact]
    public async Task A_write_over_its_limit_may_have_happened_never_by_half_and_its_key_tells_in_the_end()
    {
        await using var node = await NodeAsync(Short);
        using var caller = new Caller(node);
        var database = await node.Api.DatabaseAsync();
        await node.Api.ProfileAsync(database, "ann", new { email = "former@example.com", fields = new { points = 1 } });
        var (address, body) = (
            $"/api/v1/databases/{database}/profiles/ann",
            new { email = "next@example.com", fields = new { points = 2 } }
        );

        await using (await HoldAsync(node, "select from profile where id = 'ann' for update"))
        {
            await caller.AssertRefusedAsync(HttpMethod.Put, address, body, null, "unknownOutcome");
            await caller.AssertRefusedAsync(HttpMethod.Put, address, body, "k1", "unknownOutcome");
        }
        var between = await node.Api.ProfileOfAsync(database, "ann");
        Assert.True(
            (between.GetProperty("email").GetString(), between.GetProperty("fields").GetProperty("points").GetInt32())
                is
                    ("former@example.com", 1)
                    or
                    ("next@example.com", 2),
            between.ToString()
        );

        // As long as it may be under way, nobody begins it again under its key; then a repeat does it, and the next one is
        // answered as that.
        Assert.Equal("inProgress", (await node.Api.SendAsync(HttpMethod.Put, address, body, key: "k1")).Code);
        await node.Database.Ledger.AgeReceiptAsync("k1", TimeSpan.FromSeconds(31));
        var first = await node.Api.SendAsync(HttpMethod.Put, address, body, key: "k1");
        var second = await node.Api.SendAsync(HttpMethod.Put, address, body, key: "k1");
        Assert.Equal((200, false, 200, true), (first.Status, first.Replayed, second.Status, second.Replayed));
        Assert.Equal(
            2,
            (await node.Api.ProfileOfAsync(database, "ann")).GetProperty("fields").GetProperty("points").GetInt32()
        );
    }

    [Fact]
    public async Task A_capture_that_its_slice_cannot_settle_in_time_is_there_or_not_and_under_its_key_there_once()
    {
        await using var node = await NodeAsync(Short);
        using var caller = new Caller(node);
        var number = await node.Api.ActiveAsync(settings: new { partitions = 1, reentryMode = "parallel" });
        await node.Api.CaptureAsync(number, "warm");
        var address = $"/api/v1/scenarios/{number}/captures";
        object Body(string profile) => new { profileId = profile, profile = new { } };
        await using (var held = await HeldPartition.HoldAsync(node.Database, TestNode.Tenant, number, 0))
        {
            await caller.AssertRefusedAsync(HttpMethod.Post, address, Body("bob"), null, "unknownOutcome");
            await caller.AssertRefusedAsync(HttpMethod.Post, address, Body("ann"), "k1", "unavailable");
        }

        var first = await node.Api.CaptureAsync(number, "ann", "k1");
        var second = await node.Api.CaptureAsync(number, "ann", "k1");

        Assert.Equal((true, true, true), (first.Accepted, second.Accepted, second.Replayed));
        Assert.Equal(first.RunId, second.RunId);
        var runs = await node.Api.RunsAsync(number);
        Assert.Equal(first.RunId, Assert.Single(runs, r => r.ProfileId == "ann").RunId);
        Assert.InRange(runs.Count(r => r.ProfileId == "bob"), 0, 1);
        await Invariants.HoldAsync(node.Api, number);
    }

    /// <summary>
    /// Once, a keyed capture was held for 20 to 30 seconds. (Over a silent line what has no key ends with its statement.)
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_database_a_call_is_answered_within_seconds_and_its_key_tells_afterwards(bool isSilent)
    {
        var direct = new NpgsqlConnectionStringBuilder(await postgres.CloneAsync());
        await using var line = new Relay(direct.Port);
        direct.Port = line.Port;
        // Shorter than the real ones, which are within the promise themselves: nobody has to wait for them here.
        var real = new RequestLimits();
        Assert.InRange(new[] { real.Capture, real.LookUp }.Max(), TimeSpan.Zero, Told - TimeSpan.FromSeconds(1));
        await using var node = new TestNode(() => Task.FromResult(direct.ConnectionString), new TestClock())
        {
            Limits = real with { Capture = TimeSpan.FromSeconds(3), LookUp = TimeSpan.FromSeconds(2) },
        };
        await node.InitializeAsync();
        using var caller = new Caller(node);
        var database = await node.Api.DatabaseAsync();
        var number = await node.Api.ScenarioAsync(database);
        await node.Api.ActivateAsync(number);
        await node.Api.CaptureAsync(number, "warm");
        (HttpMethod, string, object?, string?)[] calls =
        [
            (HttpMethod.Post, $"/api/v1/scenarios/{number}/captures", new { profileId = "ann", profile = new { } }, "k1"),
            (HttpMethod.Post, $"/api/v1/scenarios/{number}/captures", new { profileId = "bob", profile = new { } }, null),
            (
                HttpMethod.Post,
                $"/api/v1/scenarios/{number}/captures:batch",
                new { items = new[] { new { profileId = "cyd", profile = new { } } } },
                "k2"
            ),
            (HttpMethod.Put, $"/api/v1/databases/{database}/profiles/dan", new { }, "k3"),
            (HttpMethod.Post, "/api/v1/scenarios", new { title = "Next", database }, "k4"),
            (HttpMethod.Post, $"/api/v1/scenarios/{number}:deactivate", new { mode = "freeze" }, null),
            (HttpMethod.Get, $"/api/v1/scenarios/{number}", null, null),
        ];

        if (isSilent)
            line.Silence();
        else
            line.Refuse();
        var answers = await Task.WhenAll(
            (isSilent ? calls.Where(c => c.Item4 is not null) : calls).Select(async call =>
            {
                var begun = Stopwatch.GetTimestamp();
                var (status, text, _) = await caller.SendAsync(call.Item1, call.Item2, call.Item3, call.Item4);
                return (
                    Call: $"{call.Item1} {call.Item2} {call.Item4}",
                    Status: status,
                    Text: text,
                    Took: Stopwatch.GetElapsedTime(begun)
                );
            })
        );
        line.Mend();

        Assert.All(answers, a =>
            Assert.True(a.Took < Told, $"{a.Call} was answered {a.Status} after {a.Took.TotalSeconds:0.0} s")
        );
        Assert.All(answers, a =>
            Assert.True(
                a.Status == 503 || (a.Status == 200 && a.Text.Contains("\"status\":503", StringComparison.Ordinal)),
                $"{a.Call}: {a.Status} {a.Text}"
            )
        );
        Captured again = null!;
        await Support.Api.UntilAsync(
            async () => again = await node.Api.CaptureAsync(number, "ann", "k1"),
            c => c.Status != 503
        );
        Assert.True(again.Accepted, again.Reason);
        Assert.Equal(again.RunId, Assert.Single(await node.Api.RunsAsync(number, "ann")).RunId);
    }

    private async Task<TestNode> NodeAsync(RequestLimits limits)
    {
        var node = new TestNode(postgres.CloneAsync, new TestClock()) { Limits = limits };
        await node.InitializeAsync();
        return node;
    }

    /// <summary>A transaction of the test's own that holds what the statement locks, until it is disposed of.</summary>
    private static async Task<IAsyncDisposable> HoldAsync(TestNode node, string statement)
    {
        var connection = await node.Database.Ledger.OpenConnectionAsync(Cancel);
        var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var command = new NpgsqlCommand(statement, connection, transaction))
            await command.ExecuteNonQueryAsync(Cancel);
        return new Held(connection, transaction);
    }

    private sealed record Held(NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }

    private sealed class Caller(TestNode node) : IDisposable
    {
        private readonly HttpClient _http = new()
        {
            BaseAddress = node.Address,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", TestNode.Token) },
        };

        public void Dispose() => _http.Dispose();

        public async Task<(int Status, string Text, TimeSpan? RetryAfter)> SendAsync(
            HttpMethod method,
            string address,
            object? body,
            string? key
        )
        {
            using var request = new HttpRequestMessage(method, address);
            if (body is not null)
                request.Content = JsonContent.Create(body);
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            using var answer = await _http.SendAsync(request, Cancel);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel), answer.Headers.RetryAfter?.Delta);
        }

        public async Task AssertRefusedAsync(HttpMethod method, string address, object? body, string? key, string code)
        {
            var (status, text, retryAfter) = await SendAsync(method, address, body, key);
            Assert.Equal((503, TimeSpan.FromSeconds(1)), (status, retryAfter));
            Assert.Equal(
                (code, 503),
                (
                    JsonElement.Parse(text).GetProperty("code").GetString(),
                    JsonElement.Parse(text).GetProperty("status").GetInt32()
                )
            );
        }
    }
}
