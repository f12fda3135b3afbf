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
        foreach (var endpoint in api.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<NeededRole>() is not null))
        {
            var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(Show))));
            foreach (var method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            {
                Assert.True(paths.TryGetProperty(path, out var item) && item.TryGetProperty(method.ToLowerInvariant(), out _), $"{method} {path} is not described");
                var operation = item.GetProperty(method.ToLowerInvariant());
                Assert.True(operation.TryGetProperty("summary", out _), $"{method} {path} has no summary");
                Assert.Contains("Needs the role", operation.GetProperty("description").GetString());
                var named = operation.TryGetProperty("parameters", out var parameters)
                    ? parameters.EnumerateArray().Select(p => $"{p.GetProperty("in").GetString()}:{p.GetProperty("name").GetString()}").ToList() : [];
                Assert.Equal(named.Distinct(), named);
                foreach (var parameter in endpoint.RoutePattern.Parameters) Assert.Contains("path:" + parameter.Name, named);
                foreach (var query in endpoint.Metadata.GetOrderedMetadata<QueryName>()) Assert.Contains("query:" + query.Name, named);
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
                Assert.True(at.TryGetProperty(name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal), out at), reference);
        }
    }

    [Fact]
    public async Task The_browsable_reference_loads_nothing_from_elsewhere()
    {
        var page = await api.Caller(null).GetAsync("/docs");
        if (page.Status is 301 or 302) page = await api.Caller(null).GetAsync(new Uri(api.Address, page.Header("Location")).AbsolutePath);
        Assert.Equal(200, page.Status);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Text);
        Assert.Contains("openapi/v1.json", page.Text);
    }

    private static string Show(Microsoft.AspNetCore.Routing.Patterns.RoutePatternPart part) => part switch
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
                    if (member.Name == "$ref" && member.Value.ValueKind == JsonValueKind.String) references.Add(member.Value.GetString()!);
                    else Collect(member.Value, references);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray()) Collect(item, references);
                break;
        }
    }
}
