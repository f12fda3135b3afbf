using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scenarios.Api.Http;

namespace Scenarios.Api.Reference;

/// <summary>What holds for the whole API: title, tokens, the shape of refusals.</summary>
internal sealed class DocumentHead : IOpenApiDocumentTransformer
{
    public const string Problem = "Problem";

    public async Task TransformAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.Info = new OpenApiInfo
        {
            Title = "Scenarios",
            Version = "v1",
            Description = """
                Customer-journey automation: profiles are captured into scenarios, flow through their elements, wait, branch and leave.

                JSON in UTF-8, instants as RFC 3339 with their zone. Unknown fields and query names are refused. Refusals are problem details
                (RFC 9457) with a stable `code` and, for faults of a body, `errors` with JSON pointers. Every write takes an `Idempotency-Key`.
                Lists take `limit` and `cursor`. A 503 has `Retry-After`: `overloaded` and `unavailable` say that it may be sent again,
                `unknownOutcome` that a write took too long and may or may not have happened; sent again under its key, it happens once.
                """,
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["token"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A token of the tenant, with a role and access groups.",
            },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[Problem] = await context.GetOrCreateSchemaAsync(
            typeof(ProblemAnswer),
            null,
            cancellationToken
        );
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
    }
}
