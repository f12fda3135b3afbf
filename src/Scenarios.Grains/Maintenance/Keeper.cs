using Microsoft.Extensions.Hosting;
using Scenarios.Grains.Partition;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// The keeper of the tables: creates the months of the history ahead of time, removes what is too old to be kept,
/// seals secrets, keys hashes of tokens that are still plain, and writes down what scenarios listen to. Each node looks
/// at its start and once an hour; one at a time
/// keeps, the others find nothing to do.
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
    /// <summary>Removing comes last: it may take long, and only the next round's work waits for it.</summary>
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
