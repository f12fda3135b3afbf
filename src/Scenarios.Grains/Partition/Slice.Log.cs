using Microsoft.Extensions.Logging;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

internal static partial class SliceLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "slice {Slice}: effect {Key} could not be handed out: again in {Pause}")]
    public static partial void LogHandOut(this ILogger log, Exception reason, SliceKey slice, string key, TimeSpan pause);
}
