using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>
/// The lanes of a silo, and the slices that wait for one. The first lane does all the work as long as one round holds
/// all ready slices: slices that become ready during a commit share the next one, and shared commits are cheap
/// (single captures with 256 in flight: 91 µs of CPU instead of 107 with two lanes all the time). The others help
/// when a full round left slices behind, and check by themselves after a while: whatever delays a round (a lock, a
/// poisoned input) delays only the slices in it. They are part of the silo's lifecycle and not a hosted service: they
/// start before any grain and end after the last one, because a partition that hands back its slice waits for the
/// batch in flight.
/// </summary>
internal sealed class LedgerLanes : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The minimum of rows for each slice in a round: with more slices, sharing costs more than it saves.
    /// </summary>
    private const int RowsOfSlice = 4;

    private readonly Channel<Slice> _ready = Channel.CreateUnbounded<Slice>();
    private readonly SemaphoreSlim _help = new(0);
    private readonly LedgerLane[] _lanes;
    private readonly PartitionOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private volatile bool _isBehind;

    public LedgerLanes(
        RunLedger ledger,
        ScenarioCache scenarios,
        PartitionOptions options,
        TimeProvider time,
        PartitionMetrics metrics,
        ILogger<LedgerLane> log
    )
    {
        _options = options;
        _lanes =
        [
            .. Enumerable.Range(0, options.Lanes).Select(_ => new LedgerLane(ledger, scenarios, options, time, metrics, log)),
        ];
    }

    /// <summary>
    /// Queues a slice that has something to do. A slice is queued at most once, so it has one batch in flight.
    /// </summary>
    public void Ready(Slice slice) => _ready.Writer.TryWrite(slice);

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(LedgerLanes), ServiceLifecycleStage.RuntimeInitialize, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(
            _lanes.Select((lane, i) => Task.Run(() => RunAsync(lane, helps: i > 0), CancellationToken.None))
        );
        return Task.CompletedTask;
    }

    private async Task RunAsync(LedgerLane lane, bool helps)
    {
        while (await _ready.Reader.WaitToReadAsync(_stop.Token))
        {
            if (helps && !_isBehind)
                await _help.WaitAsync(Patience, _stop.Token);
            var slices = Take();
            await lane.RunOnceAsync(slices);
            foreach (var slice in slices)
                if (slice.WantsMore())
                    Ready(slice);
        }
    }

    /// <summary>As many of the ready slices as fill a round.</summary>
    private List<Slice> Take()
    {
        var slices = new List<Slice>();
        for (
            var rows = 0;
            rows < _options.BatchRows
                && slices.Count < _options.BatchRows / RowsOfSlice
                && _ready.Reader.TryRead(out var slice);
            rows += slice.Weight
        )
            slices.Add(slice);
        _isBehind = _ready.Reader.Count > 0;
        if (_isBehind && _help.CurrentCount == 0)
            _help.Release();
        return slices;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _help.Dispose();
    }
}
