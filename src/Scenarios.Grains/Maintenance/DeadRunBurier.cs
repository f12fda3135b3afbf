using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Maintenance;

/// <summary>Moves the rows of ended generations to the history, chunk by chunk.</summary>
internal sealed class DeadRunBurier(DeadRuns dead, TimeProvider time) : IMaintenanceJob
{
    private const int ChunkOfRuns = 1000;

    /// <summary>A million runs take longer; the rest is for the next rounds, which have other things to do as well.</summary>
    private static readonly TimeSpan Share = TimeSpan.FromSeconds(20);

    public TimeSpan Limit => TimeSpan.FromMinutes(1);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (await dead.RunOnceAsync(ChunkOfRuns, cancellationToken) > 0 && time.GetElapsedTime(begun) < Share)
            cancellationToken.ThrowIfCancellationRequested();
    }
}
