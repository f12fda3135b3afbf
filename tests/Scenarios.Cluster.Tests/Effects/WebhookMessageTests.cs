using System.Security.Cryptography;
using System.Text;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>What a receiver sees of a webhook, and what is kept of its answer.</summary>
public sealed class WebhookMessageTests(WebhookSink sink) : IClassFixture<WebhookSink>, IDisposable
{
    private readonly SenderHarness _harness = new(SenderHarness.LoopbackOpened);

    private string Url(string path) => $"http://127.0.0.1:{sink.Port}/{path}";

    public void Dispose() => _harness.Dispose();

    private async Task<Hit> SentAsync(WebhookRequest request)
    {
        var answer = await _harness.SendAsync(request);
        Assert.Equal(WebhookOutcome.Success, answer.Outcome);
        return Assert.Single(sink.HitsOf(_harness.Key));
    }

    [Fact]
    public async Task The_signature_is_what_a_receiver_computes_of_what_it_got()
    {
        var hit = await SentAsync(SenderHarness.Request(Url("")) with { Body = """{"name": "Jürgen 🙂"}""" });
        Assert.Equal(_harness.Key, hit.Headers["webhook-id"]);
        Assert.Equal(SenderHarness.Start.ToUnixTimeSeconds().ToString(), hit.Headers["webhook-timestamp"]);
        using var hmac = new HMACSHA256(SenderHarness.Secret);
        var expected =
            "v1,"
            + Convert.ToBase64String(
                hmac.ComputeHash(
                    Encoding.UTF8.GetBytes($"{hit.Headers["webhook-id"]}.{hit.Headers["webhook-timestamp"]}.{hit.Body}")
                )
            );
        Assert.Equal(expected, hit.Headers["webhook-signature"]);
    }

