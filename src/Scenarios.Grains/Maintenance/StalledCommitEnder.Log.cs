using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class StalledCommitEnder
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Ended {Commits} commits that had sent nothing for {Seconds} s and held their locks."
    )]
    private partial void LogEnded(long commits, double seconds);
}
