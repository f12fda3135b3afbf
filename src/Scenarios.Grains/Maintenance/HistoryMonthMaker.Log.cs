using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class HistoryMonthMaker
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Created {Made} months of the history and dropped {Dropped} empty ones."
    )]
    private partial void LogMonths(int made, int dropped);
}
