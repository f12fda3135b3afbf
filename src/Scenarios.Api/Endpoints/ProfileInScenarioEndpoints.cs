using System.Globalization;
using Scenarios.Api.Http;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>One profile: in a scenario, and across all of them.</summary>
internal static class ProfileInScenarioEndpoints
{
    public static void MapProfilesInScenarios(this IEndpointRouteBuilder api)
    {
        api.MapGet("/scenarios/{n}/profiles/{id}", ReadAsync)
            .Needs(Role.Viewer)
            .Produces<ProfileInScenario>()
            .WithSummary("Get the profile in this scenario: its runs, and why it was last declined");
        api.MapGet("/databases/{db}/profiles/{id}/timeline", TimelineAsync)
            .Needs(Role.Viewer)
            .Pages()
            .Produces<Listed<TimelineItem>>()
            .WithSummary("List a profile's runs and declines across scenarios, latest first");
    }

    private static async Task<IResult> ReadAsync(HttpContext context, ProfileReads profiles)
    {
        var scenario = await context.ScenarioAsync();
        return Answer.Ok(
            await profiles.FindAsync(
                context.Caller().Tenant,
                scenario.Number,
                scenario.Database,
                context.Id("id"),
                context.RequestAborted
            ) ?? throw Refused.NotFound()
        );
    }

    private static async Task<IResult> TimelineAsync(HttpContext context, ProfileReads profiles, ProfileStore store)
    {
        var (database, profile) = (await context.DatabaseAsync(), context.Id("id"));
        var page = await context.PageAsync();
        var rows = await profiles.TimelineAsync(
            context.Viewer(),
            database.Number,
            profile,
            page.After is { } after ? ParseKey(after) : null,
            page.Limit + 1,
            context.RequestAborted
        );
        if (
            rows.Count == 0
            && await store.FindAsync(context.Caller().Tenant, database.Number, profile, context.RequestAborted) is null
        )
            throw Refused.NotFound();
        return Answer.Ok(page.Of(rows, item => item, KeyOf));
    }

    private static string KeyOf(TimelineItem item) =>
        string.Create(CultureInfo.InvariantCulture, $"{Instants.Format(item.At)} {item.Scenario} {item.RunId ?? Guid.Empty}");

    private static (DateTimeOffset, int, Guid) ParseKey(string key)
    {
        var parts = key.Split(' ');
        return (
            DateTimeOffset.Parse(parts[0], CultureInfo.InvariantCulture),
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            Guid.Parse(parts[2])
        );
    }
}
