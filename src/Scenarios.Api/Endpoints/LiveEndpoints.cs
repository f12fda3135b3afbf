using Scenarios.Api.Http;
using Scenarios.Api.Live;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>How many stand where, now.</summary>
internal static class LiveEndpoints
{
    public static void MapLive(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/live", ReadAsync).Needs(Role.Viewer).Produces<LiveCounts>().WithSummary("How many are inside, and at each element");
        api.MapGet("/scenarios/{n}/live/stream", StreamAsync).Needs(Role.Viewer)
            .Produces<string>(contentType: "text/event-stream").WithSummary("The same as Server-Sent Events, on change, at most one a second");
    }

    private static async Task<IResult> ReadAsync(HttpContext context, LiveReads reads)
    {
        var scenario = await context.ScenarioAsync();
        var live = await reads.Counts(context.Caller().Tenant, scenario.Number, context.RequestAborted) ?? throw Refused.NotFound();
        return Answer.Written(json => LiveStream.Write(json, live));
    }

    private static async Task StreamAsync(HttpContext context, LiveReads reads, LiveFeed feed, TokenCache tokens, TimeProvider time)
    {
        var scenario = await context.ScenarioAsync();
        var tenant = context.Caller().Tenant;
        using var watch = feed.Begin(tenant, scenario.Number)
            ?? throw new Refused(StatusCodes.Status429TooManyRequests, "tooManyStreams", $"At most {LiveFeed.StreamsPerTenant} streams of a tenant are open on a node.") { RetryAfter = TimeSpan.FromSeconds(10) };
        // Read after the watch has begun, so that no change falls between the two.
        var first = await reads.Counts(tenant, scenario.Number, context.RequestAborted) ?? throw Refused.NotFound();
        await new LiveStream(context, tokens, time).RunAsync(first, watch);
    }
}
