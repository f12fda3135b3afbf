using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

/// <summary>
/// Hands an attempt to the grain of its profile and brings the outcome back as an input. A call that fails (its silo
/// died), or whose answer may be lost, is repeated under the same key; it joins an attempt that is still in flight
/// and does not send it twice. A profile's next attempt is dispatched when the previous one has its outcome: they are
/// performed one at a time in any case, and concurrent calls may arrive in another order.
/// </summary>
internal sealed class EffectDispatcher(
    IGrainFactory grains,
    PartitionOptions options,
    TimeProvider time,
    ILogger<EffectDispatcher> log
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    /// <summary>Completes when the latest dispatched attempt of a profile has its outcome.</summary>
    private readonly Dictionary<(Slice Slice, string Profile), Task> _turns = [];

    public void Dispatch(Slice slice, EffectRow effect)
    {
        var (place, turn) = (
            (slice, effect.ProfileId),
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        Task? former;
        lock (_lock)
        {
            _turns.TryGetValue(place, out former);
            _turns[place] = turn.Task;
        }
        _ = Task.Run(async () =>
        {
            if (former is not null)
                await former;
            try
            {
                await PerformAsync(slice, effect);
            }
            finally
            {
                lock (_lock)
                    if (_turns[place] == turn.Task)
                        _turns.Remove(place);
                turn.SetResult();
            }
        });
    }

    private async Task PerformAsync(Slice slice, EffectRow effect)
    {
        var order = new EffectOrder(effect.RunId, effect.Step, effect.Element, effect.Kind, effect.Attempt, effect.Request);
        var performer = grains.ProfileInScenario(slice.Key.Tenant, slice.Key.Scenario, effect.ProfileId);
        while (!slice.IsClosed)
        {
            var performing = performer.Perform(order);
            try
            {
                slice.Settle(effect, PartitionWire.OutcomeOf(await performing.WaitAsync(options.AskAgain, time)));
                return;
            }
            catch (TimeoutException) when (!performing.IsCompleted)
            {
                performing.Ignore();
            }
            catch (Exception e)
            {
                log.LogHandOut(e, slice.Key, order.Key, Pause.TotalSeconds);
                await Task.Delay(Pause, time);
            }
        }
    }
}
