using System.Net;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>Fault H1: a receiver that misbehaves in each way becomes one stable code, and never an exception.</summary>
public sealed class WebhookSenderTests(WebhookSink sink) : IClassFixture<WebhookSink>, IDisposable
{
    private readonly SenderHarness _harness = new(SenderHarness.LoopbackOpened);

    private string Url(string path) => $"http://127.0.0.1:{sink.Port}/{path}";

    private WebhookRequest RawRequest(string path, params (string Name, string Pointer)[] keep) =>
        SenderHarness.Request($"http://127.0.0.1:{sink.RawPort}/{path}", keep) with
        {
            Method = "GET",
            Body = null,
        };

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(200, WebhookOutcome.Success), InlineData(201, WebhookOutcome.Success), InlineData(204, WebhookOutcome.Success)]
    [
        InlineData(408, WebhookOutcome.Retry),
        InlineData(425, WebhookOutcome.Retry),
        InlineData(429, WebhookOutcome.Retry),
        InlineData(500, WebhookOutcome.Retry),
        InlineData(503, WebhookOutcome.Retry),
        InlineData(599, WebhookOutcome.Retry)
    ]
    [
        InlineData(300, WebhookOutcome.Error),
        InlineData(304, WebhookOutcome.Error),
        InlineData(400, WebhookOutcome.Error),
        InlineData(404, WebhookOutcome.Error),
        InlineData(410, WebhookOutcome.Error)
    ]
    public async Task The_status_decides_between_success_retry_and_error(int status, WebhookOutcome outcome)
    {
        var answer = await _harness.SendAsync(SenderHarness.Request(Url($"status/{status}")));
        Assert.Equal((outcome, status, $"http{status}", null), (answer.Outcome, answer.Status, answer.Code, answer.RetryAfter));
    }

    [Theory]
    [
        InlineData(429, "120", 120),
        InlineData(503, "0", 0),
        InlineData(429, "Mon, 23 Nov 2026 12:05:00 GMT", 300),
        InlineData(503, "Mon, 23 Nov 2026 11:00:00 GMT", 0)
    ]
    [
        InlineData(429, "999999999999", 86400),
        InlineData(429, "Tue, 23 Nov 2027 12:00:00 GMT", 86400),
        InlineData(429, "100000", 86400)
    ]
    [
        InlineData(429, "soon", null),
        InlineData(429, "-5", null),
        InlineData(429, "1.5", null),
        InlineData(500, "120", null),
        InlineData(408, "120", null)
    ]
    public async Task A_429_and_a_503_may_ask_for_a_pause_of_up_to_a_day(int status, string retryAfter, int? seconds)
    {
        var answer = await _harness.SendAsync(
            SenderHarness.Request(Url($"status/{status}?Retry-After={Uri.EscapeDataString(retryAfter)}"))
        );
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, answer.RetryAfter);
    }

    [Theory]
    [InlineData("redirect"), InlineData("redirect?to=http://169.254.169.254/"), InlineData("redirect?to=file:///etc/passwd")]
    public async Task A_redirect_is_an_answer_and_is_not_followed(string path)
    {
        var answer = await _harness.SendAsync(SenderHarness.Request(Url(path)));
        Assert.Equal((WebhookOutcome.Error, 302, "http302"), (answer.Outcome, answer.Status, answer.Code));
        Assert.Single(sink.HitsOf(_harness.Key));
    }

    [Theory]
    [InlineData("hang"), InlineData("slow")]
    public async Task A_receiver_that_hangs_is_hung_up_on_when_the_time_is_over(string path)
    {
        var sending = _harness.SendAsync(SenderHarness.Request(Url(path), ("a", "/a")));
        await sink.ArrivalAsync(_harness.Key);
        _harness.Time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.False(sending.IsCompleted);
        _harness.Time.Advance(TimeSpan.FromSeconds(0.001));
        var answer = await sending;
        Assert.Equal((WebhookOutcome.Retry, "timeout"), (answer.Outcome, answer.Code));
        await sink.HangUpAsync(_harness.Key);
    }

    [Theory]
    [InlineData("close"), InlineData("cut")]
    public async Task A_connection_that_ends_before_the_answer_does_is_tried_again(string path)
    {
        var answer = await _harness.SendAsync(SenderHarness.Request(Url(path), ("a", "/a")));
        Assert.Equal((WebhookOutcome.Retry, "connectionLost"), (answer.Outcome, answer.Code));
    }

    [Theory]
    [InlineData("huge"), InlineData("huge?length")]
    public async Task An_answer_of_a_gigabyte_is_cut_and_the_connection_dropped(string path)
    {
        var answer = await _harness.SendAsync(RawRequest(path, ("a", "/a")));
        Assert.Equal((WebhookOutcome.Error, 200, "answerTooLarge"), (answer.Outcome, answer.Status, answer.Code));
        Assert.InRange(await sink.HangUpAsync(_harness.Key), 0, 64L << 20);
    }

    [Fact]
    public async Task A_gigabyte_that_is_not_kept_is_discarded_and_the_call_succeeds()
    {
        var answer = await _harness.SendAsync(RawRequest("huge"));
        Assert.Equal((WebhookOutcome.Success, "http200"), (answer.Outcome, answer.Code));
        Assert.InRange(await sink.HangUpAsync(_harness.Key), 0, 64L << 20);
    }

    [Fact]
    public async Task A_certificate_that_is_wrong_is_a_fault_of_TLS()
    {
        var answer = await _harness.SendAsync(SenderHarness.Request($"https://127.0.0.1:{sink.TlsPort}/"));
        Assert.Equal((WebhookOutcome.Retry, "tlsFailed"), (answer.Outcome, answer.Code));
        Assert.Empty(sink.HitsOf(_harness.Key));
    }

    [Theory]
    [
        InlineData("notHttp", WebhookOutcome.Retry, "invalidAnswer"),
        InlineData("headers", WebhookOutcome.Error, "answerTooLarge")
    ]
    public async Task What_is_not_HTTP_or_has_endless_headers_is_refused(string path, WebhookOutcome outcome, string code)
    {
        var answer = await _harness.SendAsync(RawRequest(path));
        Assert.Equal((outcome, code), (answer.Outcome, answer.Code));
    }

    [Fact]
    public async Task A_second_answer_to_one_request_is_not_taken_for_the_answer_to_the_next()
    {
        var request = RawRequest("twice");
        for (var i = 0; i < 5; i++)
            Assert.Equal("http200", (await _harness.SendAsync(request)).Code);
    }

    [Fact]
    public async Task A_refused_connection_is_retried()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var answer = await _harness.SendAsync(SenderHarness.Request($"http://127.0.0.1:{port}/"));
        Assert.Equal((WebhookOutcome.Retry, "connectFailed"), (answer.Outcome, answer.Code));
    }

    [Fact]
    public async Task A_host_that_hangs_holds_up_others_of_its_own_only()
    {
        using var harness = new SenderHarness(
            SenderHarness.LoopbackOpened,
            limits: new WebhookLimits { ConnectionsPerHost = 1 }
        );
        var hanging = harness.SendAsync(SenderHarness.Request(Url("hang")) with { TimeoutSeconds = 60 });
        await sink.ArrivalAsync(harness.Key);

        var sameHost = harness.SendAsync(SenderHarness.Request(Url("")), "same/1");
        Assert.Equal(
            "http200",
            (await harness.SendAsync(SenderHarness.Request($"http://127.0.0.2:{sink.Port}/"), "other/1")).Code
        );
        Assert.False(sameHost.IsCompleted);

        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((WebhookOutcome.Retry, "hostBusy"), ((await sameHost).Outcome, (await sameHost).Code));
        Assert.Empty(sink.HitsOf("same/1"));

        harness.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("timeout", (await hanging).Code);
        Assert.Equal("http200", (await harness.SendAsync(SenderHarness.Request(Url("")), "same/2")).Code);
    }

    [Fact]
    public async Task No_attempt_waits_for_a_silent_host_until_it_answers_again()
    {
        using var harness = new SenderHarness(
            SenderHarness.LoopbackOpened,
            limits: new WebhookLimits { ConnectionsPerHost = 1 }
        );
        var hanging = harness.SendAsync(SenderHarness.Request(Url("hang")) with { TimeoutSeconds = 60 });
        await sink.ArrivalAsync(harness.Key);
        var waiting = harness.SendAsync(SenderHarness.Request(Url("")), "waiting/1");
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("hostBusy", (await waiting).Code);

        // The clock stands still, so whoever waited would wait for ever; and they do not all come back at once.
        var pauses = new List<TimeSpan>();
        for (var i = 0; i < 7000; i++)
        {
            var away = await harness.SendAsync(SenderHarness.Request(Url("")), "away/1");
            Assert.Equal((WebhookOutcome.Retry, "hostBusy"), (away.Outcome, away.Code));
            pauses.Add(away.RetryAfter!.Value);
        }
        Assert.All(pauses.GroupBy(p => (int)p.TotalSeconds), second => Assert.InRange(second.Count(), 1, 200));
        Assert.InRange(pauses.Max(), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
        Assert.Empty(sink.HitsOf("away/1"));

        // The one that holds the place gives up, which is no answer of the host's; the next one is answered.
        harness.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("timeout", (await hanging).Code);
        Assert.Equal("http200", (await harness.SendAsync(SenderHarness.Request(Url("")), "next/1")).Code);
        var again = harness.SendAsync(SenderHarness.Request(Url("hang")), "again/1");
        await sink.ArrivalAsync("again/1");
        var patient = harness.SendAsync(SenderHarness.Request(Url("")), "patient/1");
        Assert.False(patient.IsCompleted);
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(("timeout", 1), ((await again).Code, sink.HitsOf("again/1").Count));
        await patient;
    }

    [Fact]
    public async Task The_caller_s_own_cancellation_is_no_answer()
    {
        using var stopping = new CancellationTokenSource();
        var sending = _harness.Sender.SendAsync(SenderHarness.Request(Url("hang")), _harness.Key, 1, [], stopping.Token);
        await sink.ArrivalAsync(_harness.Key);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }
}
