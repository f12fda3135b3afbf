using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>
/// One batch of a partition: read, decided by the real <see cref="Admission"/> and <see cref="Interpreter"/>, and collected as
/// changes that nobody sees before they are committed.
/// </summary>
internal sealed class Batch
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly Ledger _ledger;
    private readonly Gate _gate;
    private readonly int _partition;
    private readonly BatchInstant _at;
    private readonly bool _looks;
    private readonly Dictionary<Guid, RunRow> _runs = [];
    private readonly Dictionary<string, EntryRow> _entries = [];
    private readonly Dictionary<string, Answer> _receipts = [];
    private readonly Dictionary<string, JsonElement> _profiles = [];

    /// <param name="wakes">How many that are due are taken; null when nothing is looked for.</param>
    /// <param name="known">When something is due next, as far as the owner knows.</param>
    public Batch(Ledger ledger, Gate gate, int partition, IReadOnlyList<Incoming> inputs, int? wakes, DateTimeOffset? known)
    {
        (_ledger, _gate, _partition, Inputs, _looks) = (ledger, gate, partition, inputs, wakes is not null);
        _at = new BatchInstant(
            ledger.Mutant == Mutant.FireEarly ? ledger.Clock.AddMilliseconds(5) : ledger.Clock,
            gate.Stopped
        );
        foreach (var input in inputs)
            switch (input)
            {
                case Incoming.Capture { Call: var call }:
                    Answers.Add((call, Admit(call)));
                    break;
                case Incoming.Outcome outcome:
                    Settle(outcome.Run, outcome.Settled);
                    break;
                case Incoming.Command command:
                    Obey(command);
                    break;
            }
        if (!gate.IsActive)
        {
            NextDue = null;
            return;
        }
        if (wakes is { } most)
        {
            Resume();
            Wake(most);
            Announce();
        }
        else
            Sooner(known);
        foreach (var run in _runs.Values.Where(r => r.End is null))
            Sooner(Real(run.State));
        if (Begun.Count > 0)
            Sooner(_at.Now + Lease);
    }

    public IReadOnlyList<Incoming> Inputs { get; }

    /// <summary>The batch has looked for what is due.</summary>
    public bool Looks => _looks;

    /// <summary>When to look again; null when nothing waits.</summary>
    public DateTimeOffset? NextDue { get; private set; }
    public List<Action> Changes { get; } = [];
    public List<(Call Call, Answer Answer)> Answers { get; } = [];

    /// <summary>Attempts that may begin once this is committed.</summary>
    public List<(Guid Run, int Step)> Begun { get; } = [];

    private Definition Definition => _ledger.Revisions[_gate.Revision];

    private Answer Admit(Call call)
    {
        if (
            _ledger.Mutant != Mutant.ForgetReceipt
            && (_receipts.TryGetValue(call.Key, out var receipt) || _ledger.Receipts.TryGetValue(call.Key, out receipt))
        )
        {
            _ledger.Happened("replayed");
            return receipt;
        }
        var entry = Entry(call.Profile);
        var admission = _gate.IsActive
            ? Admission.Decide(_ledger.Settings, new EntryMemory(entry.Entries, entry.Open, null, []), _at.Now)
            : new Admission(DeclineReason.Inactive, false);
        Answer answer;
        if (admission.Declined is { } reason)
        {
            answer = new Answer(null, reason);
            Count(new Count("", "declined", reason), 1);
            Changes.Add(() => _ledger.Facts.Add(new Fact.Captured(call.Profile, answer)));
        }
        else
        {
            if (admission.Restarts)
                foreach (var open in entry.Open)
                    Move(open, new RunInput.Removed(LeftReason.Restarted));
            answer = new Answer(Begin(call.Profile), null);
        }
        _receipts[call.Key] = answer;
        Changes.Add(() => _ledger.Receipts[call.Key] = answer);
        return answer;
    }

    private Guid Begin(string profile)
    {
        var id = _ledger.NextId();
        _runs[id] = new RunRow(
            RunState.Begin(id, profile, Definition.StartId, _at.Now, _gate.Revision, 0, _at.Stopped),
            _gate.Generation,
            null,
            null,
            []
        );
        var entry = Entry(profile);
        Remember(profile, entry with { Entries = entry.Entries + 1, Open = [.. entry.Open, id] });
        Changes.Add(() => _ledger.Facts.Add(new Fact.Captured(profile, new Answer(id, null))));
        Move(id, new RunInput.Captured());
        return id;
    }

    private void Obey(Incoming.Command command)
    {
        if (Run(command.Run) is not { End: null } run || run.Generation != _gate.Generation)
            return;
        if (_gate.IsActive || command.Input is RunInput.Removed)
            Move(command.Run, command.Input);
    }

    private void Settle(Guid id, RunInput.Settled settled)
    {
        if (Run(id) is not { End: null } run || !IsAlive(run))
        {
            Changes.Add(() => _ledger.Effects.Remove((id, settled.Step)));
            return;
        }
        if (settled is { Output: null, EndsRun: false })
        {
            Sooner(_at.Now);
            Changes.Add(() => Change(id, settled.Step, row => row with { Due = _at.Now }));
        }
        else if (!_gate.IsActive)
            Changes.Add(() => Change(id, settled.Step, row => row with { Outcome = settled, Due = _at.Now }));
        else
            Move(id, settled);
    }

    private void Change(Guid run, int step, Func<EffectRow, EffectRow> how)
    {
        if (_ledger.Effects.TryGetValue((run, step), out var row))
            _ledger.Effects[(run, step)] = how(row);
    }

    /// <summary>Outcomes that were kept while frozen, and attempts that nobody has answered.</summary>
    private void Resume()
    {
        foreach (var ((id, step), row) in _ledger.Effects)
        {
            if (
                Run(id) is not { End: null } run
                || !IsAlive(run)
                || _ledger.PartitionOf(run.State.ProfileId) != _partition
                || row.Due > _at.Now
            )
                continue;
            if (row.Outcome is { } outcome)
            {
                _ledger.Happened("kept outcome applied");
                Move(id, outcome);
            }
            else if (run.State.Phase == RunPhase.Performing && run.State.Step + 1 == step)
            {
                _ledger.Happened("attempt repeated");
                Begin(id, step, row.Attempt + 1);
            }
        }
    }

    private void Begin(Guid id, int step, int attempt)
    {
        Begun.Add((id, step));
        Changes.Add(() => _ledger.Effects[(id, step)] = new EffectRow(attempt, _gate.Generation, _at.Now + Lease, null));
    }

    private void Wake(int most)
    {
        var due = Untouched()
            .Where(r => Real(r.State) <= _at.Now)
            .Where(r => _ledger.Mutant != Mutant.LoseWake || r.State.Step % 2 == 0)
            .OrderBy(r => r.State.Due)
            .Take(most)
            .Select(r => r.State.Id)
            .ToList();
        foreach (var id in due)
            Move(id, new RunInput.Due());
        if (due.Count == most)
            Sooner(_at.Now);
    }

    /// <summary>What this look has not found it announces: everything that is due after the instant by which it looked.</summary>
    private void Announce()
    {
        var looked = _ledger.Mutant == Mutant.TwoClocks ? _at.Now.AddMilliseconds(2) : _at.Now;
        foreach (var run in Untouched().Where(r => Real(r.State) > looked))
            Sooner(Real(run.State));
        foreach (var ((id, _), row) in _ledger.Effects)
            if (
                row.Due > looked
                && Run(id) is { End: null } run
                && IsAlive(run)
                && _ledger.PartitionOf(run.State.ProfileId) == _partition
            )
                Sooner(row.Due);
    }

    private IEnumerable<RunRow> Untouched() =>
        _ledger.Runs.Values.Where(r =>
            r.End is null
            && r.State.Due is not null
            && IsAlive(r)
            && _ledger.PartitionOf(r.State.ProfileId) == _partition
            && !_runs.ContainsKey(r.State.Id)
        );

    private DateTimeOffset? Real(RunState run) => run.Stoppable ? run.Due + _at.Stopped : run.Due;

    private void Sooner(DateTimeOffset? due)
    {
        if (due is { } instant && !(NextDue < instant))
            NextDue = instant;
    }

    private void Move(Guid id, RunInput input)
    {
        if (Run(id) is not { End: null } run)
            return;
        var isNew = input is RunInput.Captured;
        var transition = Interpreter.Advance(Definition, _gate.Revision, run.State, input, FactsOf(run), _at);
        if (transition is null)
        {
            _ledger.Happened("input ignored");
            return;
        }
        if (transition.Steps.Count == 0)
            _ledger.Happened("wait recomputed");
        var profile = run.State.ProfileId;
        Counting.Add(isNew ? null : run.State.Element, transition, Count, (element, n) =>
        {
            if (_ledger.Mutant != Mutant.SkipCounter || n > 0 || run.State.Step % 3 != 1)
                Changes.Add(() => _ledger.Stand(run.Generation, element, n));
        });
        foreach (var change in transition.Changes)
        {
            var operation = JsonMerge.Parse(change);
            _profiles[profile] = FieldOperations.Apply(Fields(profile), operation);
            Changes.Add(() =>
                _ledger.Profiles[profile] = FieldOperations.Apply(
                    _ledger.Profiles.GetValueOrDefault(profile, Facts.NoJson),
                    operation
                )
            );
        }
        var after = _runs[id] = run with
        {
            State = transition.Run ?? run.State with { Step = run.State.Step + transition.Steps.Count },
            End = transition.End,
            Kept = transition.Kept ?? run.Kept,
        };
        Changes.Add(() =>
            _ledger.Runs[id] = after with
            {
                Trail =
                [
                    .. _ledger.Runs.GetValueOrDefault(id)?.Trail ?? [],
                    .. transition.Steps.Select(step => new CommittedStep(step, run.State, _ledger.Gate, _ledger.Clock)),
                ],
            }
        );
        if (run.State.Phase == RunPhase.Performing)
            Changes.Add(() => _ledger.Effects.Remove((id, run.State.Step + 1)));
        if (transition.Effect is { } effect)
            Begin(id, effect.Step, 1);
        if (transition.End is not { } end)
            return;
        var entry = Entry(profile);
        Remember(profile, entry with { Open = [.. entry.Open.Where(o => o != id)] });
        Changes.Add(() => _ledger.Facts.Add(new Fact.Ended(profile, id, end)));
    }

    private Facts FactsOf(RunRow run) =>
        new(
            1,
            12,
            "UTC",
            "UTC",
            new ProfileFacts(
                run.State.ProfileId,
                null,
                null,
                null,
                Fields(run.State.ProfileId),
                Facts.NoJson,
                _at.Now,
                _at.Now
            ),
            Facts.NoJson,
            run.Kept is null ? Facts.NoJson : JsonMerge.Parse(run.Kept),
            NoHistories,
            NoFields
        );

    private static readonly Dictionary<int, ScenarioHistory> NoHistories = [];
    private static readonly DatabaseFields NoFields = new([new("visits", FieldType.Number)]);

    private JsonElement Fields(string profile) =>
        _profiles.TryGetValue(profile, out var known) ? known : _ledger.Profiles.GetValueOrDefault(profile, Facts.NoJson);

    private bool IsAlive(RunRow run) => run.Generation == _gate.Generation || _ledger.Mutant == Mutant.ForgetGeneration;

    private RunRow? Run(Guid id) => _runs.TryGetValue(id, out var run) ? run : _ledger.Runs.GetValueOrDefault(id);

    /// <summary>Open runs of an ended generation have ended with it.</summary>
    private EntryRow Entry(string profile)
    {
        if (_entries.TryGetValue(profile, out var known))
            return known;
        var row = _ledger.Entries.GetValueOrDefault(profile) ?? new EntryRow(0, [], _gate.Generation);
        return row.Generation == _gate.Generation || _ledger.Mutant == Mutant.ForgetGeneration
            ? row
            : row with
            {
                Open = [],
                Generation = _gate.Generation,
            };
    }

    private void Remember(string profile, EntryRow entry)
    {
        _entries[profile] = entry;
        Changes.Add(() => _ledger.Entries[profile] = entry);
    }

    private void Count(Count count, int n) => Changes.Add(() => _ledger.Add(count, n));
}
