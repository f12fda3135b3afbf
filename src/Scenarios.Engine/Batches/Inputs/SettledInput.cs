using System.Text.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>What came of one attempt. Kept as JSON while the gate is closed.</summary>
/// <param name="Output">By which output the run leaves; null when another attempt follows.</param>
/// <param name="RetryAfter">Delay before the next attempt, when <paramref name="Output"/> is null.</param>
/// <param name="EndsRun">The run ends completed here (a goto that was accepted).</param>
/// <param name="Detail">JSON for the trail: status, code, attempts.</param>
/// <param name="Kept">JSON object of kept answers.</param>
/// <param name="Unsent">Nothing was sent, so this was no attempt.</param>
public sealed record EffectOutcome(
    string? Output,
    TimeSpan? RetryAfter,
    bool EndsRun,
    string? Reason,
    string? Detail,
    string? Kept,
    bool Unsent = false
);

/// <summary>
/// An attempt has its outcome: another one is due later, or the run moves on (at activation, when the gate is closed now).
/// </summary>
public sealed class SettledInput(ICaller<SettledInput> caller, EffectRow effect, EffectOutcome outcome) : SliceInput
{
    public EffectRow Effect => effect;
    public override string Name => $"an outcome for run {effect.RunId}";
    public override bool EndsAttempt => true;

    public override void Ask(SliceRead read) => read.Runs.Add(effect.RunId);

    public override void Decide(Batch batch)
    {
        if (!batch.TryFind(effect.RunId, out var turn, out var run) || !batch.IsAlive(run))
            batch.Attempts.Drop(effect);
        else if (outcome.Output is null && !outcome.EndsRun)
            batch.Attempts.Postpone(effect, outcome);
        else if (!batch.Scenario.IsRunning)
            batch.Attempts.Keep(effect, JsonSerializer.Serialize(outcome, BatchJson.Default.EffectOutcome));
        else if (!Move(batch, turn, run))
            batch.Attempts.Drop(effect);
    }

    private bool Move(Batch batch, ProfileTurn turn, TurnRun run) =>
        batch.IsPoisoned
            ? turn.Fail(run, RefusalCode.Unstorable.Text())
            : turn.Settle(
                run,
                new RunInput.Settled(effect.Step, outcome.Output, outcome.EndsRun, outcome.Reason, outcome.Detail, outcome.Kept)
            );

    /// <summary>Nothing is left to do.</summary>
    public override void Refuse() { }

    public override void Answer() => caller.Answer(this);

    public override void Fail(Exception reason) => caller.Fail(this, reason);
}
