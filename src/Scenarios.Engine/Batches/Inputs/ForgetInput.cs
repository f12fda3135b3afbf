namespace Scenarios.Engine.Batches;

/// <summary>A profile is deleted: its runs end, and what is remembered of it is erased.</summary>
public sealed class ForgetInput(ICaller<ForgetInput> caller, string profileId) : SliceInput
{
    public override string Name => "a deleted profile";

    public override void Ask(SliceRead read)
    {
        read.Profiles.Add(profileId);
        read.WithOpenRuns = true;
    }

    public override void Decide(Batch batch) => batch.Turn(profileId).Forget();

    /// <summary>Nothing is left to do.</summary>
    public override void Refuse() { }

    public override void Answer() => caller.Answer(this);

    public override void Fail(Exception reason) => caller.Fail(this, reason);
}
