using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;
using Scenarios.Storage.Retention;

namespace Scenarios.Grains.Maintenance;

/// <summary>Creates the months of the history ahead of time, and drops past months that are empty.</summary>
internal sealed partial class HistoryMonthMaker(HistoryMonths months, PartitionOptions options, ILogger<HistoryMonthMaker> log)
    : IMaintenanceJob
{
    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var (made, dropped) = await months.RunOnceAsync(options.ClockShift(), cancellationToken);
        if (made + dropped > 0)
            LogMonths(made, dropped);
    }
}
