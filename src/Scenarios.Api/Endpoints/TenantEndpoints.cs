using Scenarios.Api.Http;
using Scenarios.Engine;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary><c>/tenants</c>: the operator's door. A tenant comes with a database "default" and a token of an admin.</summary>
internal static class TenantEndpoints
{
    private const int MaxNameLength = 100;

    public sealed record NewTenantBody(string Name);

    /// <param name="Token">Of the tenant's first admin, in clear, this once.</param>
    public sealed record TenantView(int Id, string Name, string Token, DateTimeOffset CreatedAt);

    public static void MapTenants(this RouteGroupBuilder api) =>
        api.MapPost("/tenants", CreateAsync)
            .WithTags("Tenants")
            .NeedsOperator()
            .AnswersSecret()
            .Body<NewTenantBody>()
            .Produces<TenantView>(201)
            .WithSummary("Create a tenant with its first token");

    private static async Task<IResult> CreateAsync(HttpContext context, TenantStore tenants)
    {
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context)).Object(problems);
        var name = body.Text("name", MaxNameLength, required: true, min: 1);
        if (name is not null && (name.Any(char.IsControl) || string.IsNullOrWhiteSpace(name)))
            body.Fault("name", "invalidName", "A name must not have control characters, nor consist of white space only.");
        body.Done();
        Refused.If(problems);
        var tenant = await tenants.CreateAsync(name!, id => context.Audit("create", $"tenant/{id}"), context.RequestAborted)
            ?? throw new Refused(409, "nameTaken", "A tenant of this name already exists.");
        return TypedResults.Json(new TenantView(tenant.Id, tenant.Name, tenant.Token, tenant.CreatedAt), statusCode: 201);
    }
}
