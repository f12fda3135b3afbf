using System.Net.Sockets;
using System.Text;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>Rows 11 to 19: what no well-behaved client sends, byte by byte. The server's own refusals have no body.</summary>
[Collection(ApiCollection.Name)]
public sealed class WireTests(ApiFixture api)
{
    private const string Captures = "/api/v1/scenarios/1/captures",
        Json = "Content-Type: application/json";

    /// <summary>
    /// Each carries a second request in its body, which a server that reads the frame in another way than the one before it
    /// would take for one.
    /// </summary>
    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4")]
    [InlineData("Transfer-Encoding: chunked, identity")]
    [InlineData("Transfer-Encoding: identity")]
    [InlineData("Transfer-Encoding: gzip, chunked, gzip")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData("Transfer-Encoding:\r\n chunked")]
    [InlineData("Content-Length: 4\r\nContent-Length: 5")]
    [InlineData("Content-Length: 4, 5")]
    [InlineData("Content-Length: -4")]
    [InlineData("Content-Length: 0x4")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("X-A: b\r\n folded: c\r\nContent-Length: 4")]
    [InlineData("X-A: b\nContent-Length: 4")]
    [InlineData("X-A: b\rContent-Length: 4")]
    [InlineData("X A: b\r\nContent-Length: 4")]
    [InlineData(": b\r\nContent-Length: 4")]
    [InlineData("X-A: b\0c\r\nContent-Length: 4")]
    [InlineData("Host: other\r\nContent-Length: 4")]
    public async Task Framing_that_two_servers_could_read_differently_closes_the_connection(string headers)
    {
        var answer = await SendAsync(
            "POST",
            Captures,
            $"{headers}\r\n{Json}",
            $"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.Single(answer.Split("HTTP/1.1 "), part => part.Length > 0);
    }

    [Theory]
    [InlineData("-1\r\nabc\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\nabc")]
    [InlineData("3\nabc\n0\n\n")]
    [InlineData("3\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("3;ext=\"a\nb\"\r\nabc\r\n0\r\n\r\n")]
    public async Task A_chunk_that_is_none_is_400(string chunks)
    {
        var scene = await Scene.NewAsync(api);
        Assert.StartsWith(
            "HTTP/1.1 400",
            await SendAsync(
                "POST",
                Captures,
                $"Transfer-Encoding: chunked\r\n{Json}\r\nAuthorization: Bearer {scene.Admin.Token}",
                chunks
            )
        );
    }

    [Fact]
    public async Task Too_many_or_too_long_headers_are_refused_before_anybody_reads_them()
    {
        Assert.StartsWith("HTTP/1.1 431", await SendAsync("GET", Captures, "X-Long: " + new string('a', 40_000), ""));
        Assert.StartsWith(
            "HTTP/1.1 431",
            await SendAsync("GET", Captures, string.Join("\r\n", Enumerable.Range(0, 101).Select(i => $"X-{i}: a")), "")
        );
        Assert.StartsWith("HTTP/1.1 414", await SendAsync("GET", "/api/v1/" + new string('a', 9_000), "X-A: b", ""));
        Assert.StartsWith(
            "HTTP/1.1 414",
            await SendAsync("GET", "/api/v1/scenarios?q=" + new string('a', 9_000), "X-A: b", "")
        );
    }

    [Theory]
    [InlineData("CONNECT", "example.com:443")]
    [InlineData("CONNECT", "/api/v1/scenarios")]
    [InlineData("GET", "http://169.254.169.254/")]
    [InlineData("GET", "*")]
    [InlineData("OPTIONS", "*")]
    [InlineData("get", "/api/v1/scenarios")]
    [InlineData("GET\t", "/api/v1/scenarios")]
    [InlineData("GET", "api/v1/scenarios")]
    public async Task No_request_is_proxied_and_an_odd_target_is_refused(string method, string target)
    {
        var answer = await SendAsync(method, target, "X-A: b", "");
        Assert.Matches("^HTTP/1.1 4(00|01|04|05)", answer);
    }

    [Theory]
    [InlineData("Idempotency-Key: a\r\nIdempotency-Key: b", "invalidIdempotencyKey")]
    [InlineData("Idempotency-Key: a\r\nidempotency-key: a", "invalidIdempotencyKey")]
    [InlineData("Idempotency-Key: a\u0001b", null)]
    [InlineData("Idempotency-Key: a\u007fb", "invalidIdempotencyKey")]
    public async Task A_duplicate_key_header_is_refused(string header, string? code)
    {
        var scene = await Scene.NewAsync(api);
        var before = await scene.StateAsync();
        foreach (
            var (path, type) in new[]
            {
                (Captures, "application/json"),
                (Captures + ":batch", "application/json"),
                ("/api/v1/databases", "application/json"),
                (Scene.Shop + "/profiles:import", "application/x-ndjson"),
            }
        )
        {
            var answer = await SendAsync(
                "POST",
                path,
                $"{header}\r\nContent-Type: {type}\r\nContent-Length: 2\r\nAuthorization: Bearer {scene.Admin.Token}",
                "{}"
            );
            Assert.StartsWith("HTTP/1.1 400", answer);
            if (code is not null)
                Assert.Contains($"\"code\":\"{code}\"", answer);
        }
        Assert.Equal(before, await scene.StateAsync());
    }

    [Fact]
    public async Task An_odd_id_in_a_path_is_taken_literally_or_refused_and_never_decoded_twice()
    {
        var scene = await Scene.NewAsync(api);
        foreach (
            var (segment, id) in new[]
            {
                ("%252e%252e", "%2e%2e"),
                ("a%2Fb", "a/b"),
                ("a%252Fb", "a%2Fb"),
                ("a;x=1", "a;x=1"),
                ("a%3Bx=1", "a;x=1"),
                ("%2525", "%25"),
                ("a%5Cb", "a\\b"),
                ("a%3Fb", "a?b"),
                ("a%23b", "a#b"),
                ("%D9%A3", "٣"),
                ("a+b", "a+b"),
                ("%7B%7Bx%7D%7D", "{{x}}"),
            }
        )
        {
            var made = await scene.Admin.PutAsync($"{Scene.Shop}/profiles/{segment}", "{}");
            Assert.True(made.Status == 201, $"{segment} answers {made.Status}");
            Assert.Equal(id, made.Json.GetProperty("id").GetString());
            Assert.Equal(
                id,
                (await scene.Admin.GetAsync($"{Scene.Shop}/profiles/{segment}")).Json.GetProperty("id").GetString()
            );
            Assert.Equal(204, (await scene.Admin.DeleteAsync($"{Scene.Shop}/profiles/{segment}")).Status);
        }
        foreach (var id in new[] { ".", ".." })
            Assert.Equal(
                "invalidId",
                (await scene.Admin.PostAsync(Scene.Open + "/captures", $$"""{"profileId": "{{id}}"}""")).Code
            );
        foreach (
            var path in new[]
            {
                "/profiles/%ff",
                "/profiles/%00",
                "/profiles/%c0%ae",
                "/profiles/..%2f..%2fdatabases",
                "/profiles/..",
                "/profiles/%2e%2e",
                "/profiles/.%2E/",
                "/profiles/%2e",
                "/../shop/profiles/%2e%2e/",
                "/profiles/%2e%2e/%2e%2e/x/y",
            }
        )
        {
            var before = await scene.StateAsync();
            var answer = await scene.Admin.DeleteAsync(Scene.Shop + path);
            Assert.True(answer.Status is 400 or 404, $"{path} answers {answer.Status}");
            Assert.Equal(before, await scene.StateAsync());
        }
    }

    [Fact]
    public async Task Http2_is_not_spoken_in_clear_text()
    {
        var answer = await RawHttp.SendAsync(api.Address, Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        Assert.DoesNotContain("200", answer);
        var upgrade = await SendAsync(
            "GET",
            "/health/live",
            "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            ""
        );
        Assert.DoesNotContain("101", upgrade.Split('\n')[0]);
    }

    /// <summary>Ten thousand of them: WireSoakTests.</summary>
    [Fact]
    public Task Callers_that_disconnect_in_mid_request_leave_nothing_open_and_each_key_is_definite() =>
        GoAwayAsync(api, callers: 1000);

    internal static async Task GoAwayAsync(ApiFixture api, int callers)
    {
        const int mostOfOurOwn = 200;
        var scene = await Scene.NewAsync(api);
        string Body(int i) => $$"""{"profileId": "gone {{i}}", "profile": {"fields": {"tier": "gold"} } }""";
        await Parallel.ForAsync(0, callers, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
        {
            var body = Body(i);
            var request = Encoding.ASCII.GetBytes(
                $"POST {Scene.Open}/captures HTTP/1.1\r\nHost: x\r\nAuthorization: "
                    + $"Bearer {scene.Admin.Token}\r\nIdempotency-Key: gone-{i}\r\n{Json}\r\nContent-Length: "
                    + $"{body.Length}\r\n\r\n{body}"
            );
            using var client = new TcpClient { LingerState = new LingerOption(true, 0) }; // goes with a reset
            await client.ConnectAsync(api.Address.Host, api.Address.Port, cancel);
            // A third leaves in the head, a third in the body, a third before the answer.
            await client
                .GetStream()
                .WriteAsync(
                    request.AsMemory(
                        0,
                        (i % 3) switch
                        {
                            0 => 60,
                            1 => request.Length - 10,
                            _ => request.Length,
                        }
                    ),
                    cancel
                );
        });

        await Parallel.ForAsync(0, callers, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var answer = await Support.Api.UntilAsync(
                () => scene.Admin.PostAsync(Scene.Open + "/captures", Body(i), $"gone-{i}"),
                a => a.Status != 409
            );
            Assert.True(answer.Status == 201, $"{i} answers {answer.Status}: {answer.Text}");
        });
        await Support.Api.UntilAsync(() => ConnectionsAsync(api), open => open is > 0 and < mostOfOurOwn);
        var live = (await scene.Admin.GetAsync(Scene.Open + "/live")).Json;
        Assert.Equal(callers + 1, live.GetProperty("inside").GetInt32());
        Assert.Equal(1, (await scene.Admin.GetAsync(Scene.Open + "/profiles/gone%202")).Json.GetProperty("entries").GetInt32());
    }

    private static async Task<double> ConnectionsAsync(ApiFixture api) =>
        (await api.Operator.GetAsync("/metrics"))
            .Text.Split('\n')
            .Where(line => line.StartsWith("kestrel_active_connections{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split("} ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

    private Task<string> SendAsync(string method, string target, string headers, string body) =>
        RawHttp.SendAsync(
            api.Address,
            Encoding.Latin1.GetBytes(
                $"{method} {target} HTTP/1.1\r\nHost: {api.Address.Authority}\r\n{headers}\r\nConnection: close\r\n\r\n{body}"
            )
        );
}
