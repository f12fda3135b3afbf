using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Maintenance;

/// <summary>Pokes slices that are overdue, and slices that soon will be and have lost their owner.</summary>
internal sealed partial class OverdueSlicePoker(
    OverdueSlices overdue,
    LivingSilos living,
    IGrainFactory grains,
    ILogger<OverdueSlicePoker> log
) : IMaintenanceJob
{
    private const int SlicesAtOnce = 1000;

    /// <summary>A slice with a working owner is never this late.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>For anything later, the next sweep or a reminder is in time.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(1);

    public TimeSpan Limit => TimeSpan.FromSeconds(30);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var slices = await overdue.FindAsync(Late, living.Addresses(), Ahead, SlicesAtOnce, cancellationToken);
        if (slices.Count > 0)
            LogPoked(slices.Count);
        foreach (var slice in slices)
            grains.Partition(slice.Tenant, slice.Scenario, slice.Partition).Poke().Ignore();
    }
}
