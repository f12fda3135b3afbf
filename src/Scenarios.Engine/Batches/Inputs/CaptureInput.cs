namespace Scenarios.Engine.Batches;

public enum CaptureVerdict
{
    Accepted,
    Declined,
    KeyReused,
    Failed,
}

/// <param name="Reason">Why it was declined, or the code of a failure.</param>
/// <param name="IsReplay">The answer was given before, for the same key.</param>
public readonly record struct CaptureOutcome(CaptureVerdict Verdict, Guid Run, string? Reason, bool IsReplay)
{
    public static CaptureOutcome Accepted(Guid run, bool isReplay = false) => new(CaptureVerdict.Accepted, run, null, isReplay);

    public static CaptureOutcome Declined(string reason, bool isReplay = false) =>
        new(CaptureVerdict.Declined, default, reason, isReplay);

    public static readonly CaptureOutcome KeyReused = new(CaptureVerdict.KeyReused, default, null, false);

    public static CaptureOutcome Failed(RefusalCode code) => new(CaptureVerdict.Failed, default, code.Text(), false);
}

/// <summary>A capture. With a key it is done once: asked again it answers as before.</summary>
/// <param name="key">Idempotency key, unique in the tenant; null for none.</param>
/// <param name="hash">Of the canonical request, compared when the key comes again.</param>
/// <param name="place">Among those of one call.</param>
public sealed class CaptureInput(
    ICaller<CaptureInput> caller,
    int place,
    string profileId,
    Entering entering,
    string? key,
    byte[]? hash
) : SliceInput
{
    private readonly Entering _entering = entering;

    public int Place => place;
    public string ProfileId => profileId;
    public CaptureOutcome Outcome { get; private set; }
    public override string Name => "a capture";

    public override int Characters =>
        OwnCharacters + (_entering.Content?.Length ?? 0) + (_entering.Change?.Operations.Length ?? 0);

    public override void Ask(SliceRead read)
    {
        read.Profiles.Add(profileId);
        if (key is not null)
            read.Keys.Add(key);
    }

    public override void Decide(Batch batch) => Outcome = OutcomeIn(batch);

    private CaptureOutcome OutcomeIn(Batch batch)
    {
        if (key is not null && Replay(batch, key) is { } replay)
            return replay;
        if (batch.IsPoisoned)
            return CaptureOutcome.Failed(RefusalCode.Unstorable);
        var (run, declined) = batch.Turn(profileId).Enter(_entering);
        if (key is not null)
            batch.Receipts.Write(
                key,
                declined is null
                    ? new ReceiptRow(Route(batch), hash!, Status: 201, null, run, batch.Now)
                    : new ReceiptRow(Route(batch), hash!, Status: 200, declined, null, batch.Now)
            );
        return declined is null ? CaptureOutcome.Accepted(run) : CaptureOutcome.Declined(declined);
    }

    /// <summary>The answer that the key was given before, if it still counts.</summary>
    private CaptureOutcome? Replay(Batch batch, string used)
    {
        if (batch.Receipts.Find(used) is not { } receipt)
            return null;
        if (receipt.Route != Route(batch) || !receipt.Hash.AsSpan().SequenceEqual(hash))
            return CaptureOutcome.KeyReused;
        return receipt.RunId is { } run
            ? CaptureOutcome.Accepted(run, isReplay: true)
            : CaptureOutcome.Declined(receipt.Answer!, isReplay: true);
    }

    private static string Route(Batch batch) => $"captures/{batch.Key.Scenario}";

    public override void Refuse() => Outcome = CaptureOutcome.Failed(RefusalCode.ScenarioNotFound);

    public override void Answer() => caller.Answer(this);

    public override void Fail(Exception reason) => caller.Fail(this, reason);
}
