using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

// Why attempts are counted by commits.
//
// A slice has so many attempts under way at most. The commit that brings a run to its effect also begins the first attempt, as
// long as there is room; otherwise the effect is a row that is due, and a later batch begins it. Outcomes of this batch make
// room in it, or the waiting effects would be forgotten. A new owner takes over what the former one had under way: handed
// out again under the same keys, these join the attempt where it still lives.

/// <summary>The attempts of a slice's effects, as far as a batch begins, takes over, puts off or ends them.</summary>
public sealed class Attempts
{
    /// <summary>The due instant of an attempt that is under way: its outcome is awaited, no scan finds it.</summary>
    public static readonly DateTimeOffset UnderWay = DateTimeOffset.MaxValue;

    private readonly Batch _batch;
    private readonly SliceView _view;
    private int _room;

    internal Attempts(Batch batch, SliceView view, int room)
    {
        (_batch, _view) = (batch, view);
        foreach (var effect in batch.Read.EffectsUnderWay)
            if (effect.Generation == batch.Scenario.Generation && !view.UnderWay.Contains((effect.RunId, effect.Step)))
                Adopted.Add(effect);
        _room = Math.Max(0, room - Adopted.Count);
    }

    /// <summary>More attempts may begin.</summary>
    internal bool HasRoom => _room > 0;

    /// <summary>Attempts that begin with this commit, to be handed out after it.</summary>
    public List<EffectRow> Begun { get; } = [];

    /// <summary>
    /// Attempts that a former owner had under way, to be handed out again after the commit, which proves the gate.
    /// </summary>
    public List<EffectRow> Adopted { get; } = [];

    /// <summary>Outcomes that came while the gate was closed, found again: inputs of the next batch.</summary>
    public List<(EffectRow Effect, EffectOutcome Outcome)> Remembered { get; } = [];

    /// <summary>Its outcome is no longer needed.</summary>
    public void Drop(EffectRow effect) => _batch.Write.SettledEffects.Add((effect.RunId, effect.Step));

    /// <summary>The next attempt is due later.</summary>
    public void Postpone(EffectRow effect, EffectOutcome outcome)
    {
        var due = _batch.Now + (outcome.RetryAfter ?? TimeSpan.Zero);
        Change(effect, outcome.Unsent ? effect.Attempt - 1 : effect.Attempt, due, null);
        _batch.Sooner(due);
    }

    /// <summary>The gate is closed: the outcome waits for the activation.</summary>
    public void Keep(EffectRow effect, string outcome) => Change(effect, effect.Attempt, _batch.Now, outcome);

    /// <summary>An effect is due: its kept outcome is applied, or its next attempt begins with this commit.</summary>
    internal void Take(EffectRow effect)
    {
        if (_view.UnderWay.Contains((effect.RunId, effect.Step)))
            return;
        if (effect.Generation < _batch.Scenario.Generation)
            Drop(effect);
        else if (effect.Outcome is { } outcome)
            Remembered.Add(
                (
                    effect with
                    {
                        Outcome = null,
                    },
                    System.Text.Json.JsonSerializer.Deserialize(outcome, BatchJson.Default.EffectOutcome)!
                )
            );
        else if (_room == 0)
            _batch.HasMore = true;
        else
        {
            _room--;
            var next = effect with { Attempt = effect.Attempt + 1 };
            Change(next, next.Attempt, UnderWay, null);
            Begun.Add(next);
        }
    }

    /// <summary>A run has come to an effect: its first attempt begins with this commit, or waits for room.</summary>
    internal void Begin(TurnRun run)
    {
        var effect = run.Effect!;
        var row = new EffectRow(
            run.State.Id,
            effect.Step,
            run.State.ProfileId,
            effect.Element,
            Name<EffectKind>.Of(effect.Kind),
            run.Generation,
            1,
            effect.Request,
            null
        );
        if (_room > 0)
        {
            _room--;
            _batch.Write.NewEffects.Add((row, UnderWay));
            Begun.Add(row);
        }
        else
        {
            _batch.Write.NewEffects.Add((row with { Attempt = 0 }, _batch.Now));
            _batch.Sooner(_batch.Now);
        }
    }

    private void Change(EffectRow effect, int attempt, DateTimeOffset due, string? outcome) =>
        _batch.Write.ChangedEffects.Add(new EffectChange(effect.RunId, effect.Step, attempt, due, outcome));
}
