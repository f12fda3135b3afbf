using Scenarios.Contracts;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Maintenance;

/// <summary>Pokes slices that have not followed an edit because the silo that was to notify them died.</summary>
internal sealed class UnfollowedEditPoker(OverdueSlices overdue, IGrainFactory grains) : IMaintenanceJob
{
    private const int SlicesAtOnce = 1000;

    /// <summary>
    /// Older edits are ignored: by now every slice has followed, or was notified so often that it will not follow.
    /// </summary>
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    public TimeSpan Limit => TimeSpan.FromSeconds(30);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var slice in await overdue.UnsweptAsync(Recent, SlicesAtOnce, cancellationToken))
            grains.Partition(slice.Tenant, slice.Scenario, slice.Partition).Poke().Ignore();
    }
}
