using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>
/// The lanes of a silo. They are part of its life and no hosted service beside it: they start before any grain and end after
/// the last one, since a partition that hands its slice back waits for the batch in flight.
/// </summary>
internal sealed class LedgerLanes : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly LedgerLane[] _lanes;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public LedgerLanes(RunLedger ledger, ScenarioCache scenarios, PartitionOptions options, TimeProvider time, PartitionMetrics metrics, ILogger<LedgerLane> log) =>
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new LedgerLane(ledger, scenarios, options, time, metrics, log))];

    /// <summary>Always the same lane for a slice: it has one batch in flight.</summary>
    public LedgerLane Of(SliceKey key) => _lanes[(key.Scenario + key.Partition) % _lanes.Length];

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(LedgerLanes), ServiceLifecycleStage.RuntimeInitialize, Start, Stop);

    private Task Start(CancellationToken cancel)
    {
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => lane.Run(_stop.Token), CancellationToken.None)));
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancel)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();
}
