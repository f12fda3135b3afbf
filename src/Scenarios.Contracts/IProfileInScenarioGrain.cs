using Orleans.Concurrency;
using Scenarios.Engine.Runs;

namespace Scenarios.Contracts;

/// <summary>
/// The actor of one profile inside one scenario: performs its effects in order, and is where one commands about that
/// profile in that scenario. It keeps no state: while a profile merely waits it is not in memory.
/// </summary>
[Alias("profile-in-scenario")]
public interface IProfileInScenarioGrain : IGrainWithStringKey
{
    /// <summary>One attempt of one effect. A second call for an attempt under way joins it instead of sending twice.</summary>
    [Alias("perform"), AlwaysInterleave, ResponseTimeout("00:03:00")]
    Task<EffectOutcome> Perform([Immutable] EffectOrder order);

    /// <summary>Remove, release, postpone or move a run of this profile.</summary>
    [Alias("command"), AlwaysInterleave]
    Task<RunOutcome> Command([Immutable] RunCommand command);
}

/// <param name="Kind">An <see cref="EffectKind"/>, as text.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Request">The rendered request as it is stored.</param>
[GenerateSerializer, Immutable, Alias("effect-order")]
public sealed record EffectOrder(
    [property: Id(0)] Guid RunId,
    [property: Id(1)] int Step,
    [property: Id(2)] string Element,
    [property: Id(3)] string Kind,
    [property: Id(4)] int Attempt,
    [property: Id(5)] string Request
)
{
    /// <summary>The stable key of the effect for its receiver: run/step.</summary>
    public string Key => $"{RunId}/{Step}";
}

/// <param name="Output">By which output the run leaves; null when another attempt follows.</param>
/// <param name="RetryAfter">Delay before the next attempt, when <paramref name="Output"/> is null.</param>
/// <param name="EndsRun">The run ends completed here (a goto that was accepted).</param>
/// <param name="Unsent">Nothing was sent, so this was no attempt.</param>
/// <param name="Detail">JSON for the trail: status, code, attempts.</param>
/// <param name="Kept">JSON object of kept answers.</param>
[GenerateSerializer, Immutable, Alias("effect-outcome")]
public sealed record EffectOutcome(
    [property: Id(0)] string? Output,
    [property: Id(1)] TimeSpan? RetryAfter,
    [property: Id(2)] bool EndsRun,
    [property: Id(3)] string? Reason,
    [property: Id(4)] string? Detail,
    [property: Id(5)] string? Kept,
    [property: Id(6)] bool Unsent = false
)
{
    /// <summary>It is done, and the run goes on by this output.</summary>
    public static EffectOutcome Leaves(string output, string? detail, string? reason = null, string? kept = null) =>
        new(output, null, false, reason, detail, kept);

    /// <summary>The attempt came to nothing; another one follows.</summary>
    public static EffectOutcome Again(TimeSpan after, string? detail = null) => new(null, after, false, null, detail, null);

    /// <summary>Nothing was sent, so this was no attempt.</summary>
    public static EffectOutcome NotSent(TimeSpan after, string? detail = null) =>
        new(null, after, false, null, detail, null, Unsent: true);

    /// <summary>It is done, and the run with it.</summary>
    public static EffectOutcome Ends(string detail) => new(null, null, true, null, detail, null);
}
