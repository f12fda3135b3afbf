using System.Diagnostics.CodeAnalysis;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

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
// Nothing here outlives the batch but the inputs: working copies of runs and memories are made by each Decide, so a failed
// commit leaves no trace.
//
// What happens to a profile is its turn (ProfileTurn), and what an input asks for is the input's own (SliceInput). The batch
// is what lies around them: one read, one instant, one order, one write.

/// <summary>The inputs of one slice that travel together, and what they come to. Pure.</summary>
public sealed partial class Batch(IReadOnlyList<SliceInput> inputs, int wakes, ScenarioSnapshot scenario, BatchLimits limits)
{
    private Dictionary<string, ProfileTurn> _turns = null!;
    private SliceView _view = null!;
    private TurnContext _context = null!;
    private DueScans? _scans;

    /// <summary>Attempts that end with this batch, and those that may begin with it.</summary>
    private int _ended,
        _room;

    public IReadOnlyList<SliceInput> Inputs => inputs;

    /// <summary>Most runs that are due which it takes; zero when it does not look for them.</summary>
    public int Wakes => wakes;
    public ScenarioSnapshot Scenario => scenario;

    /// <summary>Its one input (or wake) cannot be stored: decided again, it does to it what is done instead.</summary>
    public bool IsPoisoned { get; private init; }

    // Planned:
    public SliceRead Read { get; private set; } = null!;
    public SliceKey Key => _view.Key;

    /// <summary>It takes over what a former owner had under way.</summary>
    public bool Adopts => Read.AdoptsEffects;

    // Decided:
    public DateTimeOffset Now => Write.Now;
    public LedgerWrite Write { get; private set; } = null!;
    public Attempts Attempts { get; private set; } = null!;
    public Receipts Receipts { get; private set; } = null!;

    /// <summary>When to look again; null when nothing waits.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    /// <summary>More was due than was taken.</summary>
    public bool HasMore { get; internal set; }

    /// <summary>Waits taken, with how late each was.</summary>
    public List<TimeSpan> Lateness { get; } = [];

    /// <summary>Where the scan of due waits has come to; valid once committed.</summary>
    public Watermark? Scanned => _scans?.Scanned;

    /// <summary>Runs that failed because deciding them threw.</summary>
    public IReadOnlyList<TurnFailure> Failures => _context.Failures;

    /// <summary>The same inputs, to be decided from the start.</summary>
    public Batch Again(ScenarioSnapshot? newer = null) =>
        new(inputs, wakes, newer ?? scenario, limits) { IsPoisoned = IsPoisoned };

    /// <summary>The same one thing, to be decided as what cannot be stored.</summary>
    public Batch Poisoned() => new(inputs, wakes, scenario, limits) { IsPoisoned = true };

    /// <summary>Smaller batches, one after the other, that together are this one; null when it is one thing.</summary>
    public IReadOnlyList<Batch>? Parts()
    {
        if (inputs.Count > 0 && wakes > 0)
            return [Part(inputs, 0), Part([], wakes)];
        var middle = inputs.Count / 2;
        if (inputs.Count > 1)
            return [Part([.. inputs.Take(middle)], 0), Part([.. inputs.Skip(middle)], 0)];
        if (inputs.Count == 1 && inputs[0].Halves() is { } halves)
            return [.. halves.Select(half => Part([half], 0))];
        // What it leaves is found by the next scan.
        return wakes > 1 ? [Part([], wakes / 2)] : null;
    }

    private Batch Part(IReadOnlyList<SliceInput> some, int someWakes) => new(some, someWakes, scenario, limits);

    /// <summary>For the log: what the batch is when it is one thing.</summary>
    public string Name => inputs.Count > 0 ? inputs[0].Name : "a wake";

