using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>What a scenario remembers of a profile, while its turn is taken.</summary>
internal sealed class ProfileMemory
{
    private readonly ScenarioSnapshot _scenario;
    private readonly List<Guid> _open;
    private int _entries,
        _completed,
        _failed;
    private DateTimeOffset? _lastEnteredAt,
        _lastEndedAt,
        _declinedAt;
    private DateTimeOffset[] _recent = [];
    private string? _declined;

    /// <param name="row">Null when nothing is remembered. Open runs of a dead generation count as ended when it did.</param>
    public ProfileMemory(EntryRow? row, ScenarioSnapshot scenario)
    {
        _scenario = scenario;
        _open = row is null || row.Generation < scenario.Generation ? [] : [.. row.Open];
        if (row is null)
            return;
        (_entries, _completed, _failed) = (row.Entries, row.Completed, row.Failed);
        (_lastEnteredAt, _lastEndedAt, _recent) = (row.LastEnteredAt, row.LastEndedAt, row.Recent);
        (_declined, _declinedAt) = (row.Declined, row.DeclinedAt);
        if (
            row.Generation < scenario.Generation
            && row.Open.Length > 0
            && scenario.EndedGenerations.TryGetValue(row.Generation, out var ended)
            && !(_lastEndedAt > ended)
        )
            _lastEndedAt = ended;
    }

    /// <summary>It has to be written.</summary>
    public bool Changed { get; private set; }
    public IReadOnlyList<Guid> Open => _open;

    /// <summary>As much as admission looks at.</summary>
    public EntryMemory Entry => new(_entries, _open, _lastEndedAt, _recent);

    public void Enter(Guid run, DateTimeOffset now)
    {
        Changed = true;
        _entries++;
        _open.Add(run);
        _lastEnteredAt = now;
        if (_scenario.Settings.MaxEntries is { } cap)
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

    public void Decline(string reason, DateTimeOffset now)
    {
        Changed = true;
        (_declined, _declinedAt) = (reason, now);
    }

    public EntryRow Row() =>
        new(
            _entries,
            [.. _open],
            _scenario.Generation,
            _completed,
            _failed,
            _lastEnteredAt,
            _lastEndedAt,
            _recent,
            _declined,
            _declinedAt
        );
}
