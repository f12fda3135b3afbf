using System.Globalization;
using Scenarios.Api.Http;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>What a scenario was, and taking it back to that.</summary>
internal static class RevisionEndpoints
{
    public static void MapRevisions(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/revisions", ListAsync)
            .Needs(Role.Viewer)
            .Pages()
            .Produces<Listed<RevisionLine>>()
            .WithSummary("List revisions, newest first");
        api.MapGet("/scenarios/{n}/revisions/{r}", ReadAsync)
            .Needs(Role.Viewer)
            .Produces<RevisionWhole>()
            .WithSummary("Get settings and definition of one revision");
        api.MapGet("/scenarios/{n}/revisions/{r}:diff", DiffAsync)
            .Needs(Role.Viewer)
            .Takes("with", "The revision to compare with; the newest by default.", "integer")
            .Produces<RevisionDiff>()
            .WithSummary("Compare two revisions");
        api.MapPost("/scenarios/{n}/revisions/{r}:restore", RestoreAsync)
            .Needs(Role.Editor)
            .Body<RevisionToRestore>(optional: true)
            .Takes("dryRun", "Only report what the save would do.", "boolean")
            .Produces<ScenarioView>()
            .WithSummary("Restore settings and definition of an older revision as the newest one");
    }

    private static async Task<IResult> ListAsync(HttpContext context, RevisionReads revisions)
    {
        var scenario = await context.ScenarioAsync();
        var page = await context.PageAsync();
        var before = page.After is { } after ? int.Parse(after, CultureInfo.InvariantCulture) : (int?)null;
        var rows = await revisions.ListAsync(
            context.Caller().Tenant,
            scenario.Number,
            before,
            page.Limit + 1,
            context.RequestAborted
        );
        return Answer.Ok(page.Of(rows, line => line, line => line.Revision.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> ReadAsync(HttpContext context, RevisionReads revisions)
    {
        var scenario = await context.ScenarioAsync();
        return Answer.Ok(await FindAsync(context, revisions, scenario, context.Number("r")));
    }

    private static async Task<IResult> DiffAsync(HttpContext context, RevisionReads revisions)
    {
        var scenario = await context.ScenarioAsync();
        var with = context.Query().Whole("with", 1, int.MaxValue, scenario.Revision);
        return Answer.Ok(
            RevisionDiff.Of(
                await FindAsync(context, revisions, scenario, context.Number("r")),
                await FindAsync(context, revisions, scenario, with)
            )
        );
    }

    /// <summary>
    /// A save like any other: it has a plan, may move runs or keep their times, and is refused over a newer revision if
    /// one was named.
    /// </summary>
    private static async Task<IResult> RestoreAsync(HttpContext context, RevisionReads revisions)
    {
        var scenario = await context.ScenarioAsync();
        var tags = IfMatch.TagsOrNull(context.Request);
        var older = await FindAsync(context, revisions, scenario, context.Number("r"));
        var body = await ScenarioBody.RestoreAsync(context);
        var dryRun = context.Query().Flag("dryRun");
        var save = body.Save(
            tags is null ? null : (int)IfMatch.Fitting(tags, scenario.Revision, ScenarioEndpoints.Stale),
            dryRun,
            context.Caller().Actor
        ) with
        {
            Definition = older.Definition.GetRawText(),
            Settings = older.Settings.GetRawText(),
            Note = body.Note ?? $"revision {older.Revision} restored",
        };
        var answer = await context.Grain(scenario).Save(save);
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        if (dryRun)
            return Answer.Written(json => SavePlan.Write(json, answer));
        var restored = await ScenarioEndpoints.FindAsync(context, scenario.Number);
        context.Response.SetTag(restored.Revision);
        return Answer.Ok(restored);
    }

    private static async Task<RevisionWhole> FindAsync(
        HttpContext context,
        RevisionReads revisions,
        ScenarioHead scenario,
        int revision
    ) =>
        await revisions.FindAsync(context.Caller().Tenant, scenario.Number, revision, context.RequestAborted)
        ?? throw Refused.NotFound();
}
