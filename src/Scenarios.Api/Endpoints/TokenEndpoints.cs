using Scenarios.Api.Http;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary><c>/tokens</c>: who may call. The secret is shown once, when the token is made.</summary>
internal static class TokenEndpoints
{
    private const int MaxNameLength = 100;

    /// <param name="Role">ingest, viewer, operator, editor or admin.</param>
    /// <param name="Database">Into which the token's events go; the database "default" otherwise.</param>
    /// <param name="Operator">May create tenants and see the cluster; only an operator gives it.</param>
    public sealed record NewToken(
        string Name,
        string Role,
        string[]? Groups = null,
        string? Database = null,
        DateTimeOffset? ExpiresAt = null,
        bool? Operator = null
    );

    /// <param name="LastUsedAt">Of a call, a session or a stream, to about a minute; a node that dies forgets its last
    /// one. Null: not since such times are noted.</param>
    public sealed record TokenView(
        string Id,
        string Name,
        string Role,
        IReadOnlyList<string> Groups,
        string? Database,
        bool Operator,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt,
        DateTimeOffset? LastUsedAt
    )
    {
        public static TokenView Of(TokenRow row) =>
            new(
                row.Id,
                row.Name,
                row.Role,
                row.Groups,
                row.Database,
                row.IsOperator,
                row.CreatedAt,
                row.ExpiresAt,
                row.LastUsedAt
            );
    }

    /// <param name="Token">In clear, this once.</param>
    public sealed record CreatedToken(
        string Id,
        string Token,
        string Name,
        string Role,
        IReadOnlyList<string> Groups,
        string? Database,
        bool Operator,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt
    );

    public static void MapTokens(this RouteGroupBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("Tokens");
        tokens
            .MapPost("", CreateAsync)
            .Needs(Role.Admin)
            .AnswersSecret()
            .Body<NewToken>()
            .Produces<CreatedToken>(201)
            .WithSummary("Create a token; its secret is shown once");
        tokens.MapGet("", ListAsync).Needs(Role.Admin).Pages().Produces<Listed<TokenView>>().WithSummary("List tokens");
        tokens
            .MapDelete("/{token}", RevokeAsync)
            .Needs(Role.Admin)
            .Produces(204)
            .WithSummary("Revoke a token; takes effect everywhere within five seconds");
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        TokenStore tokens,
        DatabaseStore databases,
        TimeProvider time
    )
    {
        var caller = context.Caller();
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context)).Object(problems);
        var name = body.Text("name", MaxNameLength, required: true, min: 1);
        if (name is not null && (name.Any(char.IsControl) || string.IsNullOrWhiteSpace(name)))
            body.Fault("name", "invalidName", "A name must not have control characters, nor consist of white space only.");
        var role = body.OneOf<Role>("role", required: true);
        var groups = body.Groups() ?? [];
        var database = body.Text("database", MaxNameLength);
        var expiresAt = body.Instant("expiresAt");
        var isOperator = body.Flag("operator") ?? false;
        body.Done();
        if (expiresAt <= time.GetUtcNow())
            body.Fault("expiresAt", "inThePast", "The expiry must be in the future.");
        if (database is not null && await databases.FindAsync(caller.Tenant, database, context.RequestAborted) is null)
            body.Fault("database", "unknownDatabase", $"There is no database '{database}'.");
        Refused.If(problems);
        if (role > caller.Role || (isOperator && !caller.IsOperator))
            throw new Refused(403, "forbidden", "A token cannot grant a role higher than its own.");

        var (id, secret) = TokenSecret.New();
        var row = new TokenRow(
            id,
            caller.Tenant,
            TokenSecret.Hash(secret),
            name!,
            Name<Role>.Of(role!.Value),
            groups,
            database,
            isOperator,
            default,
            expiresAt
        );
        var at = await tokens.AddAsync(row, context.Audit("create", $"token/{id}"), context.RequestAborted);
        return Answer.Created(
            $"/api/v1/tokens/{id}",
            new CreatedToken(id, secret, row.Name, row.Role, row.Groups, row.Database, row.IsOperator, at, row.ExpiresAt)
        );
    }

    private static async Task<IResult> ListAsync(HttpContext context, TokenStore tokens)
    {
        var page = await context.PageAsync();
        var rows = await tokens.ListAsync(context.Caller().Tenant, page.After, page.Limit + 1, context.RequestAborted);
        return Answer.Ok(page.Of(rows, TokenView.Of, row => row.Id));
    }

    private static async Task<IResult> RevokeAsync(HttpContext context, TokenStore tokens, TokenCache cache)
    {
        var id = context.Id("token");
        if (
            !await tokens.RevokeAsync(
                context.Caller().Tenant,
                id,
                context.Audit("revoke", $"token/{id}"),
                context.RequestAborted
            )
        )
            throw Refused.NotFound();
        cache.Forget(id);
        return Answer.NoContent();
    }
}
