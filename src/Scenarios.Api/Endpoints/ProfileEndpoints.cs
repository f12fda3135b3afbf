using System.Globalization;
using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Api.Profiles;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary><c>/databases/{db}/profiles</c>: customers by the caller's ids.</summary>
internal static class ProfileEndpoints
{
    public static void MapProfiles(this RouteGroupBuilder api)
    {
        var profiles = api.MapGroup("/databases/{db}/profiles").WithTags("Profiles");
        profiles
            .MapGet("", ListAsync)
            .Needs(Role.Operator)
            .Pages()
            .Produces<Listed<ProfileView>>()
            .Takes("q", "The beginning of an id, an email, a phone, or field:value.")
            .WithSummary("List or find profiles");
        profiles.MapGet("/{id}", GetAsync).Needs(Role.Operator).Produces<ProfileView>().WithSummary("Get a profile");
        profiles
            .MapPut("/{id}", PutAsync)
            .Needs(Role.Operator)
            .Takes("triggers", "false fires nothing.", "boolean")
            .Body<ProfileInput>()
            .Produces<ProfileView>()
            .Produces<ProfileView>(201)
            .WithSummary("Replace or create a profile");
        profiles
            .MapPatch("/{id}", PatchAsync)
            .Needs(Role.Operator)
            .Takes("triggers", "false fires nothing.", "boolean")
            .Body<ProfileInput>()
            .Produces<ProfileView>()
            .Produces<ProfileView>(201)
            .WithSummary("Merge into a profile, or create it; null clears");
        profiles.MapDelete("/{id}", DeleteAsync).Needs(Role.Editor).Produces(204).WithSummary("Delete a profile");
    }

    private static async Task<IResult> ListAsync(HttpContext context, ProfileStore profiles)
    {
        var database = await context.DatabaseAsync();
        var page = await context.PageAsync();
        var (tenant, number, limit) = (context.Caller().Tenant, database.Number, page.Limit + 1);
        var rows = context.Query().Text("q") switch
        {
            null or "" => await profiles.ListAsync(tenant, number, page.After, limit, context.RequestAborted),
            var q when FieldSearch(database.Fields, q) is { } contained => await profiles.WithFieldAsync(
                tenant,
                number,
                contained,
                page.After,
                limit,
                context.RequestAborted
            ),
            var q => await profiles.SearchAsync(tenant, number, q, page.After, limit, context.RequestAborted),
        };
        return Answer.Ok(page.Of(rows, ProfileView.Of, row => row.Id));
    }

    private static async Task<IResult> GetAsync(HttpContext context, ProfileStore profiles)
    {
        var database = await context.DatabaseAsync();
        var row = await profiles.FindAsync(context.Caller().Tenant, database.Number, context.Id("id"), context.RequestAborted);
        return row is null ? throw Refused.NotFound() : Answer.Ok(ProfileView.Of(row));
    }

    private static async Task<IResult> PutAsync(
        HttpContext context,
        ProfileStore profiles,
        ProfileChanges changes,
        TimeProvider time
    )
    {
        var (database, edit) = await ReadAsync(context, time);
        var (row, created) = await profiles.ReplaceAsync(
            context.Caller().Tenant,
            database.Number,
            edit,
            context.RequestAborted
        );
        if (!created)
            await changes.ChangedAsync(context.Caller().Tenant, database.Number, [row.Id], CancellationToken.None);
        return Written(context, database.Number, row, created);
    }

    private static async Task<IResult> PatchAsync(
        HttpContext context,
        ProfileStore profiles,
        ProfileChanges changes,
        TimeProvider time
    )
    {
        var (database, edit) = await ReadAsync(context, time);
        var (row, created) = await profiles.MergeAsync(context.Caller().Tenant, database.Number, edit, context.RequestAborted);
        if (!created)
            await changes.ChangedAsync(context.Caller().Tenant, database.Number, [row.Id], CancellationToken.None);
        return Written(context, database.Number, row, created);
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, ProfileStore profiles, ProfileChanges changes)
    {
        var database = await context.DatabaseAsync();
        var id = context.Id("id");
        await changes.DeletedAsync(context.Caller().Tenant, database.Number, id, context.RequestAborted);
        var gone = await profiles.DeleteAsync(
            context.Caller().Tenant,
            database.Number,
            id,
            context.Audit("delete", $"profile/{database.Name}/{id}"),
            context.RequestAborted
        );
        return gone ? Answer.NoContent() : throw Refused.NotFound();
    }

    private static async Task<(DatabaseRow Database, ProfileEdit Edit)> ReadAsync(HttpContext context, TimeProvider time)
    {
        context.Query().Flag("triggers");
        var database = await context.DatabaseAsync();
        var id = context.Id("id");
        if (Contact.CheckId(id) is var (code, message))
            throw Refused.Invalid("/id", code, message);

        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context, maxBytes: ProfileBody.MaxBytes)).Object(problems);
        var change = ProfileBody.Read(body, database.Fields, time.GetUtcNow());
        body.Done();
        Refused.If(problems);
        return (database, new ProfileEdit(id, change.Head, change.Operations, change.Subscriptions));
    }

    private static IResult Written(HttpContext context, int database, ProfileRow row, bool created)
    {
        context.AnswersWith(database, row.Id);
        return created
            ? Answer.Created(context.Request.PathBase + context.Request.Path.ToUriComponent(), ProfileView.Of(row))
            : Answer.Ok(ProfileView.Of(row));
    }

    /// <summary><c>field:value</c> as the JSON that a profile's fields must contain; null when it is no such search.</summary>
    private static string? FieldSearch(DatabaseFields fields, string q)
    {
        var colon = q.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || fields.TypeOf(q[..colon]) is not { } type)
            return null;
        var value = q[(colon + 1)..];
        object sought = type switch
        {
            FieldType.Text or FieldType.Date or FieldType.DateTime => value,
            FieldType.Number => decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Query.Invalid($"'{q[..colon]}' must be a number."),
            FieldType.Boolean => value is "true" or "false"
                ? value == "true"
                : throw Query.Invalid($"'{q[..colon]}' must be true or false."),
            FieldType.List => new[] { value },
        };
        return JsonSerializer.Serialize(new Dictionary<string, object> { [q[..colon]] = sought });
    }
}
