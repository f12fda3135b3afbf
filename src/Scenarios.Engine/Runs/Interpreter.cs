using System.Text;
using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Runs;

// Why this file is the way it is.
//
// A run is a pure function of its inputs. Advance takes a run, one input, the facts that were read for it and the batch's
// one instant, and answers what the run has become. It fetches nothing, knows no clock and draws no random number, so the
// same inputs give the same trail on every node and after every crash, and a simulation or a backtest runs this very code.
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
//   * A wait is computed from the instant of arrival. When it falls due it is computed anew, since the definition or the
//     profile may have changed: a later due puts the run back to wait, without a step.
//   * A step is recorded when the run leaves an element, with the output taken. So steps 1..n have no gap, a step number
//     appears once, and the element where a run stands is step n + 1.
//   * An input that does not concern where the run stands (an outcome of a step long left) is ignored: null.
//   * Whatever a template or a rule throws fails this run, and no other.

/// <summary>Moves runs. Pure.</summary>
public static class Interpreter
{
    /// <summary>A run that takes so many steps without a wait fails <c>loopGuard</c>.</summary>
    public const int LoopGuard = 200;

    /// <summary>Gotos that may follow one another without a wait; the next one fails <c>loopGuard</c>.</summary>
    public const int DepthGuard = 50;

    /// <summary>The revision of a due instant that somebody gave by hand: no definition computes it anew.</summary>
    private const int ByHand = int.MaxValue;

    /// <returns>What to commit, or null when the input changes nothing.</returns>
    public static Transition? Advance(
        Definition definition,
        int revision,
        RunState run,
        RunInput input,
        Facts facts,
        BatchInstant at
    ) => new Walk(definition, revision, run, facts, at).Take(input);

    /// <summary>One call of Advance: the run as it changes, and what it leaves behind.</summary>
    private sealed class Walk(Definition definition, int revision, RunState run, Facts facts, BatchInstant at)
    {
        private readonly List<TrailStep> _steps = [];
        private readonly List<string> _changes = [];
        private RunState _run = run;
        private Facts _facts = facts;
        private EffectRequest? _effect;
        private RunEnd? _end;
        private string? _subscriptions;
        private string? _kept;

        public Transition? Take(RunInput input)
        {
            var element = definition.Find(_run.Element);
            switch (input)
            {
                case RunInput.Removed removed:
                    End(RunEnd.Leave(removed.Reason), removed.Detail);
                    break;
                case RunInput.Failed failed:
                    End(RunEnd.Fail(failed.Reason));
                    break;
                case RunInput.Moved moved
                    when (_run.Phase != RunPhase.Performing || element is null)
                        && definition.Find(moved.To) is { IsTrigger: false }:
                    Record(null, Detail.Of("movedTo", moved.To));
                    Stand(moved.To);
                    Enter();
                    break;
                case var _ when element is null:
                    End(RunEnd.Leave(LeftReason.ElementDeleted));
                    break;
                case RunInput.Captured or RunInput.Due when _run.Phase == RunPhase.Arriving:
                    Enter();
                    break;
                case RunInput.Due or RunInput.Reconsidered when _run.Phase == RunPhase.Waiting && element is Wait wait:
                    var before = _run;
                    if (Wake(wait))
                        Enter();
                    else if (_run == before)
                        return Transition.Ignored;
                    break;
                // An outcome without output that does not end the run is another attempt, which is not the run's.
                case RunInput.Settled settled
                    when _run.Phase == RunPhase.Performing
                        && settled.Step == _run.Step + 1
                        && (settled.EndsRun || settled.Output is not null):
                    Settle(settled);
                    break;
                case RunInput.Released released when _run.Phase == RunPhase.Waiting:
                    if (released.Output is { } output && !element.Outputs.Contains(output))
                        return Transition.Ignored;
                    Leave(released.Output ?? Output.Next, Detail.Of("released", true));
                    Enter();
                    break;
                case RunInput.Postponed postponed when _run.Phase == RunPhase.Waiting:
                    _run = _run with
                    {
                        Due = Instants.CeilingMicrosecond(postponed.Until),
                        Stoppable = false,
                        Revision = ByHand,
                    };
                    break;
                default:
                    return Transition.Ignored;
            }
            return new Transition(_end is null ? _run : null, _end, _steps, _effect, _changes, _subscriptions, _kept);
        }

