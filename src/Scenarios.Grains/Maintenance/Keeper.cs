using Microsoft.Extensions.Hosting;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// The background job for the tables. It creates the months of the history ahead of time, deletes what has expired,
/// seals secrets, keys token hashes that are still plain, and records what scenarios listen to. Each node runs it at
/// start and once an hour; one node at a time does the work, and the others find nothing to do.
/// </summary>
internal sealed class Keeper(
    HistoryMonthMaker months,
    OutOfDateRemover outOfDate,
    SecretSealer secrets,
    TokenHashKeyer tokens,
    ListenerWriter listeners,
    MaintenanceRound round,
    PartitionOptions options,
    TimeProvider time
) : BackgroundService
{
    /// <summary>Deletion comes last: it may take long, and only the next round waits for it.</summary>
    private readonly IMaintenanceJob[] _jobs = [months, secrets, tokens, listeners, outOfDate];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.KeepEvery == Timeout.InfiniteTimeSpan)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            await round.RunOnceAsync(_jobs, stoppingToken);
            await Task.Delay(options.KeepEvery, time, stoppingToken);
        }
    }
}
