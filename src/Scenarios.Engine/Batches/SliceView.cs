namespace Scenarios.Engine.Batches;

/// <summary>
/// What a slice knows of itself between two batches: a batch is decided by it, and the commit makes the next one of it.
/// </summary>
/// <param name="Gate">The gate as the slice met it last: what it knows of overdue runs is of this number.</param>
/// <param name="NextDue">When something is due next; null when nothing waits.</param>
/// <param name="Overdue">Runs that were overdue when the scenario was last activated, and how many of them have left (<paramref
/// name="Resumed"/>).</param>
/// <param name="HasAdopted">Attempts that a former owner had under way were taken over, or there are none.</param>
/// <param name="UnderWay">Attempts whose outcome is awaited here. Changes with the commits of the slice, and with nothing
/// else.</param>
public sealed record SliceView(
    SliceKey Key,
    Ownership Ownership,
    long Gate,
    DateTimeOffset? NextDue,
    Watermark Watermark,
    long Overdue,
    long Resumed,
    bool HasAdopted,
    IReadOnlySet<(Guid Run, int Step)> UnderWay
)
{
    public static SliceView Of(SliceKey key, Takeover takeover, IReadOnlySet<(Guid Run, int Step)> underWay) =>
        new(
            key,
            takeover.Ownership,
            takeover.Gate,
            takeover.NextDue,
            Watermark.Nothing,
            takeover.Overdue,
            takeover.Resumed,
            HasAdopted: false,
            underWay
        );

    /// <summary>The gate has moved: what was known of the last activation is read again.</summary>
    public SliceView Meet(long gate, long overdue, long resumed) =>
        this with
        {
            Gate = gate,
            Overdue = overdue,
            Resumed = resumed,
        };

    /// <summary>The batch is committed.</summary>
    public SliceView After(Batch batch) =>
        this with
        {
            Ownership = Ownership with { Seq = Ownership.Seq + 1 },
            NextDue = batch.NextDue,
            Watermark = (batch.Scanned ?? Watermark).Below(batch.Write.Inserted).Below(batch.Write.Updated),
            Resumed = Resumed + batch.Write.Resumed,
            HasAdopted = HasAdopted || batch.Adopts,
        };

    /// <summary>
    /// Some of those that were overdue at the last activation are still here: they leave at the scenario's rate.
    /// </summary>
    public bool IsResuming(ScenarioSnapshot scenario) => scenario.ResumedAt is not null && Resumed < Overdue;

    /// <summary>How many of the overdue may leave by now: the scenario's rate, shared by how many each slice has.</summary>
    public int MayResume(ScenarioSnapshot scenario, DateTimeOffset now, int limit)
    {
        if (scenario.ResumedAt is not { } since || scenario.ResumeOverdue == 0)
            return 0;
        var released = (long)Math.Floor((now - since).TotalSeconds * RateOf(scenario)) + 1;
        return (int)Math.Clamp(Math.Min(released, Overdue) - Resumed, 0, limit);
    }

    /// <summary>The overdue leave in steps of this, so that a step takes many.</summary>
    private static readonly TimeSpan ResumeStep = TimeSpan.FromMilliseconds(50);

    /// <summary>When the next of the overdue may leave; null when none is left.</summary>
    public DateTimeOffset? NextResume(ScenarioSnapshot scenario, int resumedNow, DateTimeOffset now)
    {
        if (Resumed + resumedNow >= Overdue || scenario.ResumeOverdue == 0)
            return null;
        var next = scenario.ResumedAt!.Value + TimeSpan.FromSeconds((Resumed + resumedNow) / RateOf(scenario));
        var step = now + ResumeStep;
        return next > step ? next : step;
    }

    /// <summary>The slice's share, in runs a second.</summary>
    private double RateOf(ScenarioSnapshot scenario) => (double)scenario.ResumeRate * Overdue / scenario.ResumeOverdue;
}

/// <summary>
/// Below these instants (inclusive) nothing that is due is left: of waits in real time, and of those in the scenario's own
/// time.
/// </summary>
public readonly record struct Watermark(DateTimeOffset Fixed, DateTimeOffset Stoppable)
{
    public static readonly Watermark Nothing = new(DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    /// <summary>Just before a due instant: those that are due at it are still to be found.</summary>
    public static DateTimeOffset Before(DateTimeOffset due) => due.AddMicroseconds(-1);

    /// <summary>Lowered, where these rows are due at or below it.</summary>
    internal Watermark Below(List<RunRow> rows)
    {
        var (real, own) = (Fixed, Stoppable);
        foreach (var row in rows)
            if (row.State.Due is not { } due)
                continue;
            else if (row.State.Stoppable)
                own = due <= own ? Before(due) : own;
            else
                real = due <= real ? Before(due) : real;
        return new Watermark(real, own);
    }
}
