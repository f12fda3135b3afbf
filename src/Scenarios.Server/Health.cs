using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Scenarios.Storage;

namespace Scenarios.Server;

/// <summary>
/// <c>/health/live</c>: the process answers, so do not restart it. <c>/health/ready</c>: send it work: it is not draining, the
/// database takes writes, and the cluster answers. Both tell a status and nothing else, since they are public.
/// </summary>
internal static class Health
{
    /// <summary>A busy node answers late and is still ready: giving it up would only make the others busier.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public static void AddHealth(this IServiceCollection services) =>
        services
            .AddHealthChecks()
            .AddCheck<NotDraining>("draining")
            .AddCheck<DatabaseAnswers>("database", timeout: Patience)
            .AddCheck<ClusterAnswers>("cluster", timeout: Patience);

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready").AllowAnonymous();
    }

    private sealed class NotDraining(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
            Task.FromResult(
                lifetime.ApplicationStopping.IsCancellationRequested
                    ? HealthCheckResult.Unhealthy("draining")
                    : HealthCheckResult.Healthy()
            );
    }

    private sealed class DatabaseAnswers(Database database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            await using var command = database.Ledger.CreateCommand("select not pg_is_in_recovery()");
            return await command.ExecuteScalarAsync(cancellationToken) is true
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("standby");
        }
    }

    /// <summary>A silo must be an active member; a client must reach one.</summary>
    private sealed class ClusterAnswers(IClusterClient client, IServiceProvider services) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            if (services.GetService<ISiloStatusOracle>() is { } silo)
                return silo.CurrentStatus == SiloStatus.Active
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy(silo.CurrentStatus.ToString());
            var hosts = await client.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, cancellationToken);
            return hosts.Count > 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no silo");
        }
    }
}
