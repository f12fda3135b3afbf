using System.Text.Json;
using CsCheck;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Definitions;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>What must hold for any definition and any sequence of inputs, edits, clocks and freezes.</summary>
public class InterpreterProperties
{
    /// <summary>Something that happens; the numbers choose among what is possible then.</summary>
    private sealed record Act(int Kind, int A, int B);

    private static readonly Gen<Act[]> Acts = Gen.Select(Gen.Int[0, 19], Gen.Int[0, 1000], Gen.Int[0, 1000], (kind, a, b) =>
        new Act(kind, a, b)
    ).Array[0, 40];

    private static readonly string[] Outputs = [Output.Success, Output.Error, Output.Declined];

    private static readonly string[] Profiles =
    [
        "{}",
        "{'visits': 2, 'tier': 'gold'}",
        "{'born': '2026-11-24', 'expires': '2026-11-25T00:00:00Z', 'tags': ['gold']}",
        "{'born': 'nonsense', 'tier': 'soon'}",
    ];

    /// <summary>
    /// Scenarios drawn at random, each lived through once; <c>./test simulate</c> takes a tenth of its histories of them.
    /// </summary>
    private static readonly int Lives = int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_LIVES"), out var wanted)
        ? wanted
        : 4_000;

    [Fact]
    public void Any_sequence_of_inputs_is_a_legal_life() =>
        Gen.Select(AnyDefinition.Revisions, Acts).Sample((revisions, acts) => new Life(revisions).Live(acts), iter: Lives);

    /// <summary>An input with all that was read for it.</summary>
    private sealed record Recorded(int Revision, RunInput Input, Facts Facts, BatchInstant At);

    /// <summary>Plays one life and holds each transition against the rules.</summary>
    private sealed class Life(Definition[] revisions)
    {
        private const int Generation = 1;

        private readonly Tally _tally = new();
        private readonly Dictionary<Count, int> _recount = [];
        private readonly List<TrailStep> _trail = [];
        private readonly List<Recorded> _recorded = [];
        private int _revision;
        private static readonly RunState Beginning = RunState.Begin(
            Guid.Parse("0198c5d0-0000-7000-8000-000000000001"),
            "p1",
            Definition.StartId,
            Journey.Monday,
            0,
            0,
            TimeSpan.Zero
        );
        private RunState _run = Beginning;
        private bool _begun;
        private RunEnd? _end;
        private DateTimeOffset _now = Journey.Monday;
        private TimeSpan _stopped;
        private Facts _facts = Journey.Of("start").Known with { Content = Reading.Parsed("{'n': 1}") };

        public void Live(Act[] acts)
        {
            Give(new RunInput.Captured());
            foreach (var act in acts)
            {
                if (_end is not null)
                    break;
                Do(act);
            }
            Assert.Equal(1, _tally.Counts[new Count("", "entered", "")]);
            Assert.Equal(
                _end is null ? 0 : 1,
                _tally.Counts.Where(c => c.Key is { Element: "", Kind: "completed" or "failed" or "left" }).Sum(c => c.Value)
            );
            Assert.Equal(_trail.Count, JsonDocument.Parse(Trail.Write(_trail)).RootElement.GetArrayLength());
            Fold();
        }

        /// <summary>
        /// R6: what was recorded, told to a new run that has been through nothing, comes to the same state, the same trail and
        /// the same end.
        /// </summary>
        private void Fold()
        {
            var (run, end, trail) = (Beginning, (RunEnd?)null, new List<TrailStep>());
            foreach (var (revision, input, facts, at) in _recorded)
            {
                // As a row gives it back, and not the object that the first time left behind.
                var stored = JsonSerializer.Deserialize<RunState>(JsonSerializer.Serialize(run))!;
                if (Interpreter.Advance(revisions[revision], revision, stored, input, facts, at) is not { } transition)
                    continue;
                trail.AddRange(transition.Steps);
                (run, end) = (transition.Run ?? run, transition.End);
            }
            Assert.Equal((_run, _end), (run, end));
            Assert.Equal(_trail, trail);
        }

