using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Scenarios.Engine.Webhooks;
using Scenarios.Grains.Effects;
using Scenarios.Grains.Maintenance;
using Scenarios.Grains.Partition;
using Scenarios.Grains.Tasks;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Retention;
using Scenarios.Storage.Scenarios;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains;

/// <summary>
/// The services that the grains need from their silo. Orleans finds the grain classes itself, because this assembly
/// is referenced.
/// </summary>
public static class GrainsHost
{
    /// <summary>
    /// The host adds the <c>NpgsqlDataSource</c> and the <see cref="TimeProvider"/>. Reads
    /// <c>Effects:AllowedNetworks</c>.
    /// </summary>
    public static ISiloBuilder AddScenariosGrains(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.TryAddSingleton(new PartitionOptions());
        services.TryAddSingleton<ScenarioPlaces>();
        services.TryAddSingleton<TenantStore>();
        services.TryAddSingleton<DatabaseStore>();
        services.TryAddSingleton<AuditStore>();
        services
            .AddSingleton<RunLedger>()
            .AddSingleton<OverdueSlices>()
            .AddSingleton<StalledCommits>()
            .AddSingleton<DeadRuns>();
        services.AddSingleton<ScenarioStore>().AddSingleton<ScenarioGate>();
        services.TryAddSingleton<TaskStore>();
        services.AddSingleton<SelectedRuns>().AddSingleton<BulkWork>().AddSingleton<CaptureWork>();
        services.TryAddSingleton(SecretBox.None);
        services.TryAddSingleton<WebhookSecrets>();
        services.TryAddSingleton<TokenHashes>();
        services
            .AddSingleton<ScenarioCache>()
            .AddSingleton<PartitionMetrics>()
            .AddSingleton<EffectDispatcher>()
            .AddSingleton<EditSweep>()
            .AddSingleton<SavedScenario>();
        services.AddSingleton(provider => new NetworkRules(
            NetworkRules.Parse(provider.GetRequiredService<IConfiguration>()["Effects:AllowedNetworks"]),
            [
                .. AddressGuard.OwnAddresses(),
                .. AddressGuard.AddressesOf(
                    new NpgsqlConnectionStringBuilder(provider.GetRequiredService<NpgsqlDataSource>().ConnectionString).Host
                ),
            ]
        ));
        services.AddSingleton(provider => new AddressGuard(provider.GetRequiredService<NetworkRules>()));
        services.AddSingleton(new WebhookLimits());
        services
            .AddSingleton<WebhookSender>()
            .AddSingleton(provider => new Lazy<WebhookSender>(provider.GetRequiredService<WebhookSender>))
            .AddSingleton<IPerformer, WebhookPerformer>()
            .AddSingleton<IPerformer, GotoPerformer>()
            .AddSingleton<Performers>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<Performers>());
        services
            .AddSingleton<LedgerLanes>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<LedgerLanes>());
        services.AddHostedService<DatabaseWatch>();
        AddMaintenance(services);
        return silo;
    }

    /// <summary>The sweep's jobs, then the keeper's; each of the two defines its own order.</summary>
    private static void AddMaintenance(IServiceCollection services)
    {
        services.AddSingleton<MaintenanceRound>().AddSingleton<LivingSilos>();
        services
            .AddSingleton<StalledCommitEnder>()
            .AddSingleton<OverdueSlicePoker>()
            .AddSingleton<UnfollowedEditPoker>()
            .AddSingleton<AbandonedTaskStarter>()
            .AddSingleton<FinishedScenarioStopper>()
            .AddSingleton<DeadRunBurier>()
            .AddHostedService<PartitionSweep>();
        services
            .AddSingleton<HistoryMonths>()
            .AddSingleton<HistoryMonthMaker>()
            .AddSingleton<SecretSealer>()
            .AddSingleton<TokenHashKeyer>()
            .AddSingleton<ListenerRows>()
            .AddSingleton<ListenerWriter>()
            .AddSingleton<OutOfDate>()
            .AddSingleton<OutOfDateRemover>()
            .AddHostedService<Keeper>();
    }
}
