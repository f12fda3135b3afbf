using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Partition;

/// <summary>
/// A save is one small transaction, whatever the number of open runs. Its consequences for waiting runs follow here,
/// slice by slice in bounded chunks, as ordinary inputs. A wake computes its wait again in any case, so no run moves
/// by the old length in between; this sweep brings forward runs whose wait became shorter, and ends or moves runs
/// whose element was removed.
/// </summary>
internal sealed partial class EditSweep(RunLedger ledger, ScenarioStore scenarios, TimeProvider time, ILogger<EditSweep> log)
{
    private const int Chunk = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Slice, bool> _sweeping = new();

    /// <summary>Brings the slice's waiting runs up to a revision, unless a sweep is already running.</summary>
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
        // A save during this sweep did not start another one: the next commit checks again.
        slice.Poke();
    }
}
