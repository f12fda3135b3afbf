using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>
/// The lanes of a silo, and the slices that wait for one. The first lane does all the work while a round takes all that is ready:
/// what comes during a commit shares the next one, and shared commits are cheap ones (single captures with 256 in flight:
/// 91 µs of CPU instead of 107 with two lanes all the time). The others help when a round was full and left some behind, and look
/// by themselves after a while: what holds a round up (a lock, a poisoned input) holds up no slice that is not part of it.
/// They are part of the silo's life and no hosted service beside it: they start before any grain and end after the last one,
/// since a partition that hands its slice back waits for the batch in flight.
/// </summary>
internal sealed class LedgerLanes : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Rows of a round for each slice that shares it, at least: more slices than that cost more than they share.
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

    /// <summary>The slice has something to do; it is here at most once at a time, so it has one batch in flight.</summary>
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

    /// <summary>Of those that are ready as many as fill a round.</summary>
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
