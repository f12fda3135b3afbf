using Microsoft.AspNetCore.Http.Features;
using Scenarios.Api.Http;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Live;

/// <summary>
/// One stream of Server-Sent Events: the whole picture after each connect, then after each change, at most one a
/// second, in step with the
/// feed's looks. A heartbeat keeps silent connections alive. There is no replay: a client that reconnects gets a whole
/// picture, so it cannot be wrong.
/// </summary>
internal sealed class LiveStream(HttpContext context, TokenCache tokens, TimeProvider time, ILiveEvents events)
{
    /// <summary>Also how soon a stream notices that its token was revoked.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>A reader that takes nothing for so long is dropped; it will come back.</summary>
    private static readonly TimeSpan SlowestReader = TimeSpan.FromSeconds(10);

    /// <returns>When every scenario is gone or hidden, or the token is gone.</returns>
    public async Task RunAsync(IReadOnlyDictionary<int, LiveCounts> first, LiveWatch watch)
    {
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var shown = first.ToDictionary();
        await SendAsync(first.SelectMany(f => events.Picture(f.Key, null, f.Value)).ToArray());
        while (shown.Count > 0)
        {
            var sent = time.GetTimestamp();
            var isNews = await HasNewsAsync(watch, Heartbeat);
            if (!await IsWelcomeAsync())
                return;
            // The feed looks once a second, so only a stream's first picture can be followed too soon: then it waits
            // for the next look.
            // To wait for the rest of a second instead would leave it as far behind every look thereafter (1.6 s from a
            // commit to its event).
            if (isNews && time.GetElapsedTime(sent) < LiveFeed.Period / 2)
                await HasNewsAsync(watch, 1.5 * LiveFeed.Period);
            byte[] news = isNews ? News(watch.Take(), shown) : [];
            if (news.Length > 0)
                await SendAsync(news);
            else if (!isNews)
                await SendAsync(events.Tick);
        }
    }

    private byte[] News(IReadOnlyDictionary<int, LiveCounts?> pictures, Dictionary<int, LiveCounts> shown)
    {
        var text = new List<byte>();
        foreach (var (scenario, picture) in pictures)
        {
            if (!shown.TryGetValue(scenario, out var before))
                continue;
            // Gone, or hidden by a group since the stream began.
            if (picture is null || !context.Caller().Sees(picture.Groups))
                shown.Remove(scenario);
            else
                text.AddRange(events.Picture(scenario, before, shown[scenario] = picture));
        }
        return [.. text];
    }

    /// <summary>False when that time has gone by without any.</summary>
    private async Task<bool> HasNewsAsync(LiveWatch watch, TimeSpan within)
    {
        var cancel = context.RequestAborted;
        using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(_ => beat.Cancel(), null, within, Timeout.InfiniteTimeSpan);
        try
        {
            return await watch.NewsAsync(beat.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> IsWelcomeAsync() => await tokens.FindByIdAsync(context.Caller().TokenId) is not null;

    private async Task SendAsync(ReadOnlyMemory<byte> text)
    {
        using var late = new CancellationTokenSource(SlowestReader, time);
        using var slow = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
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
}
