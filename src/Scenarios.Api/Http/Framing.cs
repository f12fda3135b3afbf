using Microsoft.AspNetCore.Http.Features;

namespace Scenarios.Api.Http;

/// <summary>
/// What a proxy before us may have read in another way than our own server did is refused: a body framed twice, of which one
/// may be the beginning of another request, and dot segments, which would lead a request about a profile to its database.
/// </summary>
internal static class Framing
{
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Request.Headers;
        // Kestrel takes the chunks and renames the length that stood beside them.
        if (headers.TransferEncoding.Count > 0 && headers.ContainsKey("X-Content-Length"))
            return RefuseAsync(context, "A body must have one length: Content-Length or Transfer-Encoding.");
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (HasDotSegment(target))
            return RefuseAsync(context, "An address must not have dot segments.");
        return next(context);
    }

    private static bool HasDotSegment(string target)
    {
        var path = target.AsSpan(
            0,
            target.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? query : target.Length
        );
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("/%2e", StringComparison.OrdinalIgnoreCase))
            return false;
        foreach (var segment in path.Split('/'))
            if (Uri.UnescapeDataString(path[segment]) is "." or "..")
                return true;
        return false;
    }

    private static Task RefuseAsync(HttpContext context, string detail)
    {
        context.Response.Headers.Connection = "close";
        return ProblemAnswer.WriteAsync(context, StatusCodes.Status400BadRequest, "invalidRequest", detail);
    }
}
