using Microsoft.Extensions.Logging;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Maintenance;

/// <summary>
/// Ends commits that hold their locks for a silo that is cut off or frozen: a new owner of its slices would wait for
/// them.
/// </summary>
internal sealed partial class StalledCommitEnder(StalledCommits stalled, ILogger<StalledCommitEnder> log) : IMaintenanceJob
{
    /// <summary>A commit that has sent nothing for this long has no owner any longer.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(5);

    public TimeSpan Limit => TimeSpan.FromSeconds(10);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await stalled.EndAsync(Silent, cancellationToken) is > 0 and var ended)
            LogEnded(ended, Silent.TotalSeconds);
    }
}
