using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>
/// The re-entry model, as it is written in the spec and not as it is coded: told what was committed, it objects.
/// </summary>
internal sealed class ReentryModel(ReentryMode mode)
{
    private readonly Dictionary<string, HashSet<Guid>> _open = [];
    private readonly Dictionary<string, int> _accepted = [];
    private readonly HashSet<string> _ever = [];
    private bool _isActive = true;

    public IEnumerable<Guid> Open => _open.Values.SelectMany(o => o);

    public void Hear(Fact fact)
    {
        switch (fact)
        {
            case Fact.Opened:
                _isActive = true;
                break;
            case Fact.Closed:
                _isActive = false;
                break;
            case Fact.EndedAll:
                foreach (var open in _open.Values)
                    open.Clear();
                break;
            case Fact.Ended ended:
                if (!OpenOf(ended.Profile).Remove(ended.Run))
                    throw new Violation("A4", $"{ended.Run} ended twice, or after it was dead");
                break;
            case Fact.Captured captured:
                Judge(captured.Profile, captured.Answer);
                break;
        }
    }

    private void Judge(string profile, Answer answer)
    {
        var open = OpenOf(profile);
        var expected = !_isActive
            ? DeclineReason.Inactive
            : mode switch
            {
                ReentryMode.Never => _ever.Contains(profile) ? DeclineReason.AlreadyEntered : null,
                ReentryMode.AfterExit => open.Count > 0 ? DeclineReason.Engaged : null,
                ReentryMode.Restart => null,
                ReentryMode.Parallel => open.Count >= 100 ? DeclineReason.TooManyRuns : null,
            };
        if (expected != answer.Declined)
            throw new Violation(
                "A4",
                $"a capture of {profile} was {answer.Declined ?? "accepted"}, the model says {expected ?? "accepted"}"
            );
        if (answer.Run is not { } run)
            return;
        // In restart the former runs have ended by now, in the same commit.
        if (mode != ReentryMode.Parallel && open.Count > 0)
            throw new Violation("A4", $"{profile} has two open runs");
        if (mode == ReentryMode.Never && _accepted.GetValueOrDefault(profile) > 0)
            throw new Violation("A4", $"{profile} entered twice");
        _accepted[profile] = _accepted.GetValueOrDefault(profile) + 1;
        _ever.Add(profile);
        open.Add(run);
    }

    private HashSet<Guid> OpenOf(string profile)
    {
        if (!_open.TryGetValue(profile, out var open))
            _open[profile] = open = [];
        return open;
    }
}

/// <summary>An invariant of reliability.md that did not hold.</summary>
internal sealed class Violation(string invariant, string what) : Exception($"{invariant}: {what}")
{
    public string Invariant => invariant;
}
