using Scenarios.Api.Http;
using Scenarios.Api.Live;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>How many stand where, now.</summary>
internal static class LiveEndpoints
{
    private const int MostScenarios = 100;

    /// <param name="Elements">How many stand at each element where somebody stands.</param>
    public sealed record LiveView(long Inside, IReadOnlyDictionary<string, long> Elements, DateTimeOffset At);

    public static void MapLive(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/live", ReadAsync).Needs(Role.Viewer).Produces<LiveView>().WithSummary("How many are inside, and at each element");
        api.MapGet("/scenarios/{n}/live/stream", StreamAsync).Needs(Role.Viewer)
            .Produces<string>(contentType: "text/event-stream").WithSummary("The same as Server-Sent Events, on change, at most one a second");
        api.MapGet("/live", CommonStreamAsync).Needs(Role.Viewer).Takes("scenario", "The number of a scenario; several times for several.", "integer").RepeatsQuery()
            .Produces<string>(contentType: "text/event-stream").WithSummary("One stream for several scenarios: counts, status, tick");
    }

    private static async Task<IResult> ReadAsync(HttpContext context, LiveReads reads)
    {
        var scenario = await context.ScenarioAsync();
        var live = await reads.Counts(context.Caller().Tenant, scenario.Number, context.RequestAborted) ?? throw Refused.NotFound();
        return Answer.Written(json => LiveNumbers.Write(json, live));
    }

    private static async Task StreamAsync(HttpContext context, LiveReads reads, LiveFeed feed, TokenCache tokens, TimeProvider time)
    {
        var scenario = await context.ScenarioAsync();
        await RunAsync(context, [scenario.Number], reads, feed, new LiveStream(context, tokens, time, LiveNumbers.Instance));
    }

    /// <summary>Scenarios that are gone, or that the caller does not see, are left out; a list may be older than that.</summary>
    private static async Task CommonStreamAsync(HttpContext context, ScenarioReads scenarios, LiveReads reads, LiveFeed feed, TokenCache tokens, TimeProvider time)
    {
        var asked = context.Request.Query["scenario"].Select(text => ScenarioOfRequest.NumberOf(text) ?? throw Query.Invalid("'scenario' must be the number of a scenario.")).Distinct().ToArray();
        if (asked.Length is 0 or > MostScenarios) throw Query.Invalid($"'scenario' stands 1 to {MostScenarios} times.");
        var seen = await scenarios.Visible(context.Viewer(), asked, context.RequestAborted);
        if (seen.Count == 0) throw Refused.NotFound();
        await RunAsync(context, seen, reads, feed, new LiveStream(context, tokens, time, LiveNews.Instance));
    }

    private static async Task RunAsync(HttpContext context, IReadOnlyCollection<int> scenarios, LiveReads reads, LiveFeed feed, LiveStream stream)
    {
        var tenant = context.Caller().Tenant;
        using var watch = feed.Begin(tenant, scenarios)
            ?? throw new Refused(StatusCodes.Status429TooManyRequests, "tooManyStreams", $"At most {LiveFeed.StreamsPerTenant} streams of a tenant are open on a node.") { RetryAfter = TimeSpan.FromSeconds(10) };
        // Read after the watch has begun, so that no change falls between the two.
        var first = await reads.Counts([.. scenarios.Select(n => (tenant, n))], context.RequestAborted);
        if (first.Count == 0) throw Refused.NotFound();
        await stream.RunAsync(first.ToDictionary(f => f.Key.Scenario, f => f.Value), watch);
    }
}
