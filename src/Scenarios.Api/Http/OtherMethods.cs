using Microsoft.AspNetCore.Routing.Template;
using Scenarios.Api.Endpoints;

namespace Scenarios.Api.Http;

/// <summary>
/// The methods of an address that nobody serves with the one it was called with. Routing tells them itself, but not where a
/// command's verb could have followed (<c>/scenarios/1</c> beside <c>/scenarios/{n}:activate</c>): there it says 404.
/// </summary>
internal static class OtherMethods
{
    public static string[] Of(HttpContext context)
    {
        var methods = new SortedSet<string>(StringComparer.Ordinal);
        foreach (
            var endpoint in context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        )
        {
            if (
                endpoint.Metadata.GetMetadata<NeededRole>() is null
                || endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not { } taken
            )
                continue;
            var values = new RouteValueDictionary();
            if (
                new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(context.Request.Path, values)
                && AreIds(values)
            )
                methods.UnionWith(taken.HttpMethods);
        }
        return [.. methods];
    }

    /// <summary>A text that can be no id of ours is no address of anything.</summary>
    private static bool AreIds(RouteValueDictionary values) =>
        (!values.TryGetValue("n", out var number) || ScenarioOfRequest.NumberOf(number as string) is not null)
        && (!values.TryGetValue("run", out var run) || Guid.TryParseExact(run as string, "D", out _));
}
