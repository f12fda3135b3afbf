using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scenarios.Api.Http;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Reference;

/// <summary>Writes into each operation what its endpoint declared: role, path and query names, key, body, refusals.</summary>
internal sealed class OperationRules : IOpenApiOperationTransformer
{
    public async Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<NeededRole>().LastOrDefault() is { } needed)
            operation.Description =
                $"{operation.Description}\n\nNeeds the role "
                + $"`{(needed.Role is { } role ? Name<Role>.Of(role) : "operator of the cluster")}`.".Trim();

        operation.Parameters ??= [];
        foreach (
            var name in PathNames(context.Description.RelativePath ?? "").Where(n => operation.Parameters.All(p => p.Name != n))
        )
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }
            );
        foreach (var name in metadata.OfType<QueryName>())
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = name.Name,
                    In = ParameterLocation.Query,
                    Description = name.What,
                    Schema = new OpenApiSchema { Type = TypeOf(name) },
                }
            );
        if (context.Description.HttpMethod is not ("GET" or "HEAD"))
            operation.Parameters.Add(Key());
        if (metadata.OfType<BodyShape>().LastOrDefault() is { } body)
            operation.RequestBody = await BodyAsync(body, context, cancellationToken);

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused: problem details.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new()
                {
                    Schema = new OpenApiSchemaReference(DocumentHead.Problem, context.Document),
                },
            },
        };
    }

    private static async Task<OpenApiRequestBody> BodyAsync(
        BodyShape body,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        IOpenApiSchema schema = new OpenApiSchema { Type = JsonSchemaType.String };
        if (body.Type is { } type)
        {
            context.Document!.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancellationToken));
            schema = new OpenApiSchemaReference(type.Name, context.Document);
        }
        return new OpenApiRequestBody
        {
            Required = !body.Optional,
            Content = body.ContentTypes.ToDictionary(t => t, _ => new OpenApiMediaType { Schema = schema }),
        };
    }

    private static OpenApiParameter Key() =>
        new()
        {
            Name = Idempotency.Header,
            In = ParameterLocation.Header,
            Description = "Kept for 48 hours: the same key and body get the same answer, with Idempotency-Replayed: true.",
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = 255,
            },
        };

    private static IEnumerable<string> PathNames(string path) =>
        path.Split('{').Skip(1).Select(rest => rest[..rest.IndexOf('}', StringComparison.Ordinal)].Split(':')[0]);

    private static JsonSchemaType TypeOf(QueryName name) =>
        name.Type switch
        {
            "integer" => JsonSchemaType.Integer,
            "boolean" => JsonSchemaType.Boolean,
            _ => JsonSchemaType.String,
        };
}
