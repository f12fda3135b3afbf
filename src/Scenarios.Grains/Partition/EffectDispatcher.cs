using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>
/// Hands an attempt to the grain of its profile and brings the outcome back as an input. A call that fails (its silo died), or
/// whose answer may be lost on the line, is made again under the same key; an attempt that still lives somewhere is joined there, not sent twice.
/// </summary>
internal sealed class EffectDispatcher(IGrainFactory grains, PartitionOptions options, TimeProvider time, ILogger<EffectDispatcher> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public void Dispatch(Slice slice, EffectRow effect) => _ = Task.Run(() => Perform(slice, effect));

    private async Task Perform(Slice slice, EffectRow effect)
    {
        var order = new EffectOrder(effect.RunId, effect.Step, effect.Element, effect.Kind, effect.Attempt, effect.Request);
        var performer = grains.ProfileInScenario(slice.Key.Tenant, slice.Key.Scenario, effect.ProfileId);
        while (!slice.IsClosed)
        {
            var performing = performer.Perform(order);
            try
            {
                slice.Queue(new SettledInput(effect, await performing.WaitAsync(options.AskAgain, time)));
                return;
            }
            catch (TimeoutException) when (!performing.IsCompleted)
            {
                performing.Ignore();
            }
            catch (Exception e)
            {
                log.LogHandOut(e, slice.Key, order.Key, Pause);
                await Task.Delay(Pause, time);
            }
        }
    }
}
