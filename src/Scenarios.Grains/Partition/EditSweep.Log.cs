using Microsoft.Extensions.Logging;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

internal sealed partial class EditSweep
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Slice {Slice}: sweep to revision {Revision} interrupted; it starts again in {Seconds} s."
    )]
    private partial void LogInterrupted(Exception reason, SliceKey slice, int revision, double seconds);
}
