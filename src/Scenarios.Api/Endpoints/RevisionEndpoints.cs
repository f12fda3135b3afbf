using System.Globalization;
using Scenarios.Api.Http;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>What a scenario was.</summary>
internal static class RevisionEndpoints
{
    public static void MapRevisions(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/revisions", ListAsync).Needs(Role.Viewer).Pages().Produces<Listed<RevisionLine>>().WithSummary("Every save, the newest first");
        api.MapGet("/scenarios/{n}/revisions/{r}", ReadAsync).Needs(Role.Viewer).Produces<RevisionWhole>().WithSummary("Settings and definition of one revision");
    }

    private static async Task<IResult> ListAsync(HttpContext context, RevisionReads revisions)
    {
        var scenario = await context.ScenarioAsync();
        var page = await context.PageAsync();
        var before = page.After is { } after ? int.Parse(after, CultureInfo.InvariantCulture) : (int?)null;
        var rows = await revisions.List(context.Caller().Tenant, scenario.Number, before, page.Limit + 1, context.RequestAborted);
        return Answer.Ok(page.Of(rows, line => line, line => line.Revision.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> ReadAsync(HttpContext context, RevisionReads revisions)
    {
        var scenario = await context.ScenarioAsync();
        return Answer.Ok(await revisions.Find(context.Caller().Tenant, scenario.Number, context.Number("r"), context.RequestAborted) ?? throw Refused.NotFound());
    }
}
