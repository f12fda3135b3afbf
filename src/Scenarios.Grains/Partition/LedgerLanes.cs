using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>The lanes of a silo. They start with it, before any grain, and end after the last one.</summary>
internal sealed class LedgerLanes : IHostedService
{
    private readonly LedgerLane[] _lanes;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public LedgerLanes(RunLedger ledger, ScenarioCache scenarios, PartitionOptions options, TimeProvider time, PartitionMetrics metrics, ILogger<LedgerLane> log) =>
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new LedgerLane(ledger, scenarios, options, time, metrics, log))];

    /// <summary>Always the same lane for a slice: it has one batch in flight.</summary>
    public LedgerLane Of(SliceKey key) => _lanes[(key.Scenario + key.Partition) % _lanes.Length];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => lane.Run(_stop.Token), CancellationToken.None)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
