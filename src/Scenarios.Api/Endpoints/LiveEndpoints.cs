using Scenarios.Api.Http;
using Scenarios.Api.Live;
using Scenarios.Contracts;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>How many runs are where, now.</summary>
internal static class LiveEndpoints
{
    private const int MostScenarios = 100;

    /// <summary>Grains of <see cref="IProfileInScenarioGrain"/>.</summary>
    private static readonly GrainType Performers = GrainType.Create("profileinscenario");

    /// <param name="Elements">How many runs are at each element that has any.</param>
    /// <param name="Grains">Active profile-in-scenario grains by the element where their profile is; absent where
    /// not asked for.</param>
    public sealed record LiveView(
        long Inside,
        IReadOnlyDictionary<string, long> Elements,
        DateTimeOffset At,
        IReadOnlyDictionary<string, long>? Grains = null
    );

    public static void MapLive(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/live", ReadAsync)
            .Needs(Role.Viewer)
            .IsSlow()
            .Takes(
                "grains",
                "true adds how many profile-in-scenario grains are active at each element; for the operator of the cluster.",
                "boolean"
            )
            .Produces<LiveView>()
            .WithSummary("Get how many runs are inside, and at each element");
        api.MapGet("/scenarios/{n}/live/stream", StreamAsync)
            .Needs(Role.Viewer)
            .HasNoLimit()
            .Produces<string>(contentType: "text/event-stream")
            .WithSummary("Stream the live counts as Server-Sent Events, on change, at most one a second");
        api.MapGet("/live", CommonStreamAsync)
            .Needs(Role.Viewer)
            .HasNoLimit()
            .Takes("scenario", "The number of a scenario; repeat it for several.", "integer")
            .Takes("totals", "The number of one of them whose totals are sent as well.", "integer")
            .RepeatsQuery()
            .Produces<string>(contentType: "text/event-stream")
            .WithSummary("Stream several scenarios: counts, status, totals, draft, task, tick");
    }

    private static async Task<IResult> ReadAsync(
        HttpContext context,
        LiveReads reads,
        StandingReads standing,
        IGrainFactory grains
    )
    {
        var scenario = await context.ScenarioAsync();
        var tenant = context.Caller().Tenant;
        var live = await reads.CountsAsync(tenant, scenario.Number, context.RequestAborted) ?? throw Refused.NotFound();
        if (!context.Query().Flag("grains"))
            return Answer.Written(json => LiveNumbers.Write(json, live));
        if (!context.Caller().IsOperator)
            throw new Refused(
                StatusCodes.Status403Forbidden,
                "forbidden",
                "Only an operator of the cluster can see its grains."
            );
        var active = await grains.GetGrain<IManagementGrain>(0).GetActiveGrains(Performers);
        string[] here =
        [
            .. active
                .Select(id => GrainKeys.Parse(id.Key.ToString()!))
                .Where(key => (key.Tenant, key.Number) == (tenant, scenario.Number))
                .Select(key => key.Last),
        ];
        return Answer.Ok(
            new LiveView(
                live.Inside,
                live.Elements,
                live.At,
                await standing.ElementsAsync(tenant, scenario.Number, here, context.RequestAborted)
            )
        );
    }

    private static async Task StreamAsync(
        HttpContext context,
        LiveReads reads,
        LiveFeed feed,
        TokenCache tokens,
        TimeProvider time
    )
    {
        var scenario = await context.ScenarioAsync();
        await RunAsync(
            context,
            [scenario.Number],
            new Dictionary<int, string>(),
            reads,
            feed,
            new LiveStream(context, tokens, time, LiveNumbers.Instance)
        );
    }

    /// <summary>Scenarios that are gone, or that the caller does not see, are left out; a list may be older than that.</summary>
    private static async Task CommonStreamAsync(
        HttpContext context,
        ScenarioReads scenarios,
        LiveReads reads,
        LiveFeed feed,
        TokenCache tokens,
        TimeProvider time
    )
    {
        var asked = Numbers(context, "scenario");
        if (asked.Length is 0 or > MostScenarios)
            throw Query.Invalid($"'scenario' must be given 1 to {MostScenarios} times.");
        var seen = await scenarios.VisibleAsync(context.Viewer(), asked, context.RequestAborted);
        if (seen.Count == 0)
            throw Refused.NotFound();
        var zones = new Dictionary<int, string>();
        foreach (var number in Numbers(context, "totals").Intersect(seen))
            if (await scenarios.HeadAsync(context.Viewer(), number, context.RequestAborted) is { } head)
                zones.Add(number, await context.ZoneAsync(head));
        await RunAsync(context, seen, zones, reads, feed, new LiveStream(context, tokens, time, LiveNews.Instance));
    }

    private static int[] Numbers(HttpContext context, string name) =>
        [
            .. context
                .Request.Query[name]
                .Select(text =>
                    ScenarioOfRequest.NumberOf(text) ?? throw Query.Invalid($"'{name}' must be the number of a scenario.")
                )
                .Distinct(),
        ];

    private static async Task RunAsync(
        HttpContext context,
        IReadOnlyCollection<int> scenarios,
        IReadOnlyDictionary<int, string> zones,
        LiveReads reads,
        LiveFeed feed,
        LiveStream stream
    )
    {
        var tenant = context.Caller().Tenant;
        using var watch = feed.Begin(tenant, scenarios, zones)
            ?? throw new Refused(
                StatusCodes.Status429TooManyRequests,
                "tooManyStreams",
                $"At most {LiveFeed.StreamsPerTenant} streams of a tenant are open on a node."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(10),
            };
        // Read after the watch has begun, so that no change falls between the two.
        var first = await reads.CountsAsync([.. scenarios.Select(n => (tenant, n))], context.RequestAborted);
        if (first.Count == 0)
            throw Refused.NotFound();
        await stream.RunAsync(first.ToDictionary(f => f.Key.Scenario, f => f.Value), watch);
    }
}