    [Fact]
    public void The_signature_agrees_with_the_published_example_of_Standard_Webhooks()
    {
        var key = WebhookSignature.KeyOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Of(
                [key],
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1614265330,
                Encoding.UTF8.GetBytes("""{"test": 2432232314}""")
            )
        );
    }

    [Fact]
    public void Two_live_secrets_sign_twice_so_that_either_opens()
    {
        byte[] old = WebhookSignature.KeyOf(WebhookSignature.NewSecret()),
            young = WebhookSignature.KeyOf(WebhookSignature.NewSecret());
        var both = WebhookSignature.Of([young, old], "run/3", 1, []).Split(' ');
        Assert.Equal([WebhookSignature.Of([young], "run/3", 1, []), WebhookSignature.Of([old], "run/3", 1, [])], both);
        Assert.NotEqual(both[0], both[1]);
    }

    [Fact]
    public async Task Every_attempt_sends_the_same_bytes_under_the_same_key()
    {
        var stored = (
            SenderHarness.Request(Url("a?b=c")) with
            {
                Headers = new Dictionary<string, string> { ["X-Order"] = "7" },
            }
        ).ToBytes();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await _harness.Sender.SendAsync(
                WebhookRequest.FromBytes(stored),
                _harness.Key,
                attempt,
                [],
                TestContext.Current.CancellationToken
            );
            _harness.Time.Advance(TimeSpan.FromMinutes(1));
        }
        var hits = sink.HitsOf(_harness.Key);
        Assert.Equal(["1", "2", "3"], hits.Select(h => h.Headers["Scenarios-Attempt"]));
        Assert.Single(
            hits.Select(h =>
                    (h.Method, h.Path, h.Body, h.Headers["X-Order"], h.Headers["webhook-id"], h.Headers["Content-Type"])
                )
                .Distinct()
        );
        Assert.DoesNotContain(hits, h => h.Headers.ContainsKey("webhook-signature"));
    }

    [Fact]
    public async Task A_body_is_JSON_and_the_sender_Scenarios_unless_the_headers_say_otherwise()
    {
        var hit = await SentAsync(SenderHarness.Request(Url("")));
        Assert.Equal("application/json", hit.Headers["Content-Type"]);
        Assert.StartsWith("Scenarios/", hit.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.DoesNotContain("traceparent", hit.Headers.Keys, StringComparer.OrdinalIgnoreCase);

        using var other = new SenderHarness(SenderHarness.LoopbackOpened);
        var headers = new Dictionary<string, string>
        {
            ["content-type"] = "text/plain; charset=utf-8",
            ["User-Agent"] = "Mine/1",
            ["Authorization"] = "Bearer t",
        };
        await other.SendAsync(SenderHarness.Request(Url("")) with { Headers = headers });
        var named = Assert.Single(sink.HitsOf(other.Key));
        Assert.Equal(
            ("text/plain; charset=utf-8", "Mine/1", "Bearer t"),
            (named.Headers["Content-Type"], named.Headers["User-Agent"], named.Headers["Authorization"])
        );
    }

    [Theory]
    [InlineData("GET"), InlineData("POST"), InlineData("PUT"), InlineData("PATCH"), InlineData("DELETE")]
    public async Task Without_a_body_none_is_sent(string method)
    {
        var hit = await SentAsync(SenderHarness.Request(Url("")) with { Method = method, Body = null });
        Assert.Equal((method, ""), (hit.Method, hit.Body));
        Assert.DoesNotContain("Content-Type", hit.Headers.Keys);
    }

    [Theory]
    [
        InlineData("X-Name", "a\r\nX-Injected: 1"),
        InlineData("X-Name", "a\nb"),
        InlineData("X-Name", "a\rb"),
        InlineData("X-Name", "a\0b"),
        InlineData("X-Name", "Jürgen")
    ]
    [
        InlineData("X\r\nX-Injected", "1"),
        InlineData("Host", "169.254.169.254"),
        InlineData("Content-Length", "0"),
        InlineData("Transfer-Encoding", "chunked"),
        InlineData("Authorization", "Bearer a\r\nb"),
        InlineData("webhook-signature", "v1,x")
    ]
    public async Task A_header_that_could_split_the_message_or_belongs_to_us_is_refused_and_nothing_is_sent(
        string name,
        string value
    )
    {
        var answer = await _harness.SendAsync(
            SenderHarness.Request(Url("")) with
            {
                Headers = new Dictionary<string, string> { [name] = value },
            }
        );
        Assert.Equal((WebhookOutcome.Error, "invalidHeader"), (answer.Outcome, answer.Code));
        Assert.Empty(sink.HitsOf(_harness.Key));
    }

    [Fact]
    public async Task Only_what_the_pointers_find_is_kept_with_its_digits()
    {
        var answer = await _harness.SendAsync(
            SenderHarness.Request(
                Url("json"),
                ("id", "/order/id"),
                ("sku", "/order/lines/0/sku"),
                ("none", "/none"),
                ("absent", "/order/nope"),
                ("html", "/html")
            )
        );
        Assert.Equal((WebhookOutcome.Success, "http200"), (answer.Outcome, answer.Code));
        Assert.Equal(["id", "sku", "none", "html"], answer.Kept.EnumerateObject().Select(p => p.Name));
        Assert.Equal("12.50", answer.Kept.GetProperty("id").GetRawText());
        Assert.Equal("a/b", answer.Kept.GetProperty("sku").GetString());
        Assert.Equal("<b>{{ x }}</b>", answer.Kept.GetProperty("html").GetString());
    }

    [Theory]
    [
        InlineData("text/html", "<a/>"),
        InlineData("text/html", "{}"),
        InlineData("application/json", "{\"a\":"),
        InlineData("application/json", ""),
        InlineData("application/json", "{\"a\":1,\"a\":2}"),
        InlineData("application/json", "{\"a\":\"\\u0000\"}")
    ]
    public async Task An_answer_that_is_not_JSON_keeps_nothing_and_says_so(string type, string body)
    {
        var answer = await _harness.SendAsync(
            SenderHarness.Request(Url($"type?type={Uri.EscapeDataString(type)}&body={Uri.EscapeDataString(body)}"), ("a", "/a"))
        );
        Assert.Equal((WebhookOutcome.Success, "answerNotJson"), (answer.Outcome, answer.Code));
        Assert.Empty(answer.Kept.EnumerateObject());
    }

    [Fact]
    public async Task Other_types_of_JSON_are_JSON()
    {
        var answer = await _harness.SendAsync(
            SenderHarness.Request(Url("type?type=application/vnd.api%2Bjson&body=%7B%22a%22:1%7D"), ("all", ""))
        );
        Assert.Equal("""{"all":{"a":1}}""", answer.Kept.GetRawText());
    }

    [Fact]
    public async Task Kept_values_are_limited_together()
    {
        using var harness = new SenderHarness(SenderHarness.LoopbackOpened, limits: new WebhookLimits { KeptBytes = 150 });
        Assert.Equal(WebhookOutcome.Success, (await harness.SendAsync(SenderHarness.Request(Url("json"), ("a", "")))).Outcome);
        var answer = await harness.SendAsync(SenderHarness.Request(Url("json"), ("a", ""), ("b", "")));
        Assert.Equal((WebhookOutcome.Error, "answerTooLarge"), (answer.Outcome, answer.Code));
    }
}
