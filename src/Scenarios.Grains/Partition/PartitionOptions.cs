using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

/// <summary>Every limit of partitions and their lanes.</summary>
public sealed record PartitionOptions
{
    /// <summary>Lanes of a silo: transactions in flight when one is not enough.</summary>
    public int Lanes { get; init; } = 2;

    /// <summary>Inputs and wakes of one transaction; at most half of it wakes when others wait.</summary>
    public int BatchRows { get; init; } = 1000;

    /// <summary>Characters of one transaction's contents and profiles.</summary>
    public int BatchCharacters { get; init; } = 8 * 1024 * 1024;

    /// <summary>Attempts of a commit that failed in passing, before its callers get the error.</summary>
    public int CommitAttempts { get; init; } = 6;

    /// <summary>Inputs that may wait for a slice; more are refused as overloaded.</summary>
    public int QueueLimit { get; init; } = 20_000;

    /// <summary>
    /// A capture that would be queued behind one that has already waited so long is refused as overloaded: a queue that
    /// only grows
    /// helps no one. (With one second a node was refusing while its first commits were still being compiled.)
    /// </summary>
    public TimeSpan LongestQueue { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Effects of a slice under way at once.</summary>
    public int EffectsUnderWay { get; init; } = 256;

    /// <summary>
    /// After so long without an outcome an effect is asked for again. A receiver may take longer; to ask again then costs a
    /// message, and a lost answer costs no more than this.
    /// </summary>
    public TimeSpan AskAgain { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After so long without a commit, a slice with effects under way is looked for by the sweep.</summary>
    public TimeSpan EffectsUnwatched { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often a slice looks whose scenario's definition cannot be read, or whose rows the database finds damaged.
    /// </summary>
    public TimeSpan UnreadableAgain { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a slice with nothing near stays in memory before its reminder takes over.</summary>
    public TimeSpan SleepAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often each silo looks for slices that are overdue and have no owner; infinite: never, not even when the membership
    /// changes (tests of what must not need it).
    /// </summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often each node looks for what is too old to be kept; infinite: never.</summary>
    public TimeSpan KeepEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Ended runs that the keeper removes in one transaction.</summary>
    public int KeepRows { get; init; } = 1000;

    /// <summary>How long an answer of a key is kept (api.md).</summary>
    public TimeSpan ReceiptsKept { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Those that a decision goes by.</summary>
    internal BatchLimits Limits => new(EffectsUnderWay, EffectsUnwatched, UnreadableAgain, ReceiptsKept, Guid.CreateVersion7);

    /// <summary>Moves the database's clock, for tests.</summary>
    public Func<TimeSpan> ClockShift { get; init; } = () => TimeSpan.Zero;
}
