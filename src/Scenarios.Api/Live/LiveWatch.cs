using System.Threading.Channels;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Live;

/// <summary>
/// What one stream has still to be told: a slow one finds only the newest picture of each scenario when it comes back.
/// </summary>
internal sealed class LiveWatch(Action<LiveWatch> end) : IDisposable
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );
    private readonly Lock _lock = new();
    private Dictionary<int, LiveCounts?> _pending = [];

    /// <param name="picture">Null: the scenario is gone.</param>
    public void Offer(int scenario, LiveCounts? picture)
    {
        lock (_lock)
            _pending[scenario] = picture;
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Waits until something was offered.</summary>
    public ValueTask<bool> NewsAsync(CancellationToken cancellationToken) => _signal.Reader.ReadAsync(cancellationToken);

    /// <summary>What was offered since the last take.</summary>
    public IReadOnlyDictionary<int, LiveCounts?> Take()
    {
        lock (_lock)
        {
            var taken = _pending;
            _pending = [];
            return taken;
        }
    }

    public void Dispose() => end(this);
}
