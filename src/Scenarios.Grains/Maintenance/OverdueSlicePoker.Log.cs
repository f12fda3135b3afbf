using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class OverdueSlicePoker
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Poked {Slices} slices that were overdue or had lost their owner.")]
    private partial void LogPoked(int slices);
}
