using Scenarios.Api.Http;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>An address that several profiles share.</summary>
/// <param name="Kind">email or phone.</param>
/// <param name="Value">The address; an email in lower case.</param>
/// <param name="ProfileIds">The first ten of them.</param>
/// <param name="Count">How many profiles share it.</param>
public sealed record DuplicateView(string Kind, string Value, IReadOnlyList<string> ProfileIds, int Count);

/// <summary><c>/databases/{db}/duplicates</c>: profiles that a match cannot tell apart.</summary>
internal static class DuplicateEndpoints
{
    public static void MapDuplicates(this RouteGroupBuilder api) =>
        api.MapGet("/databases/{db}/duplicates", ListAsync)
            .WithTags("Profiles")
            .Needs(Role.Operator)
            .Pages()
            .Produces<Listed<DuplicateView>>()
            .WithSummary("List addresses that several profiles share")
            .WithDescription("A capture that looks for such an address is declined `ambiguousMatch`.");

    private static async Task<IResult> ListAsync(HttpContext context, DuplicateReads duplicates)
    {
        var database = await context.DatabaseAsync();
        var page = await context.PageAsync();
        var rows = await duplicates.PageAsync(
            context.Caller().Tenant,
            database.Number,
            page.After is { } after ? KeyOf(after) : null,
            page.Limit + 1,
            context.RequestAborted
        );
        return Answer.Ok(
            page.Of(
                rows,
                row => new DuplicateView(Name<MatchKind>.Of(row.Kind), row.Value, row.ProfileIds, row.Count),
                row => $"{Name<MatchKind>.Of(row.Kind)}:{row.Value}"
            )
        );
    }

    private static (MatchKind, string) KeyOf(string after)
    {
        var colon = after.IndexOf(':', StringComparison.Ordinal);
        return (Name<MatchKind>.TryParse(after[..colon], out var kind) ? kind : MatchKind.Email, after[(colon + 1)..]);
    }
}
