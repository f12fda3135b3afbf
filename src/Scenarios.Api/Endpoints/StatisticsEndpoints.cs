using Scenarios.Api.Http;
using Scenarios.Engine.Json;
using Scenarios.Engine.Time;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>The numbers of a period, and the proof that all numbers add up.</summary>
internal static class StatisticsEndpoints
{
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromDays(7);
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void MapStatistics(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/statistics", ReadAsync)
            .Needs(Role.Viewer)
            .IsSlow()
            .Takes("from", "Instant; 7 days before 'to' by default.")
            .Takes("to", "Instant; now by default.")
            .Takes("by", "hour, day (default) or week, in the scenario's zone.")
            .Produces<Statistics>()
            .WithSummary("Get what entered, completed, failed, left and was declined in a period");
        api.MapPost("/scenarios/{n}:verify", VerifyAsync)
            .Needs(Role.Viewer)
            .TakesLong()
            .Produces<Verification>()
            .WithSummary("Recount from the rows and compare with the numbers");
    }

    private static async Task<IResult> ReadAsync(HttpContext context, StatisticsReads statistics, TimeProvider time)
    {
        var scenario = await context.ScenarioAsync();
        var to = Instant(context, "to") ?? time.GetUtcNow();
        var begin = Instant(context, "from");
        if (begin > to)
            throw Invalid("invalidRange", "'from' must not be after 'to'.");
        if (begin < Earliest || to < Earliest || to > Latest)
            throw Invalid("outOfRange", $"Must be an instant from {Earliest.Year} to {Latest.Year}.");
        var from = begin ?? to - DefaultPeriod;
        var by = context.Query().OneOf<Granularity>("by") ?? Granularity.Day;
        var edges = Buckets.Between(from, to, by, await context.ZoneAsync(scenario))
            ?? throw Invalid("tooManyBuckets", $"The period has more than {Buckets.Limit} buckets.");
        return Answer.Ok(await statistics.OfAsync(context.Caller().Tenant, scenario.Number, edges, context.RequestAborted));
    }

    private static async Task<IResult> VerifyAsync(HttpContext context, VerifyReads verify)
    {
        var scenario = await context.ScenarioAsync();
        return Answer.Ok(await verify.VerifyAsync(context.Caller().Tenant, scenario.Number, context.RequestAborted));
    }

    private static DateTimeOffset? Instant(HttpContext context, string name)
    {
        if (context.Query().Text(name) is not { } text)
            return null;
        return Instants.TryParse(text, out var instant)
            ? instant
            : throw Invalid("invalidInstant", $"'{name}' must be an instant like 2026-11-23T12:00:00Z, with its zone.");
    }

    private static Refused Invalid(string code, string detail) => new(StatusCodes.Status422UnprocessableEntity, code, detail);
}
