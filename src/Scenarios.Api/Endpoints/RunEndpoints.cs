using System.Globalization;
using System.Text;
using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>Runs: where they are, how each came there, and what it carries.</summary>
internal static class RunEndpoints
{
    /// <summary>A search for profiles at an element looks at so many of those it finds.</summary>
    private const int ProfilesFound = 1000;

    private enum RunStateName
    {
        Waiting,
        Performing,
        Completed,
        Failed,
        Left,
    }

    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/elements/{e}/runs", AtElementAsync)
            .Needs(Role.Viewer)
            .IsSlow()
            .Pages()
            .Takes(
                "q",
                "Runs of profiles found by the beginning of their id; tokens that may see profiles also find by email and phone."
            )
            .Takes("order", "entered (default) or leaves: the soonest first.")
            .Takes("overdue", "true: only those whose wait is over.", "boolean")
            .Produces<Listed<StandingRun>>()
            .WithSummary("List runs at an element, with name and email where the token may see profiles");
        api.MapGet("/scenarios/{n}/runs", ListAsync)
            .Needs(Role.Viewer)
            .Pages()
            .Takes("profileId", "Runs of this profile.")
            .Takes("state", "waiting, performing, completed, failed or left.")
            .Takes("reason", "Runs that ended for this reason.")
            .Produces<Listed<RunView>>()
            .WithSummary("List runs, open and ended, latest entry first");
        api.MapGet("/scenarios/{n}/runs/{run}", (Delegate)ReadAsync)
            .Needs(Role.Viewer)
            .Produces<RunTrail>()
            .WithSummary("Get a run with its whole trail")
            .WithDescription("Steps are numbered from 1 without a gap. A missing number is a step that could not be read.");
        api.MapGet("/scenarios/{n}/runs/{run}/content", ContentAsync)
            .Needs(Role.Operator)
            .Produces<JsonElement>(contentType: "application/json")
            .WithSummary("Get the content of a run's capture as a file");
    }

    private static async Task<IResult> AtElementAsync(
        HttpContext context,
        StandingReads standing,
        ScenarioReads scenarios,
        ProfileStore profiles
    )
    {
        var scenario = await context.ScenarioAsync();
        var (tenant, element, query) = (context.Caller().Tenant, (string)context.Request.RouteValues["e"]!, context.Query());
        var page = await context.PageAsync();
        var seesProfiles = context.Caller().May(Role.Operator);
        string[]? found = query.Text("q") is not { Length: > 0 } q
            ? null
            :
            [
                .. (await profiles.SearchAsync(tenant, scenario.Database, q, null, ProfilesFound, context.RequestAborted))
                    .Select(p => p.Id)
                    .Where(id => seesProfiles || id.StartsWith(q, StringComparison.Ordinal)),
            ];
        var ask = new StandingAsk(
            element,
            query.OneOf<StandingOrder>("order") ?? StandingOrder.Entered,
            found,
            query.Flag("overdue"),
            WithNames: seesProfiles,
            page.After is { } after ? ParsePlace(after) : null,
            page.Limit + 1
        );
        var rows = await standing.AtAsync(tenant, scenario.Number, ask, context.RequestAborted);
        if (rows.Count == 0 && !await scenarios.HasElementAsync(tenant, scenario.Number, element, context.RequestAborted))
            throw Refused.NotFound();
        return Answer.Ok(page.Of(rows, run => run, PlaceOf));
    }

    private static string PlaceOf(StandingRun run) => $"{(run.LeavesAt is { } at ? Instants.Format(at) : "")} {run.RunId:N}";

    private static (DateTimeOffset?, Guid) ParsePlace(string place)
    {
        var parts = place.Split(' ');
        return (
            parts[0].Length == 0 ? null : DateTimeOffset.Parse(parts[0], CultureInfo.InvariantCulture),
            Guid.ParseExact(parts[1], "N")
        );
    }

    private static async Task<IResult> ListAsync(HttpContext context, RunReads runs)
    {
        var scenario = await context.ScenarioAsync();
        var page = await context.PageAsync();
        var state = context.Query().OneOf<RunStateName>("state");
        var rows = await runs.AllAsync(
            context.Caller().Tenant,
            scenario.Number,
            context.Query().Text("profileId"),
            state is { } one ? [Name<RunStateName>.Of(one)] : null,
            KeyOf(page),
            page.Limit + 1,
            context.RequestAborted,
            context.Query().Text("reason")
        );
        return Answer.Ok(page.Of(rows, run => run, run => run.RunId.ToString("N", CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> ReadAsync(HttpContext context)
    {
        var run = await FindAsync(context, await context.ScenarioAsync());
        return Answer.Ok(context.Caller().May(Role.Operator) ? run : run.WithoutValues());
    }

    internal static async Task<RunTrail> FindAsync(HttpContext context, ScenarioHead scenario) =>
        await context
            .RequestServices.GetRequiredService<RunReads>()
            .FindAsync(context.Caller().Tenant, scenario.Number, context.Run(), context.RequestAborted)
        ?? throw Refused.NotFound();

    /// <summary>As a file of a fixed type: whatever a caller put into its content, no browser shows it as a page.</summary>
    private static async Task<IResult> ContentAsync(HttpContext context, RunReads runs)
    {
        var scenario = await context.ScenarioAsync();
        var run = context.Run();
        var content = await runs.ContentAsync(context.Caller().Tenant, scenario.Number, run, context.RequestAborted)
            ?? throw Refused.NotFound();
        return TypedResults.File(Encoding.UTF8.GetBytes(content), "application/json", $"run-{run}.json");
    }

    private static Guid? KeyOf(Page page) => page.After is { } after ? Guid.ParseExact(after, "N") : null;
}
