using Scalar.AspNetCore;

namespace Scenarios.Api.Reference;

/// <summary>OpenAPI 3.1 at <c>/openapi/v1.json</c> and a browsable reference at <c>/docs</c>, from our own assets only.</summary>
internal static class ReferenceHost
{
    public static void AddReference(this IServiceCollection services) => services.AddOpenApi("v1", options =>
        {
            options.OpenApiVersion = Microsoft.OpenApi.OpenApiSpecVersion.OpenApi3_1;
            // The dashboard's own endpoints are no part of the API.
            options.ShouldInclude = description =>
                description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) is true;
            options.AddDocumentTransformer<DocumentHead>();
            options.AddOperationTransformer<OperationRules>();
        });

    public static void MapReference(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/docs", scalar =>
            {
                scalar.Title = "Scenarios";
                scalar.DefaultFonts = false;
                scalar.Telemetry = false;
            })
            .AllowAnonymous();
    }
}