    /// <param name="estimate">About what the database's clock shows.</param>
    public SliceRead Plan(SliceView view, DateTimeOffset estimate)
    {
        _view = view;
        var definition = scenario.Definition;
        Read = new SliceRead(view.Key, scenario.Database)
        {
            Stopped = scenario.Stopped,
            WithProfiles = definition is { ReadsProfile: true },
            WithOpenRuns = scenario.Settings.ReentryMode == ReentryMode.Restart,
            ScenariosAsked = definition?.ScenariosAsked ?? [],
        };
        foreach (var input in inputs)
        {
            input.Ask(Read);
            if (input.EndsAttempt)
                _ended++;
        }
        _room = Math.Max(0, limits.EffectsUnderWay - view.UnderWay.Count + _ended);
        if (!scenario.IsRunning || definition is null)
            return Read;
        Read.AdoptsEffects = !view.HasAdopted;
        if (wakes > 0 || _ended > 0)
            Read.EffectCredit = _room;
        if (wakes > 0)
            _scans = new DueScans(Read, view, scenario, estimate, wakes);
        return Read;
    }

    /// <summary>Takes every input, in order, and collects the write. The inputs' outcomes are set, not yet answered.</summary>
    public void Decide(DateTimeOffset now)
    {
        Write = new LedgerWrite(_view.Key, scenario.Database, scenario.Gate, _view.Ownership) { Now = now };
        var at = new BatchInstant(now, scenario.Stopped);
        _context = new TurnContext(_view.Key.Tenant, _view.Key.Scenario, scenario, at, Write.Tally, limits.NewId);
        _turns = new(inputs.Count + (_scans?.Found ?? 0), StringComparer.Ordinal);
        Receipts = new Receipts(Read, Write, limits.ReceiptsKept);
        Attempts = new Attempts(this, _view, _room);
        foreach (var input in inputs)
            if (input.EndsAttempt)
                input.Decide(this);
        foreach (var effect in Read.Effects)
            Attempts.Take(effect);
        // Kept outcomes fill the read and no room, until a commit has taken them in: what is due behind them was not read.
        if (Attempts.HasRoom && Read.EffectCredit > 0 && Read.Effects.Count == Read.EffectCredit)
            HasMore = true;
        foreach (var input in inputs)
            if (!input.EndsAttempt)
                input.Decide(this);
        _scans?.Wake(this);
        foreach (var turn in _turns.Values)
            Collect(turn);
        Rest();
    }

    /// <summary>The profile's turn, with what was read of it.</summary>
    public ProfileTurn Turn(string profileId)
    {
        if (_turns.TryGetValue(profileId, out var known))
            return known;
        var stored = Read.Entries.GetValueOrDefault(profileId);
        var turn = new ProfileTurn(
            _context,
            profileId,
            Read.ProfileRows.GetValueOrDefault(profileId),
            stored,
            isRemembered: Read.Profiles.Contains(profileId),
            HistoriesOf(profileId)
        );
        _turns.Add(profileId, turn);
        if (Read.WithOpenRuns && stored is not null)
            foreach (var open in stored.Open)
                if (Read.RunRows.TryGetValue(open, out var row))
                    turn.Meet(row);
        return turn;
    }

    private IReadOnlyDictionary<int, ScenarioHistory> HistoriesOf(string profileId) =>
        Read.ScenariosAsked.Count == 0
            ? ProfileTurn.NoHistories
            : Read.ScenariosAsked.ToDictionary(
                number => number,
                number => Read.Histories.GetValueOrDefault((profileId, number), ScenarioHistory.None)
            );

    /// <summary>A run that was asked for; false when it is not here.</summary>
    public bool TryFind(Guid id, [NotNullWhen(true)] out ProfileTurn? turn, [NotNullWhen(true)] out TurnRun? run)
    {
        (turn, run) = (null, null);
        if (!Read.RunRows.TryGetValue(id, out var row))
            return false;
        turn = Turn(row.State.ProfileId);
        run = turn.Meet(row);
        return true;
    }

    public bool IsAlive(TurnRun run) => _context.IsAlive(run);

    /// <summary>A run that is due. False when it went on before its wake came to it.</summary>
    internal bool Wake(RunRow row)
    {
        var turn = Turn(row.State.ProfileId);
        var run = turn.Meet(row);
        if (!ProfileTurn.IsAtRest(run))
            return false;
        Lateness.Add(Now - row.State.RealDue(scenario.Stopped)!.Value);
        _ = IsPoisoned ? turn.Fail(run, RefusalCode.Unstorable.Text()) : turn.Wake(run);
        return true;
    }
}
