using Scenarios.Contracts;
using Scenarios.Engine.Batches;
using Scenarios.Storage;

namespace Scenarios.Grains.Partition;

/// <summary>
/// The attempts of a slice: dispatched after the commit that began them, in flight until a commit has applied their
/// outcome.
/// </summary>
internal sealed partial class Slice : ICaller<SettledInput>
{
    /// <summary>An attempt has its outcome.</summary>
    public void Settle(EffectRow effect, Engine.Batches.EffectOutcome outcome) =>
        Queue(new SettledInput(this, effect, outcome));

    /// <summary>Called by the lane after the commit.</summary>
    private void HandOut(Attempts attempts)
    {
        lock (_lock)
        {
            foreach (var effect in attempts.Adopted)
                _guarded.UnderWay.Add((effect.RunId, effect.Step));
            foreach (var effect in attempts.Begun)
                _guarded.UnderWay.Add((effect.RunId, effect.Step));
            foreach (var (effect, _) in attempts.Remembered)
                _guarded.UnderWay.Add((effect.RunId, effect.Step));
        }
        // Dispatched again under the same keys, they join an attempt that is still in flight.
        foreach (var effect in attempts.Adopted)
            _effects.Dispatch(this, effect);
        foreach (var effect in attempts.Begun)
            _effects.Dispatch(this, effect);
        foreach (var (effect, outcome) in attempts.Remembered)
            Enqueue(new SettledInput(this, effect, outcome));
    }

    /// <summary>The outcome is applied, or its scenario is deleted.</summary>
    void ICaller<SettledInput>.Answer(SettledInput input)
    {
        lock (_lock)
            _guarded.UnderWay.Remove((input.Effect.RunId, input.Effect.Step));
    }

    /// <summary>
    /// No caller waits for the answer, but the outcome is not lost: it goes into the next batch, or the next owner
    /// dispatches the effect again.
    /// </summary>
    void ICaller<SettledInput>.Fail(SettledInput input, Exception reason)
    {
        if (reason is SliceLostException)
            return;
        if (Damage.Is(reason))
            _ = QueueAfterAsync(_options.UnreadableAgain, input);
        else
            Enqueue(input);
    }

    private async Task QueueAfterAsync(TimeSpan pause, SettledInput input)
    {
        await Task.Delay(pause, _time);
        Queue(input);
    }
}
