using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Grains.Partition;

/// <summary>A run while a batch is being decided.</summary>
internal sealed class WorkingRun(RunRow? stored, RunState state, int generation)
{
    public RunState? State { get; private set; } = state;
    public int Generation => generation;
    public bool IsNew => stored is null;
    public RunEnd? End { get; private set; }
    public List<TrailStep> Steps { get; } = [];
    public EffectRequest? Effect { get; private set; }
    public ProfileFacts? Profile { get; init; }
    public string? Content { get; init; }
    public bool HasContent { get; init; }
    public string? Kept { get; set; }
    public bool KeptChanged { get; private set; }
    public bool Changed { get; private set; }

    public void Take(Transition transition)
    {
        Changed = true;
        Steps.AddRange(transition.Steps);
        End = transition.End;
        Effect = transition.Effect;
        if (transition.Kept is { } kept)
        {
            Kept = kept;
            KeptChanged = true;
        }
        // An ended run is kept as it stood last, with the steps that it took.
        State = transition.Run ?? State! with { Element = Steps[^1].Element, Step = Steps[^1].Step };
    }
}

/// <summary>What is remembered of a profile, while a batch is being decided.</summary>
internal sealed class WorkingEntry
{
    private readonly List<Guid> _open;
    private int _entries,
        _completed,
        _failed;
    private DateTimeOffset? _lastEnteredAt,
        _lastEndedAt,
        _declinedAt;
    private DateTimeOffset[] _recent;
    private string? _declined;

    /// <param name="row">Null when nothing is remembered. Open runs of a dead generation count as ended when it did.</param>
    public WorkingEntry(EntryRow? row, ScenarioSnapshot snapshot)
    {
        _open = row is null || row.Generation < snapshot.Generation ? [] : [.. row.Open];
        if (row is null)
        {
            _recent = [];
            return;
        }
        (_entries, _completed, _failed, _lastEnteredAt, _recent, _declined, _declinedAt) = (
            row.Entries,
            row.Completed,
            row.Failed,
            row.LastEnteredAt,
            row.Recent,
            row.Declined,
            row.DeclinedAt
        );
        _lastEndedAt = row.LastEndedAt;
        if (
            row.Generation < snapshot.Generation
            && row.Open.Length > 0
            && snapshot.EndedGenerations.TryGetValue(row.Generation, out var ended)
            && !(_lastEndedAt > ended)
        )
            _lastEndedAt = ended;
    }

    public bool Changed { get; private set; }
    public IReadOnlyList<Guid> Open => _open;

    public EntryMemory Memory => new(_entries, _open, _lastEndedAt, _recent);

    public void Enter(Guid run, DateTimeOffset now, ScenarioSnapshot snapshot)
    {
        Changed = true;
        _entries++;
        _open.Add(run);
        _lastEnteredAt = now;
        if (snapshot.Settings.MaxEntries is { } cap)
            _recent = [.. _recent.Where(at => at > now - cap.Per.Approximate).Append(now).TakeLast(cap.Count)];
    }

    public void Leave(Guid run, RunEnd end, DateTimeOffset now)
    {
        Changed = true;
        _open.Remove(run);
        _lastEndedAt = now;
        if (end.State == EndState.Completed)
            _completed++;
        if (end.State == EndState.Failed)
            _failed++;
    }

    public void Declined(string reason, DateTimeOffset now)
    {
        Changed = true;
        (_declined, _declinedAt) = (reason, now);
    }

    public EntryRow Row(int generation) =>
        new(
            _entries,
            [.. _open],
            generation,
            _completed,
            _failed,
            _lastEnteredAt,
            _lastEndedAt,
            _recent,
            _declined,
            _declinedAt
        );
}
