using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Maintenance;

/// <summary>Moves the rows of ended generations to the history, chunk by chunk.</summary>
internal sealed class DeadRunBurier(DeadRuns dead, TimeProvider time) : IMaintenanceJob
{
    private const int ChunkOfRuns = 1000;

    /// <summary>
    /// A million runs take longer; the rest is left to later rounds, so that other jobs get their turn.
    /// </summary>
    private static readonly TimeSpan Share = TimeSpan.FromSeconds(20);

    public TimeSpan Limit => TimeSpan.FromMinutes(1);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (await dead.RunOnceAsync(ChunkOfRuns, cancellationToken) > 0 && time.GetElapsedTime(begun) < Share)
            cancellationToken.ThrowIfCancellationRequested();
    }
}
