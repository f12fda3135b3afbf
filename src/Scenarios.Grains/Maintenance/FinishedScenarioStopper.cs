using Scenarios.Storage.Ledger;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Maintenance;

/// <summary>Deactivates finishing scenarios that have no open runs left.</summary>
internal sealed class FinishedScenarioStopper(OverdueSlices overdue, ScenarioGate gate) : IMaintenanceJob
{
    public TimeSpan Limit => TimeSpan.FromSeconds(30);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var scenario in await overdue.FinishedAsync(cancellationToken))
            await gate.FinishAsync(scenario.Tenant, scenario.Scenario, cancellationToken);
    }
}
