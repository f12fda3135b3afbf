using Microsoft.Extensions.Hosting;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// What makes waits certain: at start, at every change of the membership and every ten seconds each silo looks for slices
/// that are overdue, or will soon be and whose owner is gone, and pokes them awake. A signal that was missed anywhere else
/// only costs this time. The same round looks after whatever else a silo that died may have left undone.
/// </summary>
internal sealed class PartitionSweep(
    StalledCommitEnder stalledCommits,
    OverdueSlicePoker overdueSlices,
    UnfollowedEditPoker unfollowedEdits,
    AbandonedTaskStarter abandonedTasks,
    FinishedScenarioStopper finishedScenarios,
    DeadRunBurier deadRuns,
    MaintenanceRound round,
    IClusterMembershipService membership,
    PartitionOptions options,
    TimeProvider time
) : BackgroundService
{
    /// <summary>Just after a change a poke may still go to a dead silo: one more look, soon.</summary>
    private static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(1);

    /// <summary>First what blocks others, then what callers wait for, then the rest.</summary>
    private readonly IMaintenanceJob[] _jobs =
    [
        stalledCommits,
        overdueSlices,
        unfollowedEdits,
        abandonedTasks,
        finishedScenarios,
        deadRuns,
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.SweepEvery == Timeout.InfiniteTimeSpan)
            return;
        var changes = membership.MembershipUpdates.GetAsyncEnumerator(stoppingToken);
        var change = changes.MoveNextAsync().AsTask();
        var pause = options.SweepEvery;
        while (!stoppingToken.IsCancellationRequested)
        {
            await round.RunOnceAsync(_jobs, stoppingToken);
            await Task.WhenAny(change, Task.Delay(pause, time, stoppingToken));
            pause = change.IsCompletedSuccessfully ? AfterChange : options.SweepEvery;
            if (change.IsCompletedSuccessfully)
                change = changes.MoveNextAsync().AsTask();
        }
    }
}
