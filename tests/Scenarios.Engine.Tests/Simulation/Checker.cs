using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>
/// Looks at the rows after each action, and throws a <see cref="Violation"/> for the first invariant that does not hold.
/// </summary>
internal sealed class Checker(Ledger ledger, IReadOnlyList<IReadOnlyDictionary<string, TimeSpan>> waits)
{
    private readonly ReentryModel _model = new(ledger.Settings.ReentryMode);
    private readonly Dictionary<Guid, int> _walked = [];
    private readonly Dictionary<Count, int> _stepped = [],
        _standing = [];
    private readonly Dictionary<string, int> _live = [];
    private int _heard,
        _seen;

    public void Look(IReadOnlyList<Call> calls)
    {
        if (_seen != ledger.Version)
        {
            _seen = ledger.Version;
            foreach (var (id, run) in ledger.Runs)
                Walk(id, run);
            for (; _heard < ledger.Facts.Count; _heard++)
                _model.Hear(ledger.Facts[_heard]);
            Clears();
            Recount();
        }
        foreach (var call in calls)
            Answered(call);
    }

    /// <summary>A1 and A3: what was answered is there, and each key has one answer.</summary>
    private void Answered(Call call)
    {
        if (call.Answers.Count == 0)
            return;
        Must("A3", call.Answers.All(a => a == call.Answers[0]), $"{call.Key} was answered differently");
        if (call.Answers[0].Run is not { } id)
            return;
        Must(
            "A1",
            ledger.Runs.TryGetValue(id, out var run) && run.State.ProfileId == call.Profile,
            $"{call.Key} was accepted, and {id} is not there"
        );
        Must(
            "A1",
            run!.Trail.Count > 0 && run.Trail[0].Step.Element == Definition.StartId,
            $"{id} does not begin at its start"
        );
    }

    /// <summary>A6, R2, R3, W1, F1: the steps that are new since the last look.</summary>
    private void Walk(Guid id, RunRow run)
    {
        for (var i = _walked.GetValueOrDefault(id); i < run.Trail.Count; i++)
        {
            var (step, from, gate, committedAt) = run.Trail[i];
            Must("A6", step.Step == i + 1, $"step {step.Step} of {id} stands at place {i + 1}");
            Must("R2", i == 0 || run.Trail[i - 1].Step.End is null, $"{id} went on after its end");
            Must(
                "F1",
                gate.IsActive || step.End is { Reason: LeftReason.Removed },
                $"{id} took step {step.Step} while inactive"
            );
            Must(
                "C1",
                run.Generation == gate.Generation,
                $"{id} of generation {run.Generation} took a step in generation {gate.Generation}"
            );
            Must(
                "W1",
                step.LeftAt <= committedAt,
                $"step {step.Step} of {id} was left at {step.LeftAt:O}, after its commit at {committedAt:O}"
            );
            if (step is { Output: Output.Next, Detail: null } && waits[gate.Revision].TryGetValue(step.Element, out var length))
                Must(
                    "W1",
                    committedAt >= step.At + length + gate.Stopped - from.StoppedAtArrival,
                    $"{id} left {step.Element} at {committedAt:O}, having come at {step.At:O}"
                );
            Follows(id, run, i, ledger.Revisions[gate.Revision]);
            Count(step);
        }
        _walked[id] = run.Trail.Count;
        Must(
            "A6",
            run.State.Step == run.Trail.Count,
            $"{id} stands behind step {run.State.Step}, its trail has {run.Trail.Count}"
        );
        Must("R2", run.End == (run.Trail.Count > 0 ? run.Trail[^1].Step.End : null), $"{id} and its trail end differently");
    }

    private static void Follows(Guid id, RunRow run, int i, Definition definition)
    {
        var step = run.Trail[i].Step;
        var next =
            i + 1 < run.Trail.Count ? run.Trail[i + 1].Step.Element
            : run.End is null ? run.State.Element
            : null;
        if (step.Output is { } output)
            Must(
                "R2",
                definition.Next(step.Element, output) == next,
                $"{id} went from {step.Element} by {output} to {next ?? "its end"}, where no link led"
            );
        else
            Must("R2", step.End is not null || step.Detail is not null, $"{id} left {step.Element} by nothing");
    }

    /// <summary>C1 and A4: those inside are exactly those that the model has inside.</summary>
    private void Clears()
    {
        var inside = ledger.Runs.Where(r => ledger.IsOpen(r.Value)).Select(r => r.Key).ToHashSet();
        Must(
            "C1",
            inside.SetEquals(_model.Open),
            $"inside are [{string.Join(' ', inside)}], the model has [{string.Join(' ', _model.Open)}]"
        );
    }

