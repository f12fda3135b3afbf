using System.Text;
using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Contracts;

namespace Scenarios.Api.Endpoints;

/// <summary>
/// The autosaved draft of a scenario: any JSON object of the editor's, which never touches what runs. Its ETag is its
/// version; where there is none yet, the first one is kept under <c>If-Match: "0"</c> (or <c>If-None-Match: *</c>).
/// </summary>
internal static class DraftEndpoints
{
    private const int MaxBytes = 2 << 20;
    private const string Address = "/scenarios/{n}/draft",
        Stale = "staleDraft";

    public static void MapDrafts(this IEndpointRouteBuilder api)
    {
        api.MapGet(Address, (Delegate)ReadAsync)
            .Needs(Role.Viewer)
            .Produces<DraftView>()
            .WithSummary("Get the draft, and whose it is");
        api.MapPut(Address, (Delegate)PutAsync)
            .Needs(Role.Editor)
            .Body<System.Text.Json.JsonElement>()
            .Produces<DraftKept>()
            .WithSummary("Save a draft (If-Match)");
        api.MapDelete(Address, (Delegate)DeleteAsync)
            .Needs(Role.Editor)
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("Delete the draft");
    }

    private static async Task<IResult> ReadAsync(HttpContext context)
    {
        var draft = await context.Grain(await context.ScenarioAsync()).Draft();
        if (draft is null)
            throw new Refused(StatusCodes.Status404NotFound, "noDraft", "This scenario has no draft.");
        context.Response.SetTag(draft.Version);
        return Kept(draft, withJson: true);
    }

    private static async Task<IResult> PutAsync(HttpContext context)
    {
        var grain = context.Grain(await context.ScenarioAsync());
        // "If-None-Match: *" is the standard's way to say what If-Match: "0" says: only if there is none.
        var tags = context.Request.Headers.IfNoneMatch is ["*"] ? [0] : IfMatch.Tags(context.Request);
        var body = await JsonBody.ReadAsync(context, ScenarioBody.MaxDepth, MaxBytes);
        if (body.Root.ValueKind != JsonValueKind.Object)
            throw Refused.Invalid("", "wrongType", "Must be an object.");
        var version = tags.Count == 1 ? tags[0] : IfMatch.Fitting(tags, (await grain.Draft())?.Version ?? 0, Stale);
        var kept = await grain.KeepDraft(Encoding.UTF8.GetString(body.Bytes.Span), version, context.Caller().Actor)
            ?? throw IfMatch.Stale(Stale);
        context.Response.SetTag(kept.Version);
        return Kept(kept, withJson: false);
    }

    private static async Task<IResult> DeleteAsync(HttpContext context)
    {
        var grain = context.Grain(await context.ScenarioAsync());
        if (await grain.Draft() is { } draft)
        {
            var version = IfMatch.TagsOrNull(context.Request) is { } tags
                ? IfMatch.Fitting(tags, draft.Version, Stale)
                : draft.Version;
            await grain.KeepDraft(null, version, context.Caller().Actor);
        }
        return Answer.NoContent();
    }

    private static IResult Kept(Draft draft, bool withJson) =>
        Answer.Written(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("version", draft.Version);
            json.WriteString("by", draft.By);
            json.WriteInstant("at", draft.At);
            if (withJson)
            {
                json.WritePropertyName("draft");
                json.WriteRawValue(draft.Json, skipInputValidation: true);
            }
            json.WriteEndObject();
        });
}
