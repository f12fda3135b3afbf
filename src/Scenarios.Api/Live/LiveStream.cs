using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Scenarios.Api.Http;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Live;

/// <summary>
/// One stream of Server-Sent Events: the whole picture after each connect, then after each change, at most one a second. A
/// comment keeps silent connections alive. There is no replay: whoever reconnects gets a whole picture, so it cannot be wrong.
/// </summary>
internal sealed class LiveStream(HttpContext context, TokenCache tokens, TimeProvider time)
{
    /// <summary>Also how soon a stream notices that its token was revoked.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>A reader that takes nothing for so long is dropped; it will come back.</summary>
    private static readonly TimeSpan SlowestReader = TimeSpan.FromSeconds(10);

    public async Task RunAsync(LiveCounts first, LiveFeed.Watch watch)
    {
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var cancel = context.RequestAborted;
        await SendAsync(Event(first));
        for (var shown = first; ;)
        {
            var sent = time.GetTimestamp();
            var next = await NextAsync(watch, shown, cancel);
            if (next.Gone || !await IsWelcomeAsync()) return;
            if (next.Picture is not { } picture)
            {
                await SendAsync(": still here\n\n"u8.ToArray());
                continue;
            }
            if (LiveFeed.Period - time.GetElapsedTime(sent) is { Ticks: > 0 } tooSoon) await Task.Delay(tooSoon, time, cancel);
            if (watch.Pictures.TryRead(out var newer)) picture = newer;
            await SendAsync(Event(shown = picture));
        }
    }

    public static void Write(Utf8JsonWriter json, LiveCounts live)
    {
        json.WriteStartObject();
        json.WriteNumber("inside", live.Inside);
        json.WriteStartObject("elements");
        foreach (var (element, count) in live.Elements) json.WriteNumber(element, count);
        json.WriteEndObject();
        json.WriteInstant("at", live.At);
        json.WriteEndObject();
    }

    /// <summary>The next picture with other numbers; none when the heartbeat comes first.</summary>
    private async Task<(LiveCounts? Picture, bool Gone)> NextAsync(LiveFeed.Watch watch, LiveCounts shown, CancellationToken cancel)
    {
        using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(_ => beat.Cancel(), null, Heartbeat, Timeout.InfiniteTimeSpan);
        try
        {
            while (await watch.Pictures.WaitToReadAsync(beat.Token))
                if (watch.Pictures.TryRead(out var picture) && !picture.SameNumbers(shown)) return (picture, false);
            return (null, true);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, false);
        }
    }

    private async Task<bool> IsWelcomeAsync() =>
        context.Request.Headers.Authorization is not [{ } header] || await tokens.FindAsync(header["Bearer ".Length..].Trim()) is not null;

    private async Task SendAsync(ReadOnlyMemory<byte> text)
    {
        using var slow = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        slow.CancelAfter(SlowestReader);
        try
        {
            await context.Response.Body.WriteAsync(text, slow.Token);
            await context.Response.Body.FlushAsync(slow.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }

    private static byte[] Event(LiveCounts live)
    {
        using var text = new MemoryStream();
        text.Write("data: "u8);
        using (var json = new Utf8JsonWriter(text)) Write(json, live);
        text.Write("\n\n"u8);
        return text.ToArray();
    }
}