    /// <summary>R1 and N1: the counters against the rows. Steps stay as they are, so each is added up once.</summary>
    private void Recount()
    {
        _live.Clear();
        _standing.Clear();
        foreach (var run in ledger.Runs.Values)
        {
            Add(_standing, new Count("", "entered", ""));
            if (run.End is null)
                Add(_standing, new Count(run.State.Element, "entered", ""));
            if (ledger.IsOpen(run))
                _live[run.State.Element] = _live.GetValueOrDefault(run.State.Element) + 1;
            else if (run.End is { } end)
                Add(_standing, Ended(end));
            else
            {
                var with = ledger.EndedGenerations[run.Generation];
                Add(_standing, new Count(run.State.Element, "ended", with.CountedAs));
                Add(_standing, Ended(with));
            }
        }
        foreach (var (element, n) in ledger.Live)
            Must(
                "N1",
                _live.GetValueOrDefault(element) == n,
                $"{n} are counted at {element}, {_live.GetValueOrDefault(element)} stand there"
            );
        foreach (var (element, n) in _live)
            Must("N1", ledger.Live.ContainsKey(element), $"{n} stand at {element}, and nobody counts them");
        foreach (var (count, n) in ledger.Periods)
            Must(
                "R1",
                count.Kind == "declined" || n == _stepped.GetValueOrDefault(count) + _standing.GetValueOrDefault(count),
                $"{count} is {n}, the rows say {_stepped.GetValueOrDefault(count)} and {_standing.GetValueOrDefault(count)}"
            );
        foreach (var count in _stepped.Keys)
            Must("R1", ledger.Periods.ContainsKey(count), $"{count} is not counted");
        foreach (var count in _standing.Keys)
            Must("R1", ledger.Periods.ContainsKey(count), $"{count} is not counted");
    }

    private void Count(TrailStep step)
    {
        Add(_stepped, new Count(step.Element, "entered", ""));
        Add(
            _stepped,
            step.Output is { } output
                ? new Count(step.Element, "left", output)
                : new Count(step.Element, "ended", step.End?.CountedAs ?? "moved")
        );
        if (step is { Output: Output.Error, End: null })
            Add(_stepped, new Count("", "error", step.Element));
    }

    private static Count Ended(RunEnd end) =>
        end.State switch
        {
            EndState.Completed => new Count("", "completed", end.Goal ?? ""),
            EndState.Failed => new Count("", "failed", end.Reason!),
            EndState.Left => new Count("", "left", end.Reason!),
        };

    private static void Add(Dictionary<Count, int> counts, Count count) => counts[count] = counts.GetValueOrDefault(count) + 1;

    /// <summary>E2: nothing is sent whose step is not there.</summary>
    public void Sent(Guid id, int step) =>
        Must(
            "E2",
            ledger.Runs.TryGetValue(id, out var run) && run.State.Step + 1 >= step,
            $"step {step} of {id} was sent and never committed"
        );

    /// <summary>W3 and A1, after everybody had time enough: nobody is stuck, and nobody was left without an answer.</summary>
    public void Rest(IReadOnlyList<Call> calls)
    {
        foreach (var run in ledger.Runs.Values)
            Must(
                "W3",
                !ledger.IsOpen(run),
                $"{run.State.Id} is stuck at {run.State.Element}, {run.State.Phase}, due {run.State.Due:O}, now {ledger.Clock:O}"
            );
        foreach (var call in calls)
            Must("A1", call.Answers.Count > 0, $"{call.Key} has no answer");
        Must("N1", ledger.Live.Count == 0, "somebody is counted where nobody stands");
    }

    private static void Must(
        string invariant,
        bool holds,
        [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("holds")] ref What what
    )
    {
        if (!holds)
            throw new Violation(invariant, what.ToString());
    }

    private static void Must(string invariant, bool holds, string what)
    {
        if (!holds)
            throw new Violation(invariant, what);
    }

    /// <summary>Formats only what went wrong: a million histories look at a thousand million facts.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    private ref struct What
    {
        private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _text;

        public What(int literalLength, int formattedCount, bool holds, out bool shouldAppend)
        {
            shouldAppend = !holds;
            _text = holds
                ? default
                : new System.Runtime.CompilerServices.DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

        public override string ToString() => _text.ToStringAndClear();
    }
}
