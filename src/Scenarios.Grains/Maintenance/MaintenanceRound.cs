using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// Runs jobs in order, each once. A job that fails or exceeds its limit is logged and counted by its name, and the
/// following jobs still run: the guarantee that waits end must not depend on housekeeping.
/// </summary>
internal sealed partial class MaintenanceRound(IMeterFactory meters, TimeProvider time, ILogger<MaintenanceRound> log)
{
    /// <summary>How long after its limit a cancelled job may take to stop before it is abandoned.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Counter<long> _failures = meters
        .Create(PartitionMetrics.MeterName)
        .CreateCounter<long>("scenarios_maintenance_failures", description: "Passes of maintenance jobs that failed, by job.");

    private readonly ConcurrentDictionary<IMaintenanceJob, Task> _looks = [];

    public async Task RunOnceAsync(IReadOnlyList<IMaintenanceJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs)
            try
            {
                await RunAsync(job, cancellationToken);
            }
            // Whatever failed, the node goes on, and the next round tries again.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _failures.Add(1, new KeyValuePair<string, object?>("job", job.Name));
                LogFailed(e, job.Name);
            }
    }

    private async Task RunAsync(IMaintenanceJob job, CancellationToken cancellationToken)
    {
        if (_looks.TryGetValue(job, out var former) && !former.IsCompleted)
            throw new TimeoutException("The pass that was abandoned in an earlier round is still running.");
        using var patience = new CancellationTokenSource(job.Limit + Grace, time);
        var look = Task.Run(() => LookAsync(job, cancellationToken), CancellationToken.None);
        _looks[job] = look;
        try
        {
            await look.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException e) when (!look.IsCompleted)
        {
            throw new TimeoutException("The pass did not stop when it was cancelled, and is abandoned.", e);
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
            throw new TimeoutException($"The pass took longer than {job.Limit.TotalSeconds} s.", e);
        }
    }
}
