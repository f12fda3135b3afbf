using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class OutOfDateRemover
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Deleted expired data: {Runs} runs, {Keys} keys, {Tasks} tasks, {Claims} claims, " + "{Scenarios} scenarios."
    )]
    private partial void LogTaken(long runs, long keys, long tasks, long claims, long scenarios);
}
