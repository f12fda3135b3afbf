using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// Runs jobs in order, each once. One that fails, or takes longer than it may, is logged and counted by its name, and those
/// after it have their turn: what makes waits certain must not depend on how the housekeeping fares.
/// </summary>
internal sealed partial class MaintenanceRound(IMeterFactory meters, TimeProvider time, ILogger<MaintenanceRound> log)
{
    /// <summary>Within so long after its limit a job has heeded that it is cut off, or is left behind.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Counter<long> _failures = meters
        .Create(PartitionMetrics.MeterName)
        .CreateCounter<long>("scenarios_maintenance_failures", description: "Looks of maintenance jobs that failed, by job.");

    private readonly ConcurrentDictionary<IMaintenanceJob, Task> _looks = [];

    public async Task RunOnceAsync(IReadOnlyList<IMaintenanceJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs)
            try
            {
                await RunAsync(job, cancellationToken);
            }
            // Whatever it was, the node goes on, and the next round looks again.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _failures.Add(1, new KeyValuePair<string, object?>("job", job.Name));
                LogFailed(e, job.Name);
            }
    }

    private async Task RunAsync(IMaintenanceJob job, CancellationToken cancellationToken)
    {
        if (_looks.TryGetValue(job, out var former) && !former.IsCompleted)
            throw new TimeoutException("The look that was left behind in an earlier round has not ended yet.");
        using var patience = new CancellationTokenSource(job.Limit + Grace, time);
        var look = Task.Run(() => LookAsync(job, cancellationToken), CancellationToken.None);
        _looks[job] = look;
        try
        {
            await look.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException e) when (!look.IsCompleted)
        {
            throw new TimeoutException("The look did not end when it was cut off, and is left behind.", e);
        }
    }

    private async Task LookAsync(IMaintenanceJob job, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(job.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await job.RunOnceAsync(either.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"The look took longer than {job.Limit.TotalSeconds} s.", e);
        }
    }
}
