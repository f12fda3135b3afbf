using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;

namespace Scenarios.Engine.Runs;

// Why this file is the way it is.
//
// A run is a pure function of its inputs. Advance takes a run, one input, the facts that were read for it and the batch's
// one instant, and answers what the run has become. It fetches nothing, knows no clock and draws no random number, so the
// same inputs give the same trail on every node and after every crash, and a simulation or a backtest runs this very code.
//
// What a run does at an element is said by the element (Elements/Arrival.cs: five outcomes), and what an input does to a run by
// the input (RunInput.cs). This file carries both out, and grows with neither.
//
// One call walks as far as it can without waiting: trigger, condition, split, wait is one transition and one commit. It
// stops where the run
//   waits        a wait whose instant lies ahead,
//   performs     an effect (webhook, goto) whose request is rendered here, once, and stored with the transition,
//   must commit  an update whose result SQL computes (increment, add, remove): the next element may look at it, so the
//                run stops "arriving" there and goes on with the next batch, reading what was written,
//   ends         an output that leads nowhere, an end element, a failure, a removal.
//
// Rules that are easy to break:
//   * Links are looked up when the run leaves, never when it arrives: a run always goes on through the current graph.
//   * A wait is computed from the instant of arrival. When it falls due it is computed again, since the definition or the
//     profile may have changed: a later due puts the run back to wait, without a step.
//   * A step is recorded when the run leaves an element, with the output taken. So steps 1..n have no gap, a step number
//     appears once, and the element where a run is now is step n + 1.
//   * An input that does not concern where the run is (an outcome of a step long left) is ignored: null.
//   * Whatever a template or a rule throws fails this run, and no other.

/// <summary>Moves runs. Pure.</summary>
public static class Interpreter
{
    /// <summary>A run that takes so many steps without a wait fails <c>loopGuard</c>.</summary>
    public const int LoopGuard = 200;

    /// <summary>Gotos that may follow one another without a wait; the next one fails <c>loopGuard</c>.</summary>
    public const int DepthGuard = 50;

    /// <returns>What to commit, or null when the input changes nothing.</returns>
    public static Transition? Advance(
        Definition definition,
        int revision,
        RunState run,
        RunInput input,
        Facts facts,
        BatchInstant at
    )
    {
        var walk = new Walk(definition, revision, run, facts, at);
        var changes = definition.Find(run.Element) is { } element ? input.Apply(walk, element) : input.ApplyToDeleted(walk);
        return changes ? walk.Transition : Transition.Ignored;
    }
}

/// <summary>
/// One call of <see cref="Interpreter.Advance"/>: the run as it changes, and what it leaves behind. Its verbs answer
/// true: they change the run.
/// </summary>
internal sealed class Walk(Definition definition, int revision, RunState run, Facts facts, BatchInstant at)
{
    /// <summary>The revision of a due instant that an operator gave: no definition computes it again.</summary>
    private const int ByHand = int.MaxValue;

    private readonly List<TrailStep> _steps = [];
    private readonly List<string> _changes = [];
    private RunState _run = run;
    private Facts _facts = facts;
    private EffectRequest? _effect;
    private RunEnd? _end;
    private string? _subscriptions;
    private string? _kept;

    public RunState Run => _run;

    public Transition Transition => new(_end is null ? _run : null, _end, _steps, _effect, _changes, _subscriptions, _kept);

    /// <summary>Takes the run on from where it has just arrived, as far as it goes.</summary>
    public bool GoOn()
    {
        while (_end is null && _run.Phase == RunPhase.Arriving)
        {
            if (_run.Hops >= Interpreter.LoopGuard)
                return End(RunEnd.Fail("loopGuard"));
            if (!Follow(definition.Find(_run.Element)!.Arrive(Here)))
                break;
        }
        return true;
    }

