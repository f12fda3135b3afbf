using Microsoft.Extensions.Logging;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Maintenance;

/// <summary>Writes down what scenarios listen to that an earlier version saved; the save of this one does it itself.</summary>
internal sealed partial class ListenerWriter(ListenerRows rows, ILogger<ListenerWriter> log) : IMaintenanceJob
{
    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await rows.FillAsync(cancellationToken) is > 0 and var scenarios)
            LogWritten(scenarios);
    }
}
