using Scenarios.Api.Http;
using Scenarios.Api.Profiles;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary><c>/databases</c>: named collections of profiles with typed fields.</summary>
internal static class DatabaseEndpoints
{
    private const int MaxNameLength = 100;

    public sealed record NewDatabase(string Name, FieldShape[]? Fields = null, string[]? Groups = null);

    /// <param name="Fields">Added, or given another type, or removed by the type null; others stay.</param>
    public sealed record DatabasePatch(FieldShape[]? Fields = null, string[]? Groups = null);

    public static void MapDatabases(this RouteGroupBuilder api)
    {
        var databases = api.MapGroup("/databases").WithTags("Databases");
        databases
            .MapPost("", CreateAsync)
            .Needs(Role.Editor)
            .Body<NewDatabase>()
            .Produces<DatabaseView>(201)
            .WithSummary("Create a database");
        databases
            .MapGet("", ListAsync)
            .Needs(Role.Viewer)
            .Pages()
            .Produces<Listed<DatabaseView>>()
            .WithSummary("List databases");
        databases
            .MapGet("/{db}", GetAsync)
            .Needs(Role.Viewer)
            .Produces<DatabaseView>()
            .WithSummary("Get a database with its fields");
        databases
            .MapPatch("/{db}", ChangeAsync)
            .Needs(Role.Editor)
            .Body<DatabasePatch>()
            .Produces<DatabaseView>()
            .WithSummary("Add fields; retype or remove fields that nothing uses");
        databases
            .MapDelete("/{db}", DeleteAsync)
            .Needs(Role.Editor)
            .TakesLong()
            .Produces(204)
            .WithSummary("Delete a database with its profiles, while no scenario works on it");
    }

    /// <summary>The database that the path names, if the caller sees it.</summary>
    public static async Task<DatabaseRow> DatabaseAsync(this HttpContext context)
    {
        var row = await context
            .RequestServices.GetRequiredService<DatabaseStore>()
            .FindAsync(context.Caller().Tenant, context.Id("db"), context.RequestAborted);
        return row is not null && context.Caller().Sees(row.Groups) ? row : throw Refused.NotFound();
    }

    private static async Task<IResult> CreateAsync(HttpContext context, DatabaseStore databases)
    {
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context)).Object(problems);
        var name = body.Text("name", MaxNameLength, required: true, min: 1);
        if (name is not null && !IsName(name))
            body.Fault(
                "name",
                "invalidName",
                "A name must not have control characters, nor consist of white space or dots only."
            );
        var fields = DatabaseFields.Read(body, "fields");
        var groups = body.Groups() ?? [];
        body.Done();
        Refused.If(problems);
        context.Caller().MustKeepSight(groups);

        var done = await databases.CreateAsync(
            context.Caller().Tenant,
            name!,
            fields!,
            groups,
            context.Audit("create", $"database/{name}"),
            context.RequestAborted
        );
        var view = DatabaseView.Of(RowOf(done));
        return Answer.Created($"/api/v1/databases/{Uri.EscapeDataString(name!)}", view);
    }

    private static async Task<IResult> ListAsync(HttpContext context, DatabaseStore databases)
    {
        var page = await context.PageAsync();
        var caller = context.Caller();
        var rows = await databases.ListAsync(
            caller.Tenant,
            caller.Role == Role.Admin ? null : [.. caller.Groups],
            page.After is null ? 0 : int.Parse(page.After),
            page.Limit + 1,
            context.RequestAborted
        );
        return Answer.Ok(page.Of(rows, DatabaseView.Of, row => row.Number.ToString()));
    }

    private static async Task<IResult> GetAsync(HttpContext context, CancellationToken cancellationToken) =>
        Answer.Ok(DatabaseView.Of(await context.DatabaseAsync()));

    private static async Task<IResult> ChangeAsync(HttpContext context, DatabaseStore databases)
    {
        var row = await context.DatabaseAsync();
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context)).Object(problems);
        var fields = ReadFieldChanges(body);
        var groups = body.Groups();
        body.Done();
        Refused.If(problems);
        if (groups is not null)
            context.Caller().MustKeepSight(groups);
        var done = await databases.ChangeAsync(
            context.Caller().Tenant,
            row.Number,
            fields,
            groups,
            context.Audit("change", $"database/{row.Name}"),
            context.RequestAborted
        );
        return Answer.Ok(DatabaseView.Of(RowOf(done)));
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, DatabaseStore databases)
    {
        var row = await context.DatabaseAsync();
        RowOf(
            await databases.DeleteAsync(
                context.Caller().Tenant,
                row.Number,
                context.Audit("delete", $"database/{row.Name}"),
                context.RequestAborted
            )
        );
        return Answer.NoContent();
    }

    private static List<(string Name, FieldType? Type)> ReadFieldChanges(JsonObjectReader body)
    {
        var changes = new List<(string, FieldType?)>();
        foreach (var (json, path) in body.Array("fields", DatabaseFields.MaxFields))
        {
            var field = body.Child(json, path);
            var name = field.Text("name", 64, required: true);
            var type = field.OneOf<FieldType>("type");
            if (!field.Names("type"))
                field.Fault("type", "required", "'type' is required; null removes the field.");
            field.Done();
            if (name is null)
                continue;
            if (!Names.IsField(name))
                field.Fault(
                    "name",
                    "invalidName",
                    "1 to 64 letters, digits, _ and - are allowed, beginning with a letter or _."
                );
            else if (DatabaseFields.IsOwnMember(name))
                field.Fault("name", "reservedName", $"Every profile has a member '{name}'.");
            else if (changes.Exists(c => c.Item1 == name))
                field.Fault("name", "duplicateName", $"Duplicate field '{name}'.");
            else
                changes.Add((name, type));
        }
        return changes;
    }

    private static bool IsName(string name) => !name.Any(char.IsControl) && name.Any(c => !char.IsWhiteSpace(c) && c != '.');

    private static DatabaseRow RowOf(DatabaseChange change) =>
        change switch
        {
            DatabaseChange.Done done => done.Row,
            DatabaseChange.NotFound => throw Refused.NotFound(),
            DatabaseChange.NameTaken => throw new Refused(409, "nameTaken", "A database of this name already exists."),
            DatabaseChange.TooMany => throw new Refused(
                403,
                "quotaExceeded",
                $"A tenant has at most {DatabaseStore.MaxDatabases} databases."
            ),
            DatabaseChange.TooManyFields => throw Refused.Invalid(
                "/fields",
                "tooMany",
                $"A database has at most {DatabaseFields.MaxFields} fields."
            ),
            DatabaseChange.FieldInUse used => throw new Refused(
                409,
                "fieldInUse",
                $"Field '{used.Field}' is in use, by profiles or a scenario: it cannot be removed or retyped."
            ),
            DatabaseChange.InUse used => throw new Refused(
                409,
                "databaseInUse",
                $"Scenarios work on it: {string.Join(", ", used.Scenarios.Select(n => "#" + n))}."
            ),
            _ => throw new InvalidOperationException($"Unknown outcome {change.GetType().Name}."),
        };
}
