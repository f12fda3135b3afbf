using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

/// <summary>Every limit of partitions and their lanes.</summary>
public sealed record PartitionOptions
{
    /// <summary>Lanes of a silo: transactions in flight when one is not enough.</summary>
    public int Lanes { get; init; } = 2;

    /// <summary>Inputs and wakes of one transaction; at most half of them wakes when inputs wait.</summary>
    public int BatchRows { get; init; } = 1000;

    /// <summary>Characters of one transaction's contents and profiles.</summary>
    public int BatchCharacters { get; init; } = 8 * 1024 * 1024;

    /// <summary>Attempts of a commit with transient failures before its callers get the error.</summary>
    public int CommitAttempts { get; init; } = 6;

    /// <summary>Inputs that may wait for a slice; more are refused as overloaded.</summary>
    public int QueueLimit { get; init; } = 20_000;

    /// <summary>
    /// A capture behind one that has already waited this long is refused as overloaded: a queue that only grows is
    /// useless. (With one second a node was refusing while its first commits were still being compiled.)
    /// </summary>
    public TimeSpan LongestQueue { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Concurrent effects of a slice.</summary>
    public int EffectsUnderWay { get; init; } = 256;

    /// <summary>
    /// How long without an outcome before an effect is requested again. A receiver may take longer; then the repeated
    /// request costs one message. A lost answer costs at most this time.
    /// </summary>
    public TimeSpan AskAgain { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long without a commit before the sweep looks for a slice with effects in flight.</summary>
    public TimeSpan EffectsUnwatched { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often a slice checks again when its scenario's definition cannot be read or its rows are damaged.
    /// </summary>
    public TimeSpan UnreadableAgain { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a slice with nothing near stays in memory before its reminder takes over.</summary>
    public TimeSpan SleepAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often each silo looks for slices that are overdue and have no owner; infinite: never, not even when the
    /// membership changes (tests of what must not need it).
    /// </summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often each node deletes what has expired; infinite: never.</summary>
    public TimeSpan KeepEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Ended runs that the keeper deletes in one transaction.</summary>
    public int KeepRows { get; init; } = 1000;

    /// <summary>How long the answer for an idempotency key is kept (api.md).</summary>
    public TimeSpan ReceiptsKept { get; init; } = TimeSpan.FromHours(48);

    /// <summary>The limits that decisions depend on.</summary>
    internal BatchLimits Limits => new(EffectsUnderWay, EffectsUnwatched, UnreadableAgain, ReceiptsKept, Guid.CreateVersion7);

    /// <summary>Moves the database's clock, for tests.</summary>
    public Func<TimeSpan> ClockShift { get; init; } = () => TimeSpan.Zero;
}
