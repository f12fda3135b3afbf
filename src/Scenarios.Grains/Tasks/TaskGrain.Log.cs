using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Tasks;

internal sealed partial class TaskGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {Tenant}/{Id} interrupted; it goes on in {Seconds} s.")]
    private partial void LogInterrupted(Exception reason, int tenant, Guid id, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Task {Tenant}/{Id} failed and was given up.")]
    private partial void LogFailed(Exception reason, int tenant, Guid id);
}
