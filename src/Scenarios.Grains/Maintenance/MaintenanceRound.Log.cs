using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class MaintenanceRound
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Maintenance job {Job} failed; the next round tries again.")]
    private partial void LogFailed(Exception reason, string job);
}
