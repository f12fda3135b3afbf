using Microsoft.Extensions.Logging;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

internal static partial class SliceLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "slice {Slice}: run {Run} fails at {Element}")]
    public static partial void LogPoisoned(this ILogger log, Exception reason, SliceKey slice, Guid run, string element);

    [LoggerMessage(Level = LogLevel.Warning, Message = "slice {Slice}: effect {Key} could not be handed out: again in {Pause}")]
    public static partial void LogHandOut(this ILogger log, Exception reason, SliceKey slice, string key, TimeSpan pause);
}