        /// <summary>Takes the run on from where it has just arrived, as far as it goes.</summary>
        private void Enter()
        {
            while (_end is null && _run.Phase == RunPhase.Arriving)
            {
                if (_run.Hops >= LoopGuard)
                {
                    End(RunEnd.Fail("loopGuard"));
                    return;
                }
                var element = definition.Find(_run.Element)!;
                switch (element.Type)
                {
                    case ElementType.ApiCall:
                        Leave(Output.Next);
                        break;
                    case ElementType.Wait:
                        Arrive((Wait)element);
                        break;
                    case ElementType.Condition:
                        Decide((Condition)element);
                        break;
                    case ElementType.Split:
                        Draw((Split)element);
                        break;
                    case ElementType.Goto:
                        Jump((Goto)element);
                        break;
                    case ElementType.End:
                        End(RunEnd.Complete with { Goal = ((End)element).Goal });
                        break;
                    case ElementType.Webhook:
                        Call((Webhook)element);
                        break;
                    case ElementType.UpdateProfile:
                        if (Change((UpdateProfile)element))
                            return;
                        break;
                }
            }
        }

        private void Arrive(Wait wait)
        {
            if (Wake(wait))
                return;
            _run = _run with { Phase = RunPhase.Waiting, Hops = 0, Depth = 0 };
        }

        /// <summary>Computes the wait: leaves when it is over, else notes the due instant and answers false.</summary>
        private bool Wake(Wait wait)
        {
            // A postponed run keeps the instant that somebody gave it.
            if (_run.Revision == ByHand && _run.Phase == RunPhase.Waiting)
            {
                if (_run.Due > at.Now)
                    return false;
                Leave(Output.Next, Detail.Of("postponed", true));
                return true;
            }
            var rule = definition.RuleOf(wait, _run.Revision);
            var isKept = rule != wait.Rule;
            var result = WaitClock.Compute(rule, _run.ArrivedAt, _run.ArrivedAt, _facts);
            // An edited window that was open since the arrival and has closed again: the next one counts, nobody leaves outside of it.
            if (
                rule is WindowWait
                && !isKept
                && _run.Phase == RunPhase.Waiting
                && _run.Revision != revision
                && result.Due != _run.Due
                && result.Due < at.Now
            )
                result = WaitClock.Compute(rule, _run.ArrivedAt, at.Now, _facts);
            switch (result.Outcome)
            {
                case WaitOutcome.NotComputable:
                    Leave(Output.NotComputable, Detail.Of("reason", result.Reason ?? "notComputable"));
                    break;
                // Past is what was gone when the run arrived. A date that was moved to between then and now is merely due.
                case WaitOutcome.Past when rule.Past == PastPolicy.Exit:
                    End(RunEnd.Leave(LeftReason.Expired));
                    break;
                case WaitOutcome.Past:
                    Leave(Output.Next, Detail.Of("past", true));
                    break;
                case WaitOutcome.Due:
                    var due = result.Stoppable ? result.Due - _run.StoppedAtArrival : result.Due;
                    if (due > (result.Stoppable ? at.Now - at.Stopped : at.Now))
                    {
                        _run = _run with
                        {
                            Due = due,
                            Stoppable = result.Stoppable,
                            Revision = isKept ? _run.Revision : revision,
                        };
                        return false;
                    }
                    Leave(Output.Next);
                    break;
            }
            return true;
        }

