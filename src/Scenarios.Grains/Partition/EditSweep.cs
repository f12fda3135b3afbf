using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Partition;

/// <summary>
/// A save is one small transaction, however many runs are inside. What it means for waiting runs follows here, slice by slice in
/// bounded chunks: they are inputs like any other. A wake computes its wait again in any case, so no run moves by the old
/// length in the meantime; this brings forward those whose wait became shorter, and ends or moves those whose element is gone.
/// </summary>
internal sealed partial class EditSweep(RunLedger ledger, ScenarioStore scenarios, TimeProvider time, ILogger<EditSweep> log)
{
    private const int Chunk = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Slice, bool> _sweeping = new();

    /// <summary>Brings the slice's waiting runs up to a revision, unless that is under way.</summary>
    public void Start(Slice slice, int revision)
    {
        if (_sweeping.TryAdd(slice, true))
            _ = Task.Run(() => SweepAsync(slice, revision));
    }

    private async Task SweepAsync(Slice slice, int revision)
    {
        try
        {
            foreach (
                var element in await scenarios.TouchedSinceAsync(
                    slice.Key.Tenant,
                    slice.Key.Scenario,
                    slice.SweptRevision,
                    CancellationToken.None
                )
            )
                for (var after = Guid.Empty; ; )
                {
                    var runs = await ledger.StandingAsync(slice.Key, element, after, Chunk, CancellationToken.None);
                    if (runs.Count == 0)
                        break;
                    await slice.ReconsiderAsync(runs);
                    after = runs[^1];
                }
            await ledger.SweptAsync(slice.Key, slice.View.Ownership.Epoch, revision, CancellationToken.None);
            slice.SweptRevision = revision;
        }
        catch (Exception e)
        {
            if (!slice.IsClosed)
            {
                LogInterrupted(e, slice.Key, revision, Pause.TotalSeconds);
                await Task.Delay(Pause, time);
            }
        }
        finally
        {
            _sweeping.TryRemove(slice, out _);
        }
        // What was saved while this sweep was under way found it under way and went without: the next commit looks again.
        slice.Poke();
    }
}
