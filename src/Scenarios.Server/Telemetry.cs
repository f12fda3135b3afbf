using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Events;
using ILogger = Serilog.ILogger;

namespace Scenarios.Server;

/// <summary>
/// Logs to the console, metrics at <c>/metrics</c>, and all of it with traces over OTLP where an
/// endpoint is named.
/// </summary>
internal static class Telemetry
{
    /// <summary>Our own meters and activity sources carry names that begin so.</summary>
    private const string Ours = "Scenarios*";

    private const string Service = "scenarios";

    public static ILogger CreateLogger(IConfiguration configuration)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal) // Program says why the start failed
            // A silo that is gone is news from those who watch members; the others only tell that they try again.
            .MinimumLevel.Override("Orleans", LogEventLevel.Error)
            .MinimumLevel.Override("Orleans.Runtime.MembershipService", LogEventLevel.Warning)
            .MinimumLevel.Override("Orleans.Runtime.GrainDirectory.ClientDirectory", LogEventLevel.Fatal)
            .MinimumLevel.Override("Polly", LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .ReadFrom.Configuration(configuration)
            .WriteTo.Console(new ConsoleLine());
        if (HasOtlp(configuration))
            logger.WriteTo.OpenTelemetry(sink =>
                sink.ResourceAttributes = new Dictionary<string, object> { ["service.name"] = Service }
            );
        return logger.CreateLogger();
    }

    public static void AddTelemetry(this WebApplicationBuilder builder, ILogger logger)
    {
        builder.Services.AddSerilog(logger);
        var otlp = HasOtlp(builder.Configuration);
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(Service, serviceVersion: ServerOptions.Version))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(
                    Ours,
                    "Microsoft.Orleans",
                    "Npgsql",
                    "Microsoft.AspNetCore.Hosting",
                    "Microsoft.AspNetCore.Server.Kestrel",
                    "System.Runtime"
                );
                metrics.AddPrometheusExporter();
                if (otlp)
                    metrics.AddOtlpExporter();
            });
        // A span costs time on every call; without a collector there are none.
        if (otlp)
            telemetry.WithTracing(traces =>
                traces.AddSource(Ours, "Microsoft.Orleans.*", "Npgsql").AddAspNetCoreInstrumentation().AddOtlpExporter()
            );
    }

    private static bool HasOtlp(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
}
