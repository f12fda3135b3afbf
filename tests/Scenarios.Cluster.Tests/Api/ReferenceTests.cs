using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class ReferenceTests(ApiFixture api)
{
    [Fact]
    public async Task The_document_is_openapi_3_1_and_describes_every_endpoint()
    {
        var document = (await api.Caller(null).GetAsync("/openapi/v1.json")).Json;
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());
        var paths = document.GetProperty("paths");
        foreach (
            var endpoint in api
                .Services.GetServices<EndpointDataSource>()
                .SelectMany(s => s.Endpoints)
                .OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<NeededRole>() is not null)
        )
        {
            var path =
                "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(Show))));
            foreach (var method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            {
                Assert.True(
                    paths.TryGetProperty(path, out var item) && item.TryGetProperty(method.ToLowerInvariant(), out _),
                    $"{method} {path} is not described"
                );
                var operation = item.GetProperty(method.ToLowerInvariant());
                Assert.True(operation.TryGetProperty("summary", out _), $"{method} {path} has no summary");
                Assert.Contains("Needs the role", operation.GetProperty("description").GetString());
                var named = operation.TryGetProperty("parameters", out var parameters)
                    ? parameters
                        .EnumerateArray()
                        .Select(p => $"{p.GetProperty("in").GetString()}:{p.GetProperty("name").GetString()}")
                        .ToList()
                    : [];
                Assert.Equal(named.Distinct(), named);
                foreach (var parameter in endpoint.RoutePattern.Parameters)
                    Assert.Contains("path:" + parameter.Name, named);
                foreach (var query in endpoint.Metadata.GetOrderedMetadata<QueryName>())
                    Assert.Contains("query:" + query.Name, named);
            }
        }
    }

    [Fact]
    public async Task Every_reference_inside_the_document_leads_somewhere()
    {
        var document = (await api.Caller(null).GetAsync("/openapi/v1.json")).Json;
        var references = new List<string>();
        Collect(document, references);
        Assert.NotEmpty(references);
        foreach (var reference in references.Distinct())
        {
            var at = document;
            foreach (var name in reference.TrimStart('#', '/').Split('/'))
                Assert.True(
                    at.TryGetProperty(
                        name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal),
                        out at
                    ),
                    reference
                );
        }
    }

    /// <summary>Who writes a client by the reference must not be made to send everything.</summary>
    [Fact]
    public async Task No_body_requires_what_may_be_left_out()
    {
        var document = (await api.Caller(null).GetAsync("/openapi/v1.json")).Json;
        var (open, seen, wrong) = (new Queue<string>(), new HashSet<string>(), new List<string>());
        foreach (
            var operation in document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
        )
            if (operation.Value.TryGetProperty("requestBody", out var body))
                Follow(body);
        while (open.TryDequeue(out var name))
        {
            var schema = document.GetProperty("components").GetProperty("schemas").GetProperty(name);
            Follow(schema);
            if (!schema.TryGetProperty("required", out var required))
                continue;
            foreach (var member in required.EnumerateArray().Select(r => r.GetString()!))
                if (MayBeNull(schema.GetProperty("properties").GetProperty(member)))
                    wrong.Add($"{name}.{member}");
        }
        Assert.NotEmpty(seen);
        Assert.Empty(wrong);

        // Anything at all, a type among others, or one of several shapes.
        static bool MayBeNull(JsonElement shape) =>
            shape.ValueKind != JsonValueKind.Object
            || !shape.EnumerateObject().Any()
            || (
                shape.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.Array
                && type.EnumerateArray().Any(t => t.GetString() == "null")
            )
            || (shape.TryGetProperty("oneOf", out var some) && some.EnumerateArray().Any(MayBeNull));

        void Follow(JsonElement json)
        {
            var references = new List<string>();
            Collect(json, references);
            foreach (var reference in references.Select(r => r.Split('/')[^1]))
                if (seen.Add(reference))
                    open.Enqueue(reference);
        }
    }

    [Fact]
    public async Task The_browsable_reference_loads_nothing_from_elsewhere()
    {
        var page = await api.Caller(null).GetAsync("/docs");
        if (page.Status is 301 or 302)
            page = await api.Caller(null).GetAsync(new Uri(api.Address, page.Header("Location")).AbsolutePath);
        Assert.Equal(200, page.Status);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Text);
        Assert.Contains("openapi/v1.json", page.Text);
    }

    private static string Show(Microsoft.AspNetCore.Routing.Patterns.RoutePatternPart part) =>
        part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => "{" + parameter.Name + "}",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            _ => throw new ArgumentException(part.GetType().Name),
        };

    private static void Collect(JsonElement json, List<string> references)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                    if (member.Name == "$ref" && member.Value.ValueKind == JsonValueKind.String)
                        references.Add(member.Value.GetString()!);
                    else
                        Collect(member.Value, references);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    Collect(item, references);
                break;
        }
    }
}
