using Microsoft.Extensions.Logging;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Maintenance;

/// <summary>Records what scenarios saved by an earlier version listen to; this version records it on save.</summary>
internal sealed partial class ListenerWriter(ListenerRows rows, ILogger<ListenerWriter> log) : IMaintenanceJob
{
    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await rows.FillAsync(cancellationToken) is > 0 and var scenarios)
            LogWritten(scenarios);
    }
}