        private void Decide(Condition condition)
        {
            var seen = new List<Observation>();
            foreach (var branch in condition.Branches)
            {
                if (!RuleEvaluator.Holds(branch.Rules, _facts, at.Now, seen))
                    continue;
                Leave(branch.Output, Detail.Of(seen));
                return;
            }
            Leave(Output.Else, Detail.Of(seen));
        }

        private void Draw(Split split) =>
            Leave(
                SplitDraw.Choose(split, _facts.Tenant, _facts.Scenario, _run.ProfileId, _run.Id),
                Detail.Of("draw", split.EachEntry ? "eachEntry" : "stable")
            );

        private void Jump(Goto jump)
        {
            if (_run.Depth >= DepthGuard)
            {
                End(RunEnd.Fail("loopGuard"));
                return;
            }
            var content = _facts.Content.ValueKind == JsonValueKind.Object ? _facts.Content : (JsonElement?)null;
            Perform(
                jump,
                EffectKind.Goto,
                JsonSerializer.Serialize(
                    new GotoRequest(jump.Scenario!.Value, jump.Start, _run.Depth + 1, content),
                    EngineJson.Default.GotoRequest
                )
            );
        }

        private void Call(Webhook webhook)
        {
            WebhookRequest request;
            try
            {
                request = WebhookRendering.Render(webhook, Scope());
            }
            catch (TemplateException e)
            {
                Leave(Output.Error, Detail.Of("code", e.Code));
                return;
            }
            Perform(webhook, EffectKind.Webhook, Encoding.UTF8.GetString(request.ToBytes()));
        }

        private void Perform(Element element, EffectKind kind, string request)
        {
            _effect = new EffectRequest(_run.Step + 1, element.Id, kind, request);
            _run = _run with { Phase = RunPhase.Performing, Due = null, Stoppable = false };
        }

        private void Settle(RunInput.Settled settled)
        {
            if (settled.Kept is { } kept)
            {
                _kept = JsonMerge.With(_facts.Kept, _run.Element, kept);
                _facts = _facts with { Kept = JsonMerge.Parse(_kept) };
            }
            if (settled.EndsRun)
                End(RunEnd.Complete, settled.Detail);
            else
            {
                Leave(settled.Output!, settled.Detail, settled.Reason);
                Enter();
            }
        }

        /// <summary>Answers true when the run must stop at a commit, because SQL has yet to compute what the next element may look at.</summary>
        private bool Change(UpdateProfile update)
        {
            ProfileUpdate change;
            try
            {
                change = ProfileUpdate.Render(update, Scope(), _facts);
            }
            catch (TemplateException e)
            {
                Leave(Output.Error, Detail.Of("code", e.Code));
                return false;
            }
            _changes.AddRange(change.Operations);
            _subscriptions = change.Subscriptions ?? _subscriptions;
            if (change.Overlay is { } fields)
                _facts = _facts with { Profile = _facts.Profile with { Fields = fields } };
            Leave(Output.Next);
            return change.Overlay is null && _end is null;
        }

        private TemplateScope Scope() => new(_facts, _run.Id.ToString(), _run.EnteredAt, at.Now);

        /// <summary>Leaves by an output: on to where it is linked now, or the run ends here.</summary>
        private void Leave(string output, string? detail = null, string? reason = null)
        {
            if (definition.Next(_run.Element, output) is { } next)
            {
                Record(output, detail);
                Stand(next);
                return;
            }
            var end = output == Output.Error ? RunEnd.Fail(reason ?? Detail.CodeOf(detail) ?? "error") : RunEnd.Complete;
            Record(output, detail, end);
            _end = end;
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

        private void End(RunEnd end, string? detail = null)
        {
            Record(null, detail, end);
            _end = end;
        }

        private void Record(string? output, string? detail, RunEnd? end = null)
        {
            _steps.Add(new TrailStep(_run.Step + 1, _run.Element, _run.ArrivedAt, at.Now, output, detail, end));
            _run = _run with { Step = _run.Step + 1, Hops = _run.Hops + 1 };
        }
    }
}
