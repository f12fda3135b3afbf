using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class ListenerWriter
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Recorded what {Scenarios} scenarios listen to.")]
    private partial void LogWritten(int scenarios);
}
