using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Scenarios.Samples.Purchases;

/// <summary>
/// The other system: takes webhooks on a free port of this machine. An effect may come more than once, but always under the
/// same key; a receiver that keeps the keys acts once.
/// </summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Hit> _hits = [];
    private int _repeats;

    /// <summary>What the first request under a key said.</summary>
    internal sealed record Hit(string Element, string Customer, int Orders, decimal Total);

    private Receiver(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>By Idempotency-Key.</summary>
    public IReadOnlyDictionary<string, Hit> Hits => _hits;

    /// <summary>Requests under a key that had been seen.</summary>
    public int Repeats => _repeats;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver._app.MapPost("/{element}", receiver.TakeAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(string element, HttpRequest request)
    {
        var key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length == 0)
            return Results.BadRequest("no Idempotency-Key");
        var body = (await JsonNode.ParseAsync(request.Body))!;
        var hit = new Hit(element, (string)body["customer"]!, (int)body["orders"]!, (decimal)body["total"]!);
        if (!_hits.TryAdd(key, hit))
            Interlocked.Increment(ref _repeats);
        return Results.Ok();
    }
}
