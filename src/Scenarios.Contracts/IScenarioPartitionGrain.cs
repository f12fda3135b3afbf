using Scenarios.Engine;

namespace Scenarios.Contracts;

/// <summary>
/// The only writer of one slice of a scenario's runs. Each call is answered after the commit that it became part of.
/// </summary>
[Alias("partition")]
public interface IScenarioPartitionGrain : IGrainWithStringKey
{
    /// <summary>Outcomes in the order of the captures; a bad item never spoils the others. At most 10,000 a call.</summary>
    [Alias("capture")]
    Task<CaptureOutcome[]> Capture([Immutable] Capture[] captures);

    /// <summary>Commands about runs of this slice: remove, release, postpone, move.</summary>
    [Alias("command")]
    Task<RunOutcome> Command([Immutable] RunCommand command);

    /// <summary>A page of a bulk action: all its runs in one commit, once for its key.</summary>
    [Alias("bulk")]
    Task<BulkOutcome> Bulk([Immutable] BulkPage page);

    /// <summary>
    /// What these runs wait for may have changed: their waits are computed again. Runs that are not here are passed over.
    /// </summary>
    [Alias("reconsider")]
    Task Reconsider([Immutable] Guid[] runs);

    /// <summary>
    /// A profile is deleted: its runs end <c>profileDeleted</c>; content, trails and the memory of it are erased, totals stay.
    /// </summary>
    [Alias("forget")]
    Task Forget(string profileId);

    /// <summary>Something may be due, or the gate has moved: look. Repeating it is harmless.</summary>
    [Alias("poke")]
    Task Poke();

    /// <summary>
    /// Waits until the commit under way (if any) has ended, then reads the gate again: what was decided before is
    /// proved or refused.
    /// </summary>
    [Alias("status")]
    Task<PartitionStatus> Status();
}

/// <summary>One attempt to put a profile into a scenario.</summary>
/// <param name="ProfileId">Whose slice this is.</param>
/// <param name="Profile">Merged into the profile in the same commit; creates it when unknown.</param>
/// <param name="Content">A JSON object exactly as sent, or null.</param>
/// <param name="Start">The trigger to start at; null is the default one.</param>
/// <param name="Key">Idempotency key, unique in the tenant; null for none.</param>
/// <param name="Hash">SHA-256 of the canonical request, compared when the key comes again.</param>
/// <param name="Depth">How many gotos led here.</param>
/// <param name="Declined">Set when the edge already knows the reason (<c>profileNotFound</c>, <c>ambiguousMatch</c>):
/// it is only counted.</param>
[GenerateSerializer, Immutable, Alias("capture-item")]
public sealed record Capture(
    [property: Id(0)] string ProfileId,
    [property: Id(1)] ProfileChange? Profile,
    [property: Id(2)] string? Content,
    [property: Id(3)] string? Start,
    [property: Id(4)] string? Key,
    [property: Id(5)] byte[]? Hash,
    [property: Id(6)] int Depth,
    [property: Id(7)] string? Declined
);

/// <summary>A change of a profile as expressions, never as a whole row read before.</summary>
/// <param name="Head">JSON object with any of email, phone, timeZone; null clears, absent leaves.</param>
/// <param name="Operations">JSON list of <c>[operator, field, value]</c> for <c>apply_field_operations</c>.</param>
/// <param name="Subscriptions">JSON list to merge by channel, resource and address; null leaves them.</param>
[GenerateSerializer, Immutable, Alias("profile-change")]
public sealed record ProfileChange(
    [property: Id(0)] string Head,
    [property: Id(1)] string Operations,
    [property: Id(2)] string? Subscriptions
);

[GenerateSerializer, Alias("capture-result")]
public enum CaptureResult
{
    Accepted,
    Declined,
    KeyReused,
    Overloaded,
    Failed,

    /// <summary>The partition is changing hands and did not take it: sending it again is safe.</summary>
    NotTaken,

    /// <summary>It may or may not have been committed: only a capture with a key may be sent again.</summary>
    Unknown,
}

/// <param name="Reason">Why it was declined (api.md), or of a failure the <see cref="RefusalCode"/>, as text.</param>
/// <param name="Replayed">The answer was given before, for the same key.</param>
[GenerateSerializer, Immutable, Alias("capture-outcome")]
public readonly record struct CaptureOutcome(
    [property: Id(0)] CaptureResult Result,
    [property: Id(1)] Guid RunId,
    [property: Id(2)] string? Reason,
    [property: Id(3)] bool Replayed
)
{
    public static CaptureOutcome Accepted(Guid run, bool replayed = false) => new(CaptureResult.Accepted, run, null, replayed);

    public static CaptureOutcome Declined(string reason, bool replayed = false) =>
        new(CaptureResult.Declined, default, reason, replayed);

    public static readonly CaptureOutcome KeyReused = new(CaptureResult.KeyReused, default, null, false);
    public static readonly CaptureOutcome Overloaded = new(CaptureResult.Overloaded, default, null, false);
    public static readonly CaptureOutcome NotTaken = new(CaptureResult.NotTaken, default, null, false);
    public static readonly CaptureOutcome Unknown = new(CaptureResult.Unknown, default, null, false);

    public static CaptureOutcome Failed(RefusalCode code) => new(CaptureResult.Failed, default, code.Text(), false);

    /// <summary>Nothing happened: the database is damaged where this capture needs it.</summary>
    public static readonly CaptureOutcome Damaged = Failed(RefusalCode.Damaged);
}

[GenerateSerializer, Alias("run-verb")]
public enum RunVerb
{
    Remove,
    Release,
    Postpone,
    Move,
}

/// <param name="Output">Release: by which output; null takes the one that the wait would take.</param>
/// <param name="Until">Postpone: the new due instant.</param>
/// <param name="To">Move: the element.</param>
/// <param name="Actor">The caller, for the audit.</param>
[GenerateSerializer, Immutable, Alias("run-command")]
public sealed record RunCommand(
    [property: Id(0)] Guid RunId,
    [property: Id(1)] string ProfileId,
    [property: Id(2)] RunVerb Verb,
    [property: Id(3)] string? Output,
    [property: Id(4)] DateTimeOffset? Until,
    [property: Id(5)] string? To,
    [property: Id(6)] Actor? Actor = null
);

/// <summary>What became of a command: done, or refused.</summary>
/// <param name="Code">A <see cref="RefusalCode"/>, as text.</param>
[GenerateSerializer, Immutable, Alias("run-outcome")]
public readonly record struct RunOutcome([property: Id(0)] bool Done, [property: Id(1)] string? Code)
{
    public static readonly RunOutcome Ok = new(true, null);

    public static RunOutcome Refused(RefusalCode code) => new(false, code.Text());
}

[GenerateSerializer, Immutable, Alias("partition-status")]
public sealed record PartitionStatus(
    [property: Id(0)] int Partition,
    [property: Id(1)] string Silo,
    [property: Id(2)] long Epoch,
    [property: Id(3)] int Queued,
    [property: Id(4)] DateTimeOffset? NextDue,
    [property: Id(5)] int EffectsUnderWay
);
