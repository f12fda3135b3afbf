using System.Globalization;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>Scenarios as things: list, make, read, publish, describe, delete.</summary>
internal static class ScenarioEndpoints
{
    /// <summary>The code by which the scenario's grain, too, refuses a save over a newer revision.</summary>
    internal static readonly string Stale = RefusalCode.StaleRevision.Text();

    public static void MapScenarios(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios", ListAsync)
            .Needs(Role.Viewer)
            .IsSlow()
            .Pages()
            .Takes("q", "Found in the title or description, or the number.")
            .Takes("tag", "One of its tags.")
            .Takes("status", "inactive, active or finishing.")
            .Takes("group", "One of its access groups.")
            .Takes("trash", "Those deleted in the last 30 days instead.", "boolean")
            .Produces<Listed<ScenarioLine>>()
            .WithSummary("List scenarios, newest first");
        api.MapPost("/scenarios", CreateAsync)
            .Needs(Role.Editor)
            .Body<ScenarioToCreate>()
            .Produces<ScenarioView>(StatusCodes.Status201Created)
            .WithSummary("Create a scenario");
        api.MapGet("/scenarios/{n}", (Delegate)ReadAsync)
            .Needs(Role.Viewer)
            .Produces<ScenarioView>()
            .WithSummary("Get a scenario; its ETag is the revision");
        api.MapPut("/scenarios/{n}", (Delegate)PutAsync)
            .Needs(Role.Editor)
            .Body<ScenarioToSave>()
            .Takes("dryRun", "Only report what the save would do.", "boolean")
            .Produces<ScenarioView>()
            .WithSummary("Publish a revision (If-Match), and drop the draft");
        api.MapPatch("/scenarios/{n}", (Delegate)PatchAsync)
            .Needs(Role.Editor)
            .Body<ScenarioToDescribe>()
            .Produces<ScenarioView>()
            .WithSummary("Change title and about");
        api.MapDelete("/scenarios/{n}", (Delegate)DeleteAsync)
            .Needs(Role.Editor)
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("Delete an inactive scenario; it goes to the trash");
    }

    private static async Task<IResult> ListAsync(HttpContext context, ScenarioList scenarios)
    {
        var query = context.Query();
        var page = await context.PageAsync();
        var filter = new ScenarioFilter(
            query.Text("q"),
            query.Text("tag"),
            query.OneOf<ScenarioStatus>("status"),
            query.Text("group"),
            query.Flag("trash")
        );
        var before = page.After is { } after ? int.Parse(after, CultureInfo.InvariantCulture) : (int?)null;
        var rows = await scenarios.PageAsync(context.Viewer(), filter, before, page.Limit + 1, context.RequestAborted);
        return Answer.Ok(page.Of(rows, line => line, line => line.Number.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> CreateAsync(HttpContext context, IGrainFactory grains)
    {
        var body = await ScenarioBody.CreateAsync(context);
        var caller = context.Caller();
        await MustSeeAsync(context, body.Database);
        return await CreatedAsync(
            context,
            await grains
                .Tenant(caller.Tenant)
                .CreateScenario(
                    new NewScenario(
                        body.Title,
                        body.Database,
                        body.Definition,
                        body.Settings,
                        body.About,
                        null,
                        null,
                        caller.Actor
                    )
                )
        );
    }

    private static async Task<IResult> ReadAsync(HttpContext context)
    {
        var scenario = await FindAsync(context, context.Number());
        context.Response.SetTag(scenario.Revision);
        return Answer.Ok(scenario);
    }

    private static async Task<IResult> PutAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        var tags = IfMatch.Tags(context.Request);
        var body = await ScenarioBody.PutAsync(context);
        var dryRun = context.Query().Flag("dryRun");
        await MustSeeAsync(context, body.Database);
        var grain = context.Grain(scenario);
        // The grain compares once more: what we read here may be old by then.
        var answer = await grain.Save(
            body.Save((int)IfMatch.Fitting(tags, scenario.Revision, Stale), dryRun, context.Caller().Actor)
        );
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        if (dryRun)
            return Answer.Written(json => SavePlan.Write(json, answer));
        if (await grain.Draft() is { } draft)
            await grain.KeepDraft(null, draft.Version, context.Caller().Actor);
        return await ReadAsync(context);
    }

    private static async Task<IResult> PatchAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        var tags = IfMatch.TagsOrNull(context.Request);
        var body = await ScenarioBody.PatchAsync(context);
        var revision = tags is null ? (int?)null : (int)IfMatch.Fitting(tags, scenario.Revision, Stale);
        var answer = await context.Grain(scenario).Save(body.Save(revision, dryRun: false, context.Caller().Actor));
        return answer.Refusal is { } refusal ? throw Refused.Of(refusal) : await ReadAsync(context);
    }

    private static async Task<IResult> DeleteAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        var answer = await context.Grain(scenario).Delete(context.Caller().Actor);
        return answer.Refusal is { } refusal ? throw Refused.Of(refusal) : Answer.NoContent();
    }

    /// <summary>
    /// A token that cannot see a database cannot create anything on it: through a scenario it would see the profiles.
    /// </summary>
    private static async Task MustSeeAsync(HttpContext context, string? database)
    {
        if (database is null)
            return;
        var row = await context
            .RequestServices.GetRequiredService<DatabaseStore>()
            .FindAsync(context.Caller().Tenant, database, context.RequestAborted);
        if (row is null || !context.Caller().Sees(row.Groups))
            throw Refused.Invalid("/database", "databaseNotFound", $"There is no database '{database}'.");
    }

    internal static async Task<IResult> CreatedAsync(HttpContext context, CreateAnswer answer)
    {
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        // An editor may make a scenario for a group that is not the editor's own: then the number is all there is to see.
        var scenario = await context
            .RequestServices.GetRequiredService<ScenarioReads>()
            .FindAsync(new Viewer(context.Caller().Tenant, null), answer.Number, context.RequestAborted)
            ?? throw Refused.NotFound();
        context.Response.SetTag(scenario.Revision);
        return Answer.Created($"/api/v1/scenarios/{answer.Number}", scenario);
    }

    internal static async Task<ScenarioView> FindAsync(HttpContext context, int number) =>
        await context
            .RequestServices.GetRequiredService<ScenarioReads>()
            .FindAsync(context.Viewer(), number, context.RequestAborted)
        ?? throw Refused.NotFound();
}
