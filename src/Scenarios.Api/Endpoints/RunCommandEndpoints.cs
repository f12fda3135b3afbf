using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>What one does with a run in flight; each answers with the run as it then reads.</summary>
internal static class RunCommandEndpoints
{
    internal static readonly TimeSpan LongestWait = TimeSpan.FromDays(3660);

    public static void MapRunCommands(this IEndpointRouteBuilder api)
    {
        api.MapDelete("/scenarios/{n}/runs/{run}", (Delegate)RemoveAsync)
            .Needs(Role.Operator)
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("Remove a run: it ends left, with the reason removed");
        api.MapPost("/scenarios/{n}/runs/{run}:release", (Delegate)ReleaseAsync)
            .Needs(Role.Operator)
            .Body<Release>(optional: true)
            .Produces<RunTrail>()
            .WithSummary("Release a run: end its wait now");
        api.MapPost("/scenarios/{n}/runs/{run}:postpone", PostponeAsync)
            .Needs(Role.Operator)
            .Body<Postponement>()
            .Produces<RunTrail>()
            .WithSummary("Postpone a run: let it wait until another instant");
        api.MapPost("/scenarios/{n}/runs/{run}:move", (Delegate)MoveAsync)
            .Needs(Role.Operator)
            .Body<Move>()
            .Produces<RunTrail>()
            .WithSummary("Move a run to another element");
    }

    private static async Task<IResult> RemoveAsync(HttpContext context)
    {
        await CommandAsync(context, (run, profile) => new RunCommand(run, profile, RunVerb.Remove, null, null, null));
        return Answer.NoContent();
    }

    private static async Task<IResult> ReleaseAsync(HttpContext context)
    {
        var output = await ReadAsync(context, optional: true, (body, _) => body.Text("output", 64, min: 1));
        return Answer.Ok(
            await CommandAsync(context, (run, profile) => new RunCommand(run, profile, RunVerb.Release, output, null, null))
        );
    }

    private static async Task<IResult> PostponeAsync(HttpContext context, TimeProvider time)
    {
        var until = await ReadAsync(context, optional: false, (body, problems) =>
        {
            var instant = body.Instant("until", required: true);
            if (instant is { } at && (at <= time.GetUtcNow() || at > time.GetUtcNow() + LongestWait))
                problems.Add(new Problem("/until", "outOfRange", "Must be an instant in the future, within ten years."));
            return instant;
        });
        return Answer.Ok(
            await CommandAsync(context, (run, profile) => new RunCommand(run, profile, RunVerb.Postpone, null, until, null))
        );
    }

    private static async Task<IResult> MoveAsync(HttpContext context)
    {
        var to = await ReadAsync(context, optional: false, (body, _) => body.Text("to", 64, required: true, min: 1));
        return Answer.Ok(
            await CommandAsync(context, (run, profile) => new RunCommand(run, profile, RunVerb.Move, null, null, to))
        );
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, bool optional, Func<JsonObjectReader, List<Problem>, T> read)
    {
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context, optional: optional)).Object(problems);
        var value = read(body, problems);
        body.Done();
        Refused.If(problems);
        return value;
    }

    /// <summary>Commands go to the profile's grain in this scenario, which knows the run's slice.</summary>
    private static async Task<RunTrail> CommandAsync(HttpContext context, Func<Guid, string, RunCommand> command)
    {
        var scenario = await context.ScenarioAsync();
        var run = await RunEndpoints.FindAsync(context, scenario);
        var outcome = await context
            .RequestServices.GetRequiredService<IGrainFactory>()
            .ProfileInScenario(context.Caller().Tenant, scenario.Number, run.ProfileId)
            .Command(command(run.RunId, run.ProfileId) with { Actor = context.Caller().Actor });
        return outcome.Done ? await RunEndpoints.FindAsync(context, scenario) : throw RefusalOf(outcome.Code!);
    }

    internal static Refused RefusalOf(string code) =>
        RefusalCodes.Parse(code) switch
        {
            RefusalCode.UnknownOutput => Refused.Invalid(
                "/output",
                code,
                "The element at which the run is has no such output."
            ),
            RefusalCode.UnknownElement => Refused.Invalid("/to", code, "The scenario has no such element."),
            RefusalCode.Overloaded => Refused.Of(RefusalCode.Overloaded, "The cluster cannot keep up right now; try again."),
            // Its slice no longer knows a run that we have just read: it has ended, now or before.
            RefusalCode.RunEnded or RefusalCode.RunNotFound => Refused.Of(RefusalCode.RunEnded, "The run has already ended."),
            RefusalCode.NotWaiting => Refused.Of(RefusalCode.NotWaiting, "The run is not waiting."),
            RefusalCode.Inactive => Refused.Of(RefusalCode.Inactive, "The scenario is not active: its runs do not move."),
            // Not about commands, or known to newer nodes only: whatever it is, it is about the run as it is.
            null
            or RefusalCode.ScenarioNotFound
            or RefusalCode.ScenarioActive
            or RefusalCode.StaleRevision
            or RefusalCode.DatabaseNotFound
            or RefusalCode.DefinitionTooLarge
            or RefusalCode.InvalidDefinition
            or RefusalCode.PartitionsFixed
            or RefusalCode.HasRuns
            or RefusalCode.QuotaExceeded
            or RefusalCode.TooManyTasks
            or RefusalCode.UnknownValue
            or RefusalCode.MovedOn
            or RefusalCode.Unstorable
            or RefusalCode.Damaged
            or RefusalCode.IdempotencyKeyReused
            or RefusalCode.UnknownOutcome
            or RefusalCode.Unavailable
            or RefusalCode.Internal => new Refused(
                StatusCodes.Status409Conflict,
                code,
                "The run cannot take this command now."
            ),
        };
}
