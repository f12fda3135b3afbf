using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;
using Scenarios.Storage.Retention;

namespace Scenarios.Grains.Maintenance;

/// <summary>Deletes what has expired.</summary>
internal sealed partial class OutOfDateRemover(OutOfDate outOfDate, PartitionOptions options, ILogger<OutOfDateRemover> log)
    : IMaintenanceJob
{
    /// <summary>
    /// A tenant that has shortened its retention may have years of data to delete, in small transactions.
    /// </summary>
    public TimeSpan Limit => TimeSpan.FromHours(6);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var taken = await outOfDate.RunOnceAsync(options.KeepRows, options.ClockShift(), cancellationToken);
        if (!taken.IsNothing)
            LogTaken(taken.Runs, taken.Keys, taken.Tasks, taken.Claims, taken.Scenarios);
    }
}
