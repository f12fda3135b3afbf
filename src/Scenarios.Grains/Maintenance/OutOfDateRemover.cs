using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;
using Scenarios.Storage.Retention;

namespace Scenarios.Grains.Maintenance;

/// <summary>Takes away what is too old to be kept.</summary>
internal sealed partial class OutOfDateRemover(OutOfDate outOfDate, PartitionOptions options, ILogger<OutOfDateRemover> log)
    : IMaintenanceJob
{
    /// <summary>An account that has shortened its retention may have years to lose, in small transactions.</summary>
    public TimeSpan Limit => TimeSpan.FromHours(6);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var taken = await outOfDate.RunOnceAsync(options.KeepRows, options.ClockShift(), cancellationToken);
        if (!taken.IsNothing)
            LogTaken(taken.Runs, taken.Keys, taken.Tasks, taken.Claims, taken.Scenarios);
    }
}
