using Microsoft.Extensions.Logging;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

internal static partial class SliceLog
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Slice {Slice}: effect {Key} could not be dispatched; next try in {Seconds} s."
    )]
    public static partial void LogHandOut(this ILogger log, Exception reason, SliceKey slice, string key, double seconds);
}