        private void Do(Act act)
        {
            switch (act.Kind)
            {
                case 0:
                    _revision = Math.Min(_revision + 1, revisions.Length - 1);
                    break;
                case 1:
                    _facts = _facts with
                    {
                        Profile = _facts.Profile with { Fields = Reading.Parsed(Profiles[act.A % Profiles.Length]) },
                    };
                    break;
                case 2:
                    _stopped += TimeSpan.FromMinutes(act.A);
                    _now += TimeSpan.FromMinutes(act.A);
                    break;
                case 3 or 4:
                    _now += TimeSpan.FromMinutes(act.A * 4);
                    break;
                case 5:
                    Give(new RunInput.Captured());
                    break;
                case 6:
                    Give(new RunInput.Reconsidered());
                    break;
                case 7:
                    Give(
                        new RunInput.Released(
                            act.A % 3 == 0
                                ? revisions[_revision].Find(_run.Element)?.Outputs.ElementAtOrDefault(act.B % 3)
                                : null
                        )
                    );
                    break;
                case 8:
                    Give(new RunInput.Postponed(_now.AddMinutes(act.A - 200).AddTicks(act.B)));
                    break;
                case 9:
                    Give(new RunInput.Moved(AnyDefinition.Ids[act.A % AnyDefinition.Ids.Length]));
                    break;
                case 10 when act.A % 5 == 0:
                    Give(new RunInput.Removed(LeftReason.Removed));
                    break;
                case 11 when act.A % 5 == 0:
                    Give(new RunInput.Failed("unstorable"));
                    break;
                case 12 or 13 or 14:
                    Settle(act);
                    break;
                default:
                    if (act.A % 2 == 0 && _run.Due is { } due)
                        _now = Later(_now, _run.Stoppable ? due + _stopped : due);
                    Give(new RunInput.Due());
                    break;
            }
        }

        private void Settle(Act act)
        {
            var settled = new RunInput.Settled(
                _run.Step + 1 - (act.A % 4 == 0 ? 1 : 0),
                act.B % 7 == 0 ? null : Outputs[act.B % 3],
                act.A % 9 == 0,
                "http500",
                """{"code":"http500"}""",
                act.A % 2 == 0 ? """{"k":1}""" : null
            );
            if (Give(settled) is { } && _end is null)
                Assert.Null(Give(settled));
        }

        private Transition? Give(RunInput input)
        {
            var (definition, at, before) = (revisions[_revision], new BatchInstant(_now, _stopped), _run);
            _recorded.Add(new Recorded(_revision, input, _facts, at));
            var transition = Interpreter.Advance(definition, _revision, before, input, _facts, at);
            Assert.Equal(
                JsonSerializer.Serialize(transition),
                JsonSerializer.Serialize(Interpreter.Advance(definition, _revision, before, input, _facts, at))
            );
            if (transition is null)
                return null;

            Legality.Check(definition, before, transition, at);
            Counting.Add(_tally, Generation, _begun ? before.Element : null, transition);
            _begun = true;
            _trail.AddRange(transition.Steps);
            _run = transition.Run ?? _run;
            _end = transition.End;
            if (transition.Kept is { } kept)
                _facts = _facts with { Kept = JsonMerge.Parse(kept) };
            var fields = _facts.Profile.Fields;
            foreach (var change in transition.Changes)
                fields = FieldOperations.Apply(fields, JsonMerge.Parse(change));
            _facts = _facts with
            {
                Profile = _facts.Profile with
                {
                    Fields = fields,
                    Subscriptions = transition.Subscriptions is { } s ? JsonMerge.Parse(s) : _facts.Profile.Subscriptions,
                },
            };
            Recount();
            return transition;
        }

        /// <summary>What the trail says, against what was added up.</summary>
        private void Recount()
        {
            Assert.Equal(Enumerable.Range(1, _trail.Count), _trail.Select(s => s.Step));
            _recount.Clear();
            foreach (var step in _trail)
            {
                Add(new Count(step.Element, "entered", ""));
                Add(
                    step.Output is { } output
                        ? new Count(step.Element, "left", output)
                        : new Count(step.Element, "ended", step.End?.CountedAs ?? "moved")
                );
            }
            if (_end is null)
                Add(new Count(_run.Element, "entered", ""));
            Assert.Equal(Sorted(_recount), Sorted(_tally.Counts.Where(c => c.Key.Element.Length > 0)));
            Assert.Equal(
                _end is null ? [_run.Element] : [],
                _tally.Live.Where(l => l.Value != 0).Select(l => l.Value == 1 ? l.Key.Element : $"{l.Key.Element} {l.Value}")
            );
        }

        private void Add(Count count) => _recount[count] = _recount.GetValueOrDefault(count) + 1;

        private static IEnumerable<string> Sorted(IEnumerable<KeyValuePair<Count, int>> counts) =>
            counts.Select(c => c.ToString()).Order(StringComparer.Ordinal);

        private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
    }
}
