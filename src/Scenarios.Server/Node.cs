using Microsoft.AspNetCore.Server.Kestrel.Core;
using Orleans.Dashboard;
using Scenarios.Api;
using Scenarios.Storage;

namespace Scenarios.Server;

/// <summary>One process of the cluster, put together: HTTP, silo or cluster client, health, metrics, dashboard.</summary>
internal static class Node
{
    private const int HeadersLimitBytes = 32 << 10,
        HeaderLimitCount = 100,
        RequestLineLimitBytes = 8 << 10;

    /// <summary>Batches under way end, partitions hand over, silos say good-bye; whatever lasts longer is cut off.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(60);

    /// <summary>A line ends with CR LF: a bare LF is read as an end of line by some proxies and not by others.</summary>
    static Node() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    public static WebApplication Build(
        WebApplicationBuilder builder,
        ServerOptions options,
        Database database,
        NodePorts? ports,
        Serilog.ILogger logger
    )
    {
        builder.AddTelemetry(logger);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainLimit);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database);
        builder.Services.AddSingleton(database.Ledger);
        builder.Services.AddHealth();
        if (ports is not null)
            builder.AddSilo(options, ports, database.Ledger);
        else
            builder.AddClusterClient(options, database.Ledger);
        builder.AddScenariosApi();
        builder.WebHost.UseUrls(options.Urls).ConfigureKestrel(Limit);

        var app = builder.Build();
        app.UseScenariosPipeline(console: options.Roles.HasFlag(Roles.Api));
        if (options.Roles.HasFlag(Roles.Api))
            app.MapScenariosApi();
        app.MapHealth();
        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(ApiHost.Operators);
        app.MapOrleansDashboard("/dashboard")
            .RequireAuthorization(ApiHost.Operators)
            .AddEndpointFilter(LetPageLoadItsPartsAsync);
        return app;
    }

    /// <summary>The dashboard is the one page here; every other answer forbids a browser to load anything for it.</summary>
    private static ValueTask<object?> LetPageLoadItsPartsAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        context.HttpContext.Response.Headers.ContentSecurityPolicy =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            + "frame-ancestors 'none'";
        return next(context);
    }

    /// <summary>
    /// HTTP/1.1, and HTTP/2 where TLS negotiates it: in clear text a proxy speaks HTTP/1.1 to us, and no client guesses.
    /// </summary>
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxRequestHeadersTotalSize = HeadersLimitBytes;
        kestrel.Limits.MaxRequestHeaderCount = HeaderLimitCount;
        kestrel.Limits.MaxRequestLineSize = RequestLineLimitBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
    }
}
