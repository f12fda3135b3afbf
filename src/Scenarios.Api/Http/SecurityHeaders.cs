namespace Scenarios.Api.Http;

/// <summary>On every answer, also on refusals; who serves pages instead of data sets a policy of its own, which stays.</summary>
internal static class SecurityHeaders
{
    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpResponse)state).Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers.TryAdd("Referrer-Policy", "no-referrer");
                headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
                headers.TryAdd("Cache-Control", "no-store");
                return Task.CompletedTask;
            },
            context.Response
        );
        return next(context);
    }
}
