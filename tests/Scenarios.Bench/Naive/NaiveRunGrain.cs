namespace Scenarios.Bench.Naive;

/// <summary>
/// The design that suggests itself: each run is a grain, each transition a write of its state, each wait a reminder. It knows one
/// scenario (start → wait → end) and keeps no history, no counters, no profiles and no tenants, all of which the product does.
/// </summary>
[Alias("naive-run")]
internal interface INaiveRunGrain : IGrainWithStringKey
{
    /// <summary>The id of the run; null when the profile is inside already.</summary>
    [Alias("capture")]
    Task<Guid?> Capture(NaiveCapture capture);
}

/// <param name="WaitSeconds">How long to wait, unless <paramref name="Until"/> says until when.</param>
[GenerateSerializer, Immutable, Alias("naive-capture")]
internal sealed record NaiveCapture(
    [property: Id(0)] string? Content,
    [property: Id(1)] int WaitSeconds,
    [property: Id(2)] DateTimeOffset? Until
);

/// <summary>The state of a run as it is stored.</summary>
internal sealed class NaiveRun
{
    public Guid Id { get; set; }
    public string? Element { get; set; }
    public string? Content { get; set; }
    public DateTimeOffset EnteredAt { get; set; }
    public DateTimeOffset Due { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class NaiveRunGrain(
    [PersistentState("run")] IPersistentState<NaiveRun> run,
    NaiveBoard board,
    TimeProvider time
) : Grain, INaiveRunGrain, IRemindable
{
    private static readonly TimeSpan TickAgain = TimeSpan.FromMinutes(1); // the least that a reminder may repeat by default

    private IGrainReminder? _wait;

    public async Task<Guid?> Capture(NaiveCapture capture)
    {
        if (run.State.Element == "wait")
            return null;
        var now = time.GetUtcNow();
        var due = capture.Until ?? now.AddSeconds(capture.WaitSeconds);
        run.State = new NaiveRun
        {
            Id = Guid.CreateVersion7(now),
            Element = "wait",
            Content = capture.Content,
            EnteredAt = now,
            Due = due,
        };
        await run.WriteStateAsync();
        _wait = await this.RegisterOrUpdateReminder("wait", due > now ? due - now : TimeSpan.Zero, TickAgain);
        return run.State.Id;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var ticked = time.GetUtcNow();
        if (run.State.Element == "wait")
        {
            run.State.Element = "end";
            run.State.EndedAt = ticked;
            await run.WriteStateAsync();
            board.Ended(this.GetPrimaryKeyString(), ticked - run.State.Due, time.GetUtcNow());
        }
        // After the durable effect, never before: a tick repeats until then.
        if (await TakeReminderAsync(reminderName) is { } reminder)
            await this.UnregisterReminder(reminder);
    }

    private async Task<IGrainReminder?> TakeReminderAsync(string name) => _wait ?? await this.GetReminder(name);
}
