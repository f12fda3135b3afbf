using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scenarios.Api.Http;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Reference;

/// <summary>Writes into each operation what its endpoint declared: role, query names, keys, refusals.</summary>
internal sealed class OperationRules : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<NeededRole>().LastOrDefault() is { } needed)
            operation.Description = $"{operation.Description}\n\nNeeds the role `{(needed.Role is { } role ? Name<Role>.Of(role) : "operator of the cluster")}`.".Trim();

        operation.Parameters ??= [];
        foreach (var name in metadata.OfType<QueryName>())
            operation.Parameters.Add(new OpenApiParameter { Name = name.Name, In = ParameterLocation.Query, Description = name.What, Schema = new OpenApiSchema { Type = TypeOf(name) } });
        if (context.Description.HttpMethod is not ("GET" or "HEAD"))
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = Idempotency.Header,
                In = ParameterLocation.Header,
                Description = "Kept 48 hours: the same key and body answers as before, with Idempotency-Replayed: true.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255 },
            });

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused: problem details.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(DocumentHead.Problem, context.Document) },
            },
        };
        return Task.CompletedTask;
    }

    private static JsonSchemaType TypeOf(QueryName name) => name.Type switch
    {
        "integer" => JsonSchemaType.Integer,
        "boolean" => JsonSchemaType.Boolean,
        _ => JsonSchemaType.String,
    };
}
