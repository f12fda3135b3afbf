using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Scenarios.Cluster.Tests.Faults;

/// <param name="Key"><c>Idempotency-Key</c>: run/step.</param>
internal sealed record Delivery(DateTimeOffset At, string Key, string BodyHash);

/// <summary>
/// The receiver of webhooks, the second ledger: no fault touches it, and it notes a delivery before it answers it.
/// </summary>
internal sealed class Sink : IAsyncDisposable
{
    /// <summary>How long the receiver thinks, so that a kill finds effects under way.</summary>
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(30);

    private readonly ConcurrentQueue<Delivery> _deliveries = new();
    private readonly WebApplication _app;

    private Sink(WebApplication app) => _app = app;

    /// <summary>What it does with a delivery that it has noted.</summary>
    public Func<HttpContext, Delivery, Task> Answer { get; set; } = (_, _) => Task.Delay(Work);

    /// <summary>Deliveries that it hangs up on unread and unnoted.</summary>
    public Func<HttpContext, bool> Refuses { get; set; } = _ => false;

    public IReadOnlyCollection<Delivery> Deliveries => _deliveries;
    public Uri Address => new(new Uri(_app.Urls.Single()), "/hook");

    public static async Task<Sink> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var sink = new Sink(builder.Build());
        sink._app.Run(sink.TakeAsync);
        await sink._app.StartAsync();
        return sink;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        if (Refuses(http))
        {
            http.Abort();
            return;
        }
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var delivery = new Delivery(
            DateTimeOffset.UtcNow,
            http.Request.Headers["Idempotency-Key"].ToString(),
            Convert.ToHexStringLower(SHA256.HashData(body.ToArray()))
        );
        _deliveries.Enqueue(delivery);
        await Answer(http, delivery);
    }
}
