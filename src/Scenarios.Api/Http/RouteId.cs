using Microsoft.AspNetCore.Http.Features;

namespace Scenarios.Api.Http;

/// <summary>
/// Ids in paths that callers chose themselves. The framework decodes a path once but leaves <c>%2F</c> standing, so "a%2Fb" and
/// "a%252Fb" would be one id; here a segment is taken as it was sent and decoded exactly once.
/// </summary>
public static class RouteId
{
    public static string Id(this HttpContext context, string name)
    {
        var value = (string)context.Request.RouteValues[name]!;
        if (!value.Contains("%2F", StringComparison.OrdinalIgnoreCase))
            return Checked(value);

        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = raw.AsSpan(0, raw.IndexOf('?', StringComparison.Ordinal) is var end and >= 0 ? end : raw.Length).ToString();
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var pattern = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments;
        var index = pattern
            .ToList()
            .FindIndex(s => s.Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart p] && p.Name == name);
        // With dot segments the places no longer correspond; only an attacker sends both.
        if (segments.Length != pattern.Count)
            throw Refused.NotFound();
        return Checked(Uri.UnescapeDataString(segments[index]));
    }

    private static string Checked(string id) => id.Contains('\0', StringComparison.Ordinal) ? throw Refused.NotFound() : id;
}
