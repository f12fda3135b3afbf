namespace Scenarios.Engine.Batches;

/// <summary>What a batch goes by besides its scenario.</summary>
/// <param name="EffectsUnderWay">Attempts of a slice under way at once.</param>
/// <param name="EffectsUnwatched">After so long without a commit, a slice with effects under way is looked for by the
/// sweep.</param>
/// <param name="UnreadableAgain">How often a slice looks whose scenario's definition cannot be read.</param>
/// <param name="ReceiptsKept">How long the answer of a key is kept that declined.</param>
/// <param name="NewId">Ids of runs, ordered by the instant that they are asked for.</param>
public sealed record BatchLimits(
    int EffectsUnderWay,
    TimeSpan EffectsUnwatched,
    TimeSpan UnreadableAgain,
    TimeSpan ReceiptsKept,
    Func<DateTimeOffset, Guid> NewId
);
