using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Scenarios.Contracts;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Scenarios;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains.Partition;

/// <summary>
/// What makes waits certain: at start, at every change of the membership and every ten seconds each silo looks for slices
/// that are overdue, or will soon be and whose owner is gone, and pokes them awake. A signal that was missed anywhere else
/// only costs this time. It also ends what holds their locks and is nobody's, hands on the tasks of silos that are no more, takes away what ended generations left behind, and
/// lets scenarios that finish become inactive.
/// </summary>
internal sealed partial class PartitionSweep(
    OverdueSlices overdue,
    StalledCommits stalled,
    DeadRuns dead,
    ScenarioGate gate,
    TaskStore tasks,
    IGrainFactory grains,
    IClusterMembershipService membership,
    PartitionOptions options,
    TimeProvider time,
    ILogger<PartitionSweep> log
) : BackgroundService
{
    private const int SlicesAtOnce = 1000,
        ChunkOfDead = 1000,
        TasksAtOnce = 100;

    /// <summary>A task that has noted no page for so long may have lost its worker, though its silo lives.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>Further off, the next look or a reminder is in time.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(1);

    /// <summary>A commit that has sent nothing more for so long is nobody's any more.</summary>
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(5);

    /// <summary>Edits that are looked after: by then every slice has followed, or was told so often that it will not.</summary>
    private static readonly TimeSpan EditsOfLate = TimeSpan.FromMinutes(10);

    /// <summary>Just after a change a poke may still go to a silo that is no more: one more look, soon.</summary>
    private static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.SweepEvery == Timeout.InfiniteTimeSpan)
            return;
        var changes = membership.MembershipUpdates.GetAsyncEnumerator(stoppingToken);
        var change = changes.MoveNextAsync().AsTask();
        var pause = options.SweepEvery;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or OrleansException or InvalidOperationException)
            {
                LogFailed(e);
            }
            await Task.WhenAny(change, Task.Delay(pause, time, stoppingToken));
            pause = change.IsCompletedSuccessfully ? AfterChange : options.SweepEvery;
            if (change.IsCompletedSuccessfully)
                change = changes.MoveNextAsync().AsTask();
        }
    }

    /// <summary>One look.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await stalled.EndAsync(Stalled, cancellationToken) is > 0 and var ended)
            LogEnded(ended);
        var living = membership
            .CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active)
            .Select(m => m.SiloAddress.ToString())
            .ToArray();
        var late = await overdue.FindAsync(Late, living, Ahead, SlicesAtOnce, cancellationToken);
        if (late.Count > 0)
            LogPoked(late.Count);
        foreach (var slice in late.Union(await overdue.UnsweptAsync(EditsOfLate, SlicesAtOnce, cancellationToken)))
            grains.Partition(slice.Tenant, slice.Scenario, slice.Partition).Poke().Ignore();
        foreach (var (tenant, id) in await tasks.AbandonedAsync(living, Silent, TasksAtOnce, cancellationToken))
            grains.Task(tenant, id).Work().Ignore();
        foreach (var scenario in await overdue.FinishedAsync(cancellationToken))
            await gate.FinishAsync(scenario.Tenant, scenario.Scenario, cancellationToken);
        while (await dead.RunOnceAsync(ChunkOfDead, cancellationToken) > 0)
            cancellationToken.ThrowIfCancellationRequested();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep poked {Slices} slices, overdue or without their owner")]
    private partial void LogPoked(int slices);

    [LoggerMessage(Level = LogLevel.Warning, Message = "sweep ended {Commits} commits that stood half sent")]
    private partial void LogEnded(long commits);

    [LoggerMessage(Level = LogLevel.Warning, Message = "sweep failed, goes again")]
    private partial void LogFailed(Exception reason);
}