    /// <summary>A waiting run is due, or its wait may have changed. False when it goes on waiting as before.</summary>
    public bool Wake(Element element)
    {
        var before = _run;
        // A postponed run keeps the instant that an operator gave it.
        if (_run.Revision == ByHand)
            return _run.Due <= at.Now && Leave(element.ReleasedBy, Detail.Of("postponed", true)) && GoOn();
        if (!element.Waits)
            return false;
        Follow(element.Wake(Here));
        return _run != before && GoOn();
    }

    public bool Postpone(DateTimeOffset until)
    {
        _run = _run with { Due = until, Stoppable = false, Revision = ByHand };
        return true;
    }

    /// <summary>False when no run can be at the other element.</summary>
    public bool MoveTo(string element)
    {
        if (definition.Find(element) is not { IsTrigger: false })
            return false;
        Record(null, Detail.Of("movedTo", element));
        Stand(element);
        return GoOn();
    }

    /// <summary>Keeps the answer of the effect that was settled, for templates and rules of later steps.</summary>
    public void Keep(string answer)
    {
        _kept = JsonMerge.With(_facts.Kept, _run.Element, answer);
        _facts = _facts with { Kept = JsonMerge.Parse(_kept) };
    }

    /// <summary>Leaves by an output: on to where it is linked now, or the run ends here.</summary>
    public bool Leave(string output, string? detail = null, string? reason = null)
    {
        if (definition.Next(_run.Element, output) is { } next)
        {
            Record(output, detail);
            Stand(next);
            return true;
        }
        var end = output == Output.Error ? RunEnd.Fail(reason ?? Detail.CodeOf(detail) ?? "error") : RunEnd.Complete;
        Record(output, detail, end);
        _end = end;
        return true;
    }

    public bool End(RunEnd end, string? detail = null)
    {
        Record(null, detail, end);
        _end = end;
        return true;
    }

    private Step Here => new(definition, revision, _run, _facts, at);

    /// <summary>
    /// Carries out what the element said. False where the run must stop, because SQL has yet to compute what the next
    /// element may look at.
    /// </summary>
    private bool Follow(in Arrival arrival) =>
        arrival.Kind switch
        {
            ArrivalKind.Leave => Leave(arrival.Output, arrival.Detail),
            ArrivalKind.Wait => Wait(arrival),
            ArrivalKind.Perform => Perform(arrival),
            ArrivalKind.Commit => Commit(arrival.Update!, arrival.Output),
            ArrivalKind.End => End(arrival.Ended!, arrival.Detail),
        };

    private bool Wait(in Arrival arrival)
    {
        _run = _run with
        {
            Phase = RunPhase.Waiting,
            Due = arrival.Due,
            Stoppable = arrival.Stoppable,
            Revision = arrival.Revision,
            Hops = 0,
            Depth = 0,
        };
        return true;
    }

    private bool Perform(in Arrival arrival)
    {
        _effect = new EffectRequest(_run.Step + 1, _run.Element, arrival.Effect, arrival.Request);
        _run = _run with { Phase = RunPhase.Performing, Due = null, Stoppable = false };
        return true;
    }

    private bool Commit(ProfileUpdate update, string output)
    {
        _changes.AddRange(update.Operations);
        _subscriptions = update.Subscriptions ?? _subscriptions;
        if (update.Overlay is { } fields)
            _facts = _facts with { Profile = _facts.Profile with { Fields = fields } };
        Leave(output);
        return update.Overlay is not null;
    }

    private void Stand(string element) =>
        _run = _run with
        {
            Element = element,
            Phase = RunPhase.Arriving,
            ArrivedAt = at.Now,
            Due = at.Now,
            Stoppable = false,
            StoppedAtArrival = at.Stopped,
            Revision = revision,
        };

    private void Record(string? output, string? detail, RunEnd? end = null)
    {
        _steps.Add(new TrailStep(_run.Step + 1, _run.Element, _run.ArrivedAt, at.Now, output, detail, end));
        _run = _run with { Step = _run.Step + 1, Hops = _run.Hops + 1 };
    }
}
