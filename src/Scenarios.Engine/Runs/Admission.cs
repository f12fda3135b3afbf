using Scenarios.Engine.Definitions;

namespace Scenarios.Engine.Runs;

/// <summary>Why a capture was declined (api.md, captures).</summary>
public static class DeclineReason
{
    public const string Inactive = "inactive",
        AlreadyEntered = "alreadyEntered",
        Engaged = "engaged",
        TooManyRuns = "tooManyRuns",
        ProfileNotFound = "profileNotFound",
        AmbiguousMatch = "ambiguousMatch",
        CoolDown = "coolDown",
        EntryCap = "entryCap",
        StartDisabled = "startDisabled",
        UnknownStart = "unknownStart";
}

/// <summary>
/// What is remembered of a profile in a scenario. Open runs of a dead generation are no longer among <see cref="Open"/>.
/// </summary>
/// <param name="Recent">The instants of the latest entries, as many as an entry cap may ask for.</param>
public sealed record EntryMemory(
    int Entries,
    IReadOnlyList<Guid> Open,
    DateTimeOffset? LastEndedAt,
    IReadOnlyList<DateTimeOffset> Recent
)
{
    public static readonly EntryMemory None = new(0, [], null, []);
}

/// <param name="Declined">The reason, or null when the capture is accepted.</param>
/// <param name="Restarts">Every open run ends <c>restarted</c> before the new one begins.</param>
public readonly record struct Admission(string? Declined, bool Restarts)
{
    /// <summary>Open runs of one profile in <c>parallel</c>.</summary>
    public const int OpenRunsLimit = 100;

    /// <summary>
    /// The re-entry model (product.md, Re-entry mode). The gate has been looked at before: the scenario is active.
    /// </summary>
    public static Admission Decide(ScenarioSettings settings, EntryMemory memory, DateTimeOffset now)
    {
        var engaged = memory.Open.Count > 0;
        var byMode = settings.ReentryMode switch
        {
            ReentryMode.Never => memory.Entries > 0 ? DeclineReason.AlreadyEntered : null,
            ReentryMode.AfterExit => engaged ? DeclineReason.Engaged : null,
            ReentryMode.Restart => null,
            ReentryMode.Parallel => memory.Open.Count >= OpenRunsLimit ? DeclineReason.TooManyRuns : null,
        };
        if (byMode is not null)
            return new Admission(byMode, false);
        // A run that is replaced was never away: the pause is between an end and the next entry.
        var restarts = engaged && settings.ReentryMode == ReentryMode.Restart;
        if (!restarts && settings.CoolDown is { } pause && memory.LastEndedAt is { } ended && now < ended + pause.Approximate)
            return new Admission(DeclineReason.CoolDown, false);
        if (settings.MaxEntries is { } cap && memory.Recent.Count(at => at > now - cap.Per.Approximate) >= cap.Count)
            return new Admission(DeclineReason.EntryCap, false);
        return new Admission(null, restarts);
    }
}
