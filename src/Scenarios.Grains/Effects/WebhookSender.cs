using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Webhooks;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Effects;

/// <summary>
/// Sends one attempt of a webhook and returns its outcome. It retries nothing and remembers nothing: attempts are
/// rows of the ledger, and the request was stored before the first attempt. Nothing that a receiver does (hang, lie
/// about its address, redirect, answer endlessly) reaches the caller as an exception; only the caller's own
/// cancellation does.
/// </summary>
public sealed partial class WebhookSender : IDisposable
{
    private static readonly string UserAgent = "Scenarios/" + typeof(WebhookSender).Assembly.GetName().Version!.ToString(3);

    private readonly AddressGuard _guard;
    private readonly WebhookLimits _limits;
    private readonly TimeProvider _time;
    private readonly HostSlots _slots;
    private readonly AnswerReader _answers;
    private readonly HttpClient _http;
    private readonly ILogger<WebhookSender> _log;

    public WebhookSender(
        AddressGuard guard,
        WebhookLimits limits,
        TimeProvider time,
        IMeterFactory meters,
        ILogger<WebhookSender> log
    )
    {
        _log = log;
        _guard = guard;
        _limits = limits;
        _time = time;
        _slots = new HostSlots(limits.ConnectionsPerHost, time, LogBreaker);
        _answers = new AnswerReader(limits, time);
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = ConnectAsync,
                ConnectTimeout = limits.Connect,
                PooledConnectionLifetime = limits.ConnectionLifetime,
                MaxConnectionsPerServer = limits.ConnectionsPerHost,
                MaxResponseHeadersLength = limits.AnswerHeaderKilobytes,
                MaxResponseDrainSize = limits.AnswerBytes,
                ResponseDrainTimeout = TimeSpan.FromSeconds(1),
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                // Do not send our trace ids to the receiver.
                ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        Measure(meters);
    }

    /// <param name="key">The effect's key, run/step: the same in every attempt.</param>
    /// <param name="attempt">From 1; sent to the receiver, so that the logs of both sides can be compared.</param>
    /// <param name="secrets">The tenant's live signing keys, newest first; two during rotation. Without keys no
    /// signature is sent.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; whether the
    /// receiver got the request is unknown.</exception>
    public async Task<WebhookAnswer> SendAsync(
        WebhookRequest request,
        string key,
        int attempt,
        IReadOnlyList<byte[]> secrets,
        CancellationToken cancellationToken
    )
    {
        if (WebhookUrl.Fault(request.Url, _guard.Rules, out var url) is { } fault)
            return WebhookAnswer.Failed(fault);
        if (!request.Headers.All(h => WebhookHeaders.IsName(h.Key) && WebhookHeaders.IsValue(h.Value)))
            return WebhookAnswer.Failed(WebhookCode.InvalidHeader);

        var timeout = TimeSpan.FromSeconds(request.TimeoutSeconds);
        var turn = await _slots.TakeAsync(url!.Authority, timeout, cancellationToken);
        using var slot = turn.Slot;
        if (slot is null)
            return WebhookAnswer.Again(WebhookCode.HostBusy, retryAfter: turn.Pause);

        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var message = Compose(request, url, key, attempt, secrets);
        try
        {
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            slot.Answered();
            return await _answers.ReadAsync(response, request.Keep, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return WebhookAnswer.Again(deadline.IsCancellationRequested ? WebhookCode.Timeout : WebhookCode.ConnectFailed);
        }
        catch (HttpRequestException e)
        {
            return AnswerOf(e);
        }
        catch (IOException)
        {
            return WebhookAnswer.Again(WebhookCode.ConnectionLost);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Metrics per node: a label for each host of each tenant would create an unbounded number of series. The log
    /// names a host whose breaker opens.
    /// </summary>
    private void Measure(IMeterFactory meters)
    {
        var meter = meters.Create(PartitionMetrics.MeterName);
        meter.CreateObservableGauge(
            "scenarios_receivers",
            () =>
            {
                var load = _slots.Load();
                return (Measurement<int>[])[new(load.Hosts - load.Open, Breaker("closed")), new(load.Open, Breaker("open"))];
            },
            description: "Hosts with webhooks in flight or waiting, by breaker state."
        );
        meter.CreateObservableGauge(
            "scenarios_webhooks_under_way",
            () => _slots.Load().UnderWay,
            description: "Attempts in flight."
        );
        meter.CreateObservableGauge(
            "scenarios_webhooks_under_way_most",
            () => _slots.Load().Most,
            description: "Attempts in flight to the busiest host."
        );
        meter.CreateObservableGauge(
            "scenarios_webhooks_waiting",
            () => _slots.Load().Waiting,
            description: "Attempts waiting for a free connection to their host."
        );
        meter.CreateObservableCounter(
            "scenarios_webhooks_sent_away",
            () => _slots.Load().SentAway,
            description: "Attempts deferred, unsent, because their host had no free connection."
        );

        static KeyValuePair<string, object?> Breaker(string state) => new("breaker", state);
    }

    private void LogBreaker(string host, bool isOpen)
    {
        if (isOpen)
            LogOpened(host);
        else
            LogClosed(host);
    }

    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var plain = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttp;
        return _guard.ConnectAsync(
            context.DnsEndPoint.Host,
            context.DnsEndPoint.Port,
            openedOnly: plain && !_limits.PlainHttp,
            cancellationToken
        );
    }

    private HttpRequestMessage Compose(WebhookRequest request, Uri url, string key, int attempt, IReadOnlyList<byte[]> secrets)
    {
        var body = request.Body is null ? [] : Encoding.UTF8.GetBytes(request.Body);
        var message = new HttpRequestMessage(new HttpMethod(request.Method), url);
        if (request.Body is not null)
            message.Content = new ByteArrayContent(body);
        foreach (var (name, value) in request.Headers)
        {
            if (message.Headers.TryAddWithoutValidation(name, value))
                continue;
            // The framework keeps headers that describe the body separate from the others.
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.TryAddWithoutValidation(name, value);
        }
        if (request.Body is not null && !message.Content!.Headers.Contains("Content-Type"))
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (!message.Headers.Contains("User-Agent"))
            message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);

        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        message.Headers.Add("Idempotency-Key", key);
        message.Headers.Add("Scenarios-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
        message.Headers.Add("webhook-id", key);
        message.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
        if (secrets.Count > 0)
            message.Headers.Add("webhook-signature", WebhookSignature.Of(secrets, key, now, body));
        return message;
    }

    private static WebhookAnswer AnswerOf(HttpRequestException e) =>
        e switch
        {
            { InnerException: ConnectRefusedException refused } => WebhookAnswer.Failed(refused.Code),
            { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => WebhookAnswer.Failed(
                WebhookCode.AnswerTooLarge
            ),
            { HttpRequestError: HttpRequestError.NameResolutionError } => WebhookAnswer.Again(WebhookCode.HostNotFound),
            { HttpRequestError: HttpRequestError.ConnectionError } => WebhookAnswer.Again(WebhookCode.ConnectFailed),
            { HttpRequestError: HttpRequestError.SecureConnectionError } => WebhookAnswer.Again(WebhookCode.TlsFailed),
            { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError } => WebhookAnswer.Again(
                WebhookCode.InvalidAnswer
            ),
            _ => WebhookAnswer.Again(WebhookCode.ConnectionLost),
        };
}
