using Microsoft.Extensions.Logging;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

internal sealed partial class ScenarioPartitionGrain
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Slice {Slice} taken over, epoch {Epoch}.")]
    private partial void LogTakenOver(SliceKey slice, long epoch);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Slice {Slice} handed back: {Reason}.")]
    private partial void LogHandedBack(SliceKey slice, DeactivationReasonCode reason);
}
