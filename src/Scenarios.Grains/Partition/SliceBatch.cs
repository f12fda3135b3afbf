using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

// Why this file is the way it is.
//
// A batch is everything that waited for one slice: captures, commands, outcomes of effects, and the waits that are due.
// It is decided in three steps, and may be decided again from the start, under a newer gate or in a smaller company, as
// often as it takes until a commit succeeds:
//
//   Plan     says what has to be read,
//   Decide   takes the inputs one after the other, each seeing what those before it did, and collects one write,
//   the lane commits it together with other slices' writes and tells the slice, which then answers.
//
// Nothing here outlives the batch but the inputs: working copies of runs and memories are made anew by each Decide, so a
// failed commit leaves no trace. An exception on the way of one run fails that run and no other.
//
// The file is long because it is one decision: what each kind of input does to runs, memories, effects and counts, in one place.

/// <summary>The inputs of one slice that travel together, and what they come to.</summary>
internal sealed class SliceBatch(
    Slice slice,
    IReadOnlyList<SliceInput> inputs,
    int wakes,
    ScenarioSnapshot scenario,
    PartitionOptions options
)
{
    private readonly ScenarioSnapshot _snapshot = scenario;
    private readonly Dictionary<Guid, WorkingRun> _runs = [];
    private readonly Dictionary<string, WorkingEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReceiptRow> _receipts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _createdProfiles = new(StringComparer.Ordinal);
    private SliceRead _read = null!;
    private BatchInstant _at;
    private int _credit;

    public Slice Slice => slice;
    public IReadOnlyList<SliceInput> Inputs => inputs;
    public ScenarioSnapshot Scenario => _snapshot;
    public int Wakes => wakes;
    public LedgerWrite Write { get; private set; } = null!;

    /// <summary>Attempts that begin with this commit, to be handed out after it.</summary>
    public List<EffectRow> Begun { get; } = [];

    /// <summary>Attempts that a former owner had under way, to be handed out again after the commit, which proves the gate.</summary>
    public List<EffectRow> Adopted { get; } = [];

    /// <summary>This batch takes over what a former owner had under way.</summary>
    public bool Adopts { get; private set; }

    /// <summary>Outcomes that came while the gate was closed, found again: inputs of the next batch.</summary>
    public List<SettledInput> Remembered { get; } = [];

    /// <summary>When to look again; null when nothing waits.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    /// <summary>Waits taken, with how late each was.</summary>
    public List<TimeSpan> Lateness { get; } = [];

    /// <summary>More was due than was taken.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Where the scan of due waits has come to; valid once committed.</summary>
    public (DateTimeOffset Fixed, DateTimeOffset Stoppable)? Scanned { get; private set; }

    /// <summary>What a batch with one poisoned input does to it instead.</summary>
    public bool IsPoisoned { get; init; }

    /// <summary>The same inputs, to be decided from the start.</summary>
    public SliceBatch Again(ScenarioSnapshot? newer = null) =>
        new(slice, inputs, wakes, newer ?? _snapshot, options) { IsPoisoned = IsPoisoned };

    /// <summary>Smaller batches that together are this one; the last one, alone, fails its input instead. Null when even that cannot be stored.</summary>
    public IReadOnlyList<SliceBatch>? Divided() =>
        (inputs.Count, wakes) switch
        {
            (> 0, > 0) => [With(inputs, 0), With([], wakes)],
            (> 1, _) => [With([.. inputs.Take(inputs.Count / 2)], 0), With([.. inputs.Skip(inputs.Count / 2)], 0)],
            (1, _) when inputs[0] is ReconsiderInput { Runs.Count: > 1 } page =>
            [
                .. page.Halves().Select(half => With([half], 0)),
            ],
            (0, > 1) => [With([], wakes / 2)],
            _ => IsPoisoned ? null : [new SliceBatch(slice, inputs, wakes, _snapshot, options) { IsPoisoned = true }],
        };

    private SliceBatch With(IReadOnlyList<SliceInput> some, int someWakes) => new(slice, some, someWakes, _snapshot, options);

    /// <param name="estimate">About what the database's clock shows.</param>
    public SliceRead Plan(DateTimeOffset estimate)
    {
        var definition = _snapshot.Definition;
        _read = new SliceRead(slice.Key, _snapshot.Database)
        {
            Stopped = _snapshot.Stopped,
            WithProfiles =
                definition is { ReadsProfile: true } || definition?.Elements.Any(e => e.Type == ElementType.Goto) == true,
            WithOpenRuns = _snapshot.Settings.ReentryMode == ReentryMode.Restart || inputs.Any(i => i is ForgetInput),
            ScenariosAsked = definition?.ScenariosAsked ?? [],
        };
        foreach (var input in inputs)
            switch (input)
            {
                case CaptureInput { Capture: var capture }:
                    _read.Profiles.Add(capture.ProfileId);
                    if (capture.Key is { } key)
                        _read.Keys.Add(key);
                    break;
                case CommandInput { Command: var command }:
                    _read.Runs.Add(command.RunId);
                    break;
                case BulkInput { Page: var page }:
                    _read.Runs.UnionWith(page.Runs);
                    _read.Keys.Add(page.Key);
                    break;
                case SettledInput { Effect: var effect }:
                    _read.Runs.Add(effect.RunId);
                    break;
                case ReconsiderInput { Runs: var runs }:
                    _read.Runs.UnionWith(runs);
                    break;
                case ForgetInput { Profile: var profile }:
                    _read.Profiles.Add(profile);
                    break;
            }
        if (!_snapshot.IsRunning || _snapshot.Definition is null)
            return _read;
        _read.AdoptsEffects = Adopts = !slice.HasAdopted;
        if (wakes > 0 || Settled > 0)
            _read.EffectCredit = Credit;
        if (wakes > 0)
            AddRanges(estimate);
        return _read;
    }

    private int Settled => inputs.Count(i => i is SettledInput);

    /// <summary>Attempts that may begin: those that have ended with this batch make room, or nobody would think of the ones that wait.</summary>
    private int Credit => Math.Max(0, options.EffectsUnderWay - slice.EffectsUnderWay + Settled);

    /// <summary>Those overdue when the scenario was activated leave at a rate; all others as soon as they are due.</summary>
    private void AddRanges(DateTimeOffset estimate)
    {
        var (from, fromStoppable) = slice.Watermark;
        if (_snapshot.ResumedAt is { } resumedAt && slice.Resumed < slice.Overdue)
        {
            var allowed = Math.Min(slice.MayResume(_snapshot, estimate), wakes);
            if (allowed > 0)
            {
                _read.Ranges.Add(new DueRange(false, DateTimeOffset.MinValue, resumedAt, allowed));
                _read.Ranges.Add(new DueRange(true, DateTimeOffset.MinValue, resumedAt - _snapshot.Stopped, allowed));
            }
            from = Later(from, resumedAt);
            fromStoppable = Later(fromStoppable, resumedAt - _snapshot.Stopped);
        }
        _read.Ranges.Add(new DueRange(false, from, null, wakes));
        _read.Ranges.Add(new DueRange(true, fromStoppable, null, wakes));
    }

    /// <summary>Takes every input, in order, and collects the write. The inputs' outcomes are set, not yet answered.</summary>
    public void Decide(DateTimeOffset now)
    {
        _at = new BatchInstant(now, _snapshot.Stopped);
        foreach (var effect in _read.EffectsUnderWay)
            if (effect.Generation == _snapshot.Generation && !slice.IsUnderWay(effect.RunId, effect.Step))
                Adopted.Add(effect);
        _credit = Math.Max(0, Credit - Adopted.Count);
        Write = new LedgerWrite(slice.Key, _snapshot.Database, _snapshot.Gate, slice.Ownership) { Now = now };
        foreach (var input in inputs.OfType<SettledInput>())
            Settle(input.Effect, input.Outcome);
        foreach (var effect in _read.Effects)
            Take(effect);
        foreach (var input in inputs)
            switch (input)
            {
                case CaptureInput capture:
                    capture.Outcome = Admit(capture.Capture);
                    break;
                case CommandInput command:
                    command.Outcome = Obey(command.Command);
                    break;
                case BulkInput bulk:
                    bulk.Outcome = Obey(bulk.Page);
                    break;
                case ReconsiderInput reconsider:
                    Reconsider(reconsider.Runs);
                    break;
                case ForgetInput forget:
                    Forget(forget.Profile);
                    break;
            }
        Wake();
        Collect();
    }

    private CaptureOutcome Admit(Capture capture)
    {
        if (capture.Key is { } key && Replay(key, capture.Hash!) is { } replay)
            return replay;
        if (IsPoisoned)
            return CaptureOutcome.Failed(RefusalCode.Unstorable);

        var profile = Profile(capture);
        var entry = Entry(capture.ProfileId);
        var declined = capture.Declined ?? Refusal(capture, profile);
        var admission = declined is null
            ? Admission.Decide(_snapshot.Settings, entry.Memory, _at.Now)
            : new Admission(declined, false);
        if (capture.Profile is { } change)
        {
            Write.Profiles.Add(
                new ProfileWrite(capture.ProfileId, Create: true, change.Head, change.Operations, change.Subscriptions)
            );
            _createdProfiles.Add(capture.ProfileId);
        }

        CaptureOutcome outcome;
        if (admission.Declined is { } reason)
        {
            Write.Count(new Count("", "declined", reason), 1);
            if (profile is not null || _createdProfiles.Contains(capture.ProfileId))
                entry.Declined(reason, _at.Now);
            outcome = CaptureOutcome.Declined(reason);
        }
        else
        {
            outcome = CaptureOutcome.Accepted(Begin(capture, profile!, entry, admission.Restarts));
        }
        if (capture.Key is { } used)
        {
            var receipt = new ReceiptRow(
                $"captures/{slice.Key.Scenario}",
                capture.Hash!,
                outcome.Result == CaptureResult.Accepted ? 201 : 200,
                outcome.Reason,
                outcome.Result == CaptureResult.Accepted ? outcome.RunId : null,
                _at.Now
            );
            _receipts[used] = receipt;
            Write.Receipts.Add((used, receipt));
        }
        return outcome;
    }

    /// <summary>The answer that the key was given before, if it still counts.</summary>
    private CaptureOutcome? Replay(string key, byte[] hash)
    {
        if (!_receipts.TryGetValue(key, out var receipt) && !_read.Receipts.TryGetValue(key, out receipt))
            return null;
        if (receipt.RunId is null && receipt.At < _at.Now - options.ReceiptsKept)
        {
            Write.ExpiredReceipts.Add(key);
            return null;
        }
        if (receipt.Route != $"captures/{slice.Key.Scenario}" || !receipt.Hash.AsSpan().SequenceEqual(hash))
            return CaptureOutcome.KeyReused;
        return receipt.RunId is { } run
            ? CaptureOutcome.Accepted(run, replayed: true)
            : CaptureOutcome.Declined(receipt.Answer!, replayed: true);
    }

    private string? Refusal(Capture capture, ProfileFacts? profile)
    {
        if (!_snapshot.IsOpen || _snapshot.Definition is null)
            return DeclineReason.Inactive;
        return _snapshot.Definition.Find(capture.Start ?? Definition.StartId) switch
        {
            ApiCall { Enabled: false } => DeclineReason.StartDisabled,
            { IsTrigger: true } => profile is null ? DeclineReason.ProfileNotFound : null,
            _ => DeclineReason.UnknownStart,
        };
    }

    /// <summary>The profile as it will be with this capture's own change; null when there is none.</summary>
    private ProfileFacts? Profile(Capture capture)
    {
        var known = _read.ProfileRows.GetValueOrDefault(capture.ProfileId);
        if (capture.Profile is { } change)
            _read.ProfileRows[capture.ProfileId] = known = ProfileOverlay.Apply(
                known ?? ProfileOverlay.Empty(capture.ProfileId, _at.Now),
                change.Head,
                change.Operations,
                change.Subscriptions
            );
        return known;
    }

    private Guid Begin(Capture capture, ProfileFacts profile, WorkingEntry entry, bool restarts)
    {
        var id = Guid.CreateVersion7(_at.Now);
        if (restarts)
            foreach (var open in entry.Open.ToArray())
                if (Run(open) is { } former)
                    Move(former, new RunInput.Removed(LeftReason.Restarted, Detail.Of("successor", id.ToString())));

        var start = capture.Start ?? Definition.StartId;
        var run = new WorkingRun(
            null,
            RunState.Begin(id, capture.ProfileId, start, _at.Now, _snapshot.Revision, capture.Depth, _snapshot.Stopped),
            _snapshot.Generation
        )
        {
            Profile = profile,
            Content = capture.Content,
            HasContent = capture.Content is not null,
        };
        _runs[id] = run;
        entry.Enter(id, _at.Now, _snapshot);
        Move(run, new RunInput.Captured());
        return id;
    }

    private RunOutcome Obey(RunCommand command)
    {
        if (IsPoisoned)
            return RunOutcome.Refused(RefusalCode.Unstorable);
        if (Run(command.RunId) is not { } run || run.State!.ProfileId != command.ProfileId)
            return RunOutcome.Refused(RefusalCode.RunNotFound);
        var outcome = Obey(run, command.Verb, command.Output, command.Until, command.To);
        if (outcome.Done && command.Actor is { } actor)
            Write.Audits.Add((command.RunId, actor.Name, Name<RunVerb>.Of(command.Verb)));
        return outcome;
    }

    /// <summary>A page is one commit with its receipt: asked again it answers as before, whatever its runs have done since.</summary>
    private BulkOutcome Obey(BulkPage page)
    {
        if (IsPoisoned)
            return page.Runs.Length == 1
                ? BulkOutcome.Skipping(1, RefusalCode.Unstorable)
                : BulkOutcome.Not(RefusalCode.Unstorable);
        if (_receipts.TryGetValue(page.Key, out var receipt) || _read.Receipts.TryGetValue(page.Key, out receipt))
            return JsonSerializer.Deserialize(receipt.Answer!, GrainsJson.Default.BulkOutcome)!;
        var touched = 0;
        var skipped = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in page.Runs)
        {
            var outcome =
                Run(id) is not { } run ? RunOutcome.Refused(RefusalCode.RunNotFound)
                : page.Element is not null && run.State!.Element != page.Element ? RunOutcome.Refused(RefusalCode.MovedOn)
                : Obey(run, page.Verb, null, page.Until, page.To);
            if (outcome.Done)
                touched++;
            else
                skipped[outcome.Code!] = skipped.GetValueOrDefault(outcome.Code!) + 1;
        }
        var answer = new BulkOutcome(touched, skipped);
        receipt = new ReceiptRow(
            $"runs/{slice.Key.Scenario}",
            [],
            200,
            JsonSerializer.Serialize(answer, GrainsJson.Default.BulkOutcome),
            null,
            _at.Now
        );
        _receipts[page.Key] = receipt;
        Write.Receipts.Add((page.Key, receipt));
        return answer;
    }

    private RunOutcome Obey(WorkingRun run, RunVerb verb, string? output, DateTimeOffset? until, string? to)
    {
        if (run.End is not null || run.Generation < _snapshot.Generation)
            return RunOutcome.Refused(RefusalCode.RunEnded);
        if (verb != RunVerb.Remove && !_snapshot.IsRunning)
            return RunOutcome.Refused(RefusalCode.Inactive);
        RunInput input = verb switch
        {
            RunVerb.Remove => new RunInput.Removed(output ?? LeftReason.Removed),
            RunVerb.Release => new RunInput.Released(output),
            RunVerb.Postpone => new RunInput.Postponed(until!.Value),
            RunVerb.Move => new RunInput.Moved(to!),
        };
        if (
            verb == RunVerb.Release
            && output is not null
            && _snapshot.Definition?.Find(run.State!.Element)?.Outputs.Contains(output) == false
        )
            return RunOutcome.Refused(RefusalCode.UnknownOutput);
        if (verb == RunVerb.Move && _snapshot.Definition?.Find(to!) is not { IsTrigger: false })
            return RunOutcome.Refused(RefusalCode.UnknownElement);
        return Move(run, input) ? RunOutcome.Ok : RunOutcome.Refused(RefusalCode.NotWaiting);
    }

    /// <summary>Waits are computed anew under the present graph and profile; runs whose element is gone end, or move where the save said.</summary>
    private void Reconsider(IReadOnlyList<Guid> runs)
    {
        if (!_snapshot.IsRunning)
            return;
        foreach (var id in runs)
            if (
                Run(id) is { End: null } run
                && run.Generation == _snapshot.Generation
                && run.State!.Phase != RunPhase.Performing
            )
                Move(
                    run,
                    IsPoisoned ? new RunInput.Failed("unstorable") : Relocated(run) ?? (RunInput)new RunInput.Reconsidered()
                );
    }

    /// <summary>The element where it stands was deleted by a save that named another one for its runs.</summary>
    private RunInput.Moved? Relocated(WorkingRun run) =>
        _snapshot.Definition?.Find(run.State!.Element) is null
        && _snapshot.MovedElements.TryGetValue(run.State!.Element, out var to)
            ? new RunInput.Moved(to)
            : null;

    private void Forget(string profile)
    {
        var entry = Entry(profile);
        foreach (var open in entry.Open.ToArray())
            if (Run(open) is { End: null } run)
                Move(run, new RunInput.Removed(LeftReason.ProfileDeleted));
        _entries.Remove(profile);
        Write.Forgotten.Add((profile, _read.Entries.GetValueOrDefault(profile)?.Open ?? []));
    }

    /// <summary>An outcome came: another attempt is due later, or the run moves on (at activation, when the gate is closed now).</summary>
    private void Settle(EffectRow effect, EffectOutcome outcome)
    {
        if (Run(effect.RunId) is not { End: null } run || run.Generation < _snapshot.Generation)
        {
            Write.SettledEffects.Add((effect.RunId, effect.Step));
            return;
        }
        if (outcome.Output is null && !outcome.EndsRun)
        {
            var due = _at.Now + (outcome.RetryAfter ?? TimeSpan.Zero);
            Write.ChangedEffects.Add(
                new EffectChange(effect.RunId, effect.Step, outcome.Unsent ? effect.Attempt - 1 : effect.Attempt, due, null)
            );
            Sooner(due);
            return;
        }
        if (!_snapshot.IsRunning)
        {
            Write.ChangedEffects.Add(
                new EffectChange(
                    effect.RunId,
                    effect.Step,
                    effect.Attempt,
                    _at.Now,
                    JsonSerializer.Serialize(outcome, GrainsJson.Default.EffectOutcome)
                )
            );
            return;
        }
        RunInput input = IsPoisoned
            ? new RunInput.Failed("unstorable")
            : Relocated(run)
                ?? (RunInput)
                    new RunInput.Settled(
                        effect.Step,
                        outcome.Output,
                        outcome.EndsRun,
                        outcome.Reason,
                        outcome.Detail,
                        outcome.Kept
                    );
        if (!Move(run, input))
            Write.SettledEffects.Add((effect.RunId, effect.Step));
    }

    /// <summary>An effect is due: its kept outcome is applied, or its next attempt begins with this commit.</summary>
    private void Take(EffectRow effect)
    {
        if (slice.IsUnderWay(effect.RunId, effect.Step))
            return;
        if (effect.Generation < _snapshot.Generation)
            Write.SettledEffects.Add((effect.RunId, effect.Step));
        else if (effect.Outcome is { } outcome)
            Remembered.Add(
                new SettledInput(
                    effect with
                    {
                        Outcome = null,
                    },
                    JsonSerializer.Deserialize(outcome, GrainsJson.Default.EffectOutcome)!
                )
            );
        else if (_credit > 0)
            Start(effect with { Attempt = effect.Attempt + 1 }, isNew: false);
        else
            HasMore = true;
    }

    private void Start(EffectRow effect, bool isNew)
    {
        _credit--;
        if (isNew)
            Write.NewEffects.Add((effect, DateTimeOffset.MaxValue));
        else
            Write.ChangedEffects.Add(
                new EffectChange(effect.RunId, effect.Step, effect.Attempt, DateTimeOffset.MaxValue, null)
            );
        Begun.Add(effect);
    }

    private void Wake()
    {
        if (_read.Ranges.Count == 0)
            return;
        var resuming = _read.Ranges.Count > 2;
        var late = resuming ? Oldest(_read.Due[0], _read.Due[1], _read.Ranges[0].Limit) : [];
        foreach (var row in late)
            if (WakeOne(row))
                Write.Resumed++;
        // Fewer than may leave: the others ended in another way, and nobody who was overdue is left.
        if (resuming && late.Count < _read.Ranges[0].Limit)
            Write.Resumed = (int)(slice.Overdue - slice.Resumed);
        var (fixedDue, stoppableDue) = (_read.Due[^2], _read.Due[^1]);
        foreach (var row in Oldest(fixedDue, stoppableDue, int.MaxValue))
            WakeOne(row);

        HasMore |= fixedDue.Count == wakes || stoppableDue.Count == wakes;
        Scanned = (
            fixedDue.Count == wakes
                ? fixedDue[^1].State.Due!.Value.AddMicroseconds(-1)
                : Later(_read.Ranges[^2].After, _at.Now),
            stoppableDue.Count == wakes
                ? stoppableDue[^1].State.Due!.Value.AddMicroseconds(-1)
                : Later(_read.Ranges[^1].After, _at.Now - _at.Stopped)
        );
        if (resuming || (_snapshot.ResumedAt is not null && slice.Resumed < slice.Overdue))
        {
            Scanned = null;
            Sooner(slice.NextResume(_snapshot, Write.Resumed, _at.Now));
        }
    }

    private static List<RunRow> Oldest(List<RunRow> first, List<RunRow> second, int limit) =>
        second.Count == 0 && first.Count <= limit ? first : [.. first.Concat(second).OrderBy(r => r.State.Due).Take(limit)];

    private bool WakeOne(RunRow row)
    {
        var due = row.State.Stoppable ? row.State.Due + _at.Stopped : row.State.Due;
        if (!_runs.TryGetValue(row.State.Id, out var run))
            run = Adopt(row);
        if (run.State is not { Phase: not RunPhase.Performing } || run.End is not null)
            return false;
        Lateness.Add(_at.Now - due!.Value);
        Move(run, IsPoisoned ? new RunInput.Failed("unstorable") : Relocated(run) ?? (RunInput)new RunInput.Due());
        return true;
    }

    /// <summary>Hands one input to the interpreter and notes what came of it. False when the input changed nothing.</summary>
    private bool Move(WorkingRun run, RunInput input)
    {
        Transition? transition;
        var before = run.IsNew && run.Steps.Count == 0 ? null : run.State!.Element;
        try
        {
            transition =
                _snapshot.Definition is { } definition || input is RunInput.Removed
                    ? Interpreter.Advance(
                        _snapshot.Definition ?? Definition.Empty,
                        _snapshot.Revision,
                        run.State!,
                        input,
                        FactsOf(run),
                        _at
                    )
                    : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            slice.Log.LogPoisoned(e, slice.Key, run.State!.Id, run.State.Element);
            transition = Interpreter.Advance(
                _snapshot.Definition!,
                _snapshot.Revision,
                run.State,
                new RunInput.Failed("internal"),
                NoFacts(run),
                _at
            );
        }
        if (transition is null)
            return false;

        if (run.State!.Phase == RunPhase.Performing && run.Effect is null)
            Write.SettledEffects.Add((run.State.Id, run.State.Step + 1));
        Counting.Add(before, transition, Write.Count, (element, n) => Write.Stand(run.Generation, element, n));
        run.Take(transition);
        if (transition.Changes.Count > 0 || transition.Subscriptions is not null)
            Write.Profiles.Add(
                new ProfileWrite(
                    run.State.ProfileId,
                    Create: false,
                    "{}",
                    "[" + string.Join(',', transition.Changes) + "]",
                    transition.Subscriptions
                )
            );
        if (transition.End is { } end)
            Leave(run, end);
        return true;
    }

    private void Leave(WorkingRun run, RunEnd end)
    {
        if (_entries.TryGetValue(run.State!.ProfileId, out var entry))
            entry.Leave(run.State.Id, end, _at.Now);
        else
            Write.EntryEnds.Add(
                new EntryEnd(
                    run.State.ProfileId,
                    run.State.Id,
                    end.State == EndState.Completed,
                    end.State == EndState.Failed,
                    _at.Now
                )
            );
    }

    private Facts FactsOf(WorkingRun run)
    {
        var profile = run.Profile ?? ProfileOverlay.Empty(run.State!.ProfileId, _at.Now);
        var histories = _snapshot.Definition?.ScenariosAsked is { Count: > 0 } asked
            ? asked.ToDictionary(
                n => n,
                n => _read.Histories.GetValueOrDefault((run.State!.ProfileId, n), ScenarioHistory.None)
            )
            : NoHistories;
        return new Facts(
            slice.Key.Tenant,
            slice.Key.Scenario,
            _snapshot.AccountZone,
            _snapshot.Settings.TimeZone ?? _snapshot.AccountZone,
            profile,
            run.Content is null ? Facts.NoJson : JsonMerge.Parse(run.Content),
            run.Kept is null ? Facts.NoJson : JsonMerge.Parse(run.Kept),
            histories,
            _snapshot.FieldTypes
        );
    }

    /// <summary>For a run that fails because of its facts.</summary>
    private Facts NoFacts(WorkingRun run) =>
        new(
            slice.Key.Tenant,
            slice.Key.Scenario,
            _snapshot.AccountZone,
            _snapshot.AccountZone,
            ProfileOverlay.Empty(run.State!.ProfileId, _at.Now),
            Facts.NoJson,
            Facts.NoJson,
            NoHistories,
            _snapshot.FieldTypes
        );

    private static readonly Dictionary<int, ScenarioHistory> NoHistories = [];

    private WorkingRun? Run(Guid id) =>
        _runs.TryGetValue(id, out var run) ? run
        : _read.RunRows.TryGetValue(id, out var row) ? Adopt(row)
        : null;

    private WorkingRun Adopt(RunRow row) =>
        _runs[row.State.Id] = new WorkingRun(row, row.State, row.Generation)
        {
            Profile = row.Profile,
            Content = row.Content,
            Kept = row.Kept,
            HasContent = row.HasContent,
        };

    private WorkingEntry Entry(string profile)
    {
        if (!_entries.TryGetValue(profile, out var entry))
            _entries[profile] = entry = new WorkingEntry(_read.Entries.GetValueOrDefault(profile), _snapshot);
        return entry;
    }

    /// <summary>What the inputs came to, as rows.</summary>
    private void Collect()
    {
        foreach (var run in _runs.Values)
        {
            if (run.Steps.Count > 0)
                Write.Trails.Add((run.State!.Id, run.Steps[0].Step, Trail.Write(run.Steps)));
            if (run.IsNew && run.Content is not null)
                Write.Data.Add((run.State!.Id, run.Content, run.Kept));
            else if (run.KeptChanged)
                Write.Data.Add((run.State!.Id, null, run.Kept));
            var row = new RunRow(run.Generation, run.State!, run.HasContent, run.Kept is not null);
            if (run.End is { } end)
                Write.Ended.Add(new EndedRun(row, end, _at.Now, WasStored: !run.IsNew));
            else if (run.IsNew)
                Write.Inserted.Add(row);
            else if (run.Changed)
                Write.Updated.Add(row);
            if (run.End is not null)
                continue;
            if (run.Effect is { } effect)
            {
                var order = new EffectRow(
                    run.State!.Id,
                    effect.Step,
                    run.State.ProfileId,
                    effect.Element,
                    Name<EffectKind>.Of(effect.Kind),
                    run.Generation,
                    1,
                    effect.Request,
                    null
                );
                if (_credit > 0)
                    Start(order, isNew: true);
                else
                {
                    Write.NewEffects.Add((order with { Attempt = 0 }, _at.Now));
                    Sooner(_at.Now);
                }
            }
            if ((run.IsNew || run.Changed) && run.State!.Due is { } due)
                Sooner(run.State.Stoppable ? due + _at.Stopped : due);
        }
        foreach (var (profile, entry) in _entries)
            if (entry.Changed)
                Write.Entries[profile] = entry.Row(_snapshot.Generation);

        // What was scanned is known anew; otherwise what was known before still stands.
        if (_read.Ranges.Count == 0)
            Sooner(slice.NextDue);
        else
        {
            Sooner(_read.NextDue);
            if (HasMore)
                Sooner(_at.Now);
        }
        if (!_snapshot.IsRunning)
            NextDue = null;
        // A definition that this version cannot read moves nobody: looked at again now and then, it may be another version's turn.
        else if (_snapshot.Definition is null)
            NextDue = _at.Now + options.UnreadableAgain;
        // Effects under way are nobody's timer here, but if this silo dies somebody must come and hand them out again.
        var underWay = slice.EffectsUnderWay - Settled + Begun.Count + Adopted.Count;
        Write.NextDue = underWay > 0 ? Earlier(NextDue, _at.Now + options.EffectsUnwatched) : NextDue;
    }

    private void Sooner(DateTimeOffset? due) => NextDue = due is { } instant ? Earlier(NextDue, instant) : NextDue;

    private static DateTimeOffset Earlier(DateTimeOffset? a, DateTimeOffset b) => a is { } instant && instant < b ? instant : b;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
