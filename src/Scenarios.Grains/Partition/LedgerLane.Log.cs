using Microsoft.Extensions.Logging;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

internal sealed partial class LedgerLane
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Commit of {Slices} slices failed at attempt {Attempt}; it is retried.")]
    private partial void LogRetried(Exception reason, int slices, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Commit of {Slices} slices given up; their callers get the error.")]
    private partial void LogGivenUp(Exception reason, int slices);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "Commit of {Slices} slices failed unexpectedly; they start again from their rows."
    )]
    private partial void LogBroken(Exception reason, int slices);

    [LoggerMessage(Level = LogLevel.Error, Message = "Slice {Slice}: {Input} cannot be decided or stored, and fails alone.")]
    private partial void LogAlone(Exception reason, SliceKey slice, string input);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Database damaged where slice {Slice} needs it: {Input} is refused.")]
    private partial void LogDamaged(Exception reason, SliceKey slice, string input);

    [LoggerMessage(Level = LogLevel.Error, Message = "Slice {Slice}: {Input} cannot be stored, nor can its failure.")]
    private partial void LogPoisoned(Exception reason, SliceKey slice, string input);

    [LoggerMessage(Level = LogLevel.Error, Message = "Slice {Slice}: run {Run} failed at element {Element}.")]
    private partial void LogFailure(Exception reason, SliceKey slice, Guid run, string element);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Slice {Slice}: its scenario could not be read; it is retried.")]
    private partial void LogUnreadable(Exception reason, SliceKey slice);
}
