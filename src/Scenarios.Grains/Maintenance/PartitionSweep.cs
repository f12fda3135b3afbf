using Microsoft.Extensions.Hosting;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// Guarantees that waits end: at start, at every membership change and every ten seconds, each silo looks for slices
/// that are overdue, or soon will be and have lost their owner, and pokes them. A signal lost anywhere else costs
/// only this time. The same round finishes whatever else a dead silo may have left undone.
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
    /// <summary>
    /// Right after a membership change a poke may still go to a dead silo, so the sweep runs once more soon.
    /// </summary>
    private static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(1);

    /// <summary>First what blocks others, then what callers or runs wait for, then the rest.</summary>
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
