using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Tests.Runs;

public class AdmissionTests
{
    private static readonly DateTimeOffset Now = Journey.Monday;
    private static readonly WaitDuration Day = new(1, 0, 0, 0);

    private static ScenarioSettings With(ReentryMode mode, WaitDuration? coolDown = null, MaxEntries? cap = null) =>
        ScenarioSettings.Default with
        {
            ReentryMode = mode,
            CoolDown = coolDown,
            MaxEntries = cap,
        };

    private static EntryMemory Memory(int open, DateTimeOffset? ended = null, params DateTimeOffset[] recent) =>
        new(open + (ended is null ? 0 : 1), [.. Enumerable.Range(0, open).Select(_ => Guid.NewGuid())], ended, recent);

    private static string Told(ScenarioSettings settings, EntryMemory memory) =>
        Admission.Decide(settings, memory, Now) is { Declined: { } reason } ? reason
        : Admission.Decide(settings, memory, Now).Restarts ? "restarts"
        : "accepted";

    [Theory]
    [InlineData(ReentryMode.Never, "accepted", "alreadyEntered", "alreadyEntered")]
    [InlineData(ReentryMode.AfterExit, "accepted", "engaged", "accepted")]
    [InlineData(ReentryMode.Restart, "accepted", "restarts", "accepted")]
    [InlineData(ReentryMode.Parallel, "accepted", "accepted", "accepted")]
    public void Each_mode_decides_for_a_new_profile_one_inside_and_one_that_left(
        ReentryMode mode,
        string first,
        string inside,
        string left
    ) =>
        Assert.Equal(
            (first, inside, left),
            (Told(With(mode), EntryMemory.None), Told(With(mode), Memory(1)), Told(With(mode), Memory(0, Now.AddDays(-9))))
        );

    [Fact]
    public void Parallel_admits_a_hundred_open_runs_of_a_profile_and_declines_the_next()
    {
        Assert.Equal("accepted", Told(With(ReentryMode.Parallel), Memory(99)));
        Assert.Equal("tooManyRuns", Told(With(ReentryMode.Parallel), Memory(100)));
    }

    [Theory]
    [InlineData(ReentryMode.AfterExit, 0, 23, "coolDown"), InlineData(ReentryMode.AfterExit, 0, 24, "accepted")]
    [
        InlineData(ReentryMode.Parallel, 0, 23, "coolDown"),
        InlineData(ReentryMode.Parallel, 1, 23, "coolDown"),
        InlineData(ReentryMode.Parallel, 1, 24, "accepted")
    ]
    [InlineData(ReentryMode.Restart, 0, 23, "coolDown"), InlineData(ReentryMode.Restart, 1, 23, "restarts")]
    public void A_cool_down_counts_from_the_last_end_and_a_replaced_run_was_never_away(
        ReentryMode mode,
        int open,
        int hoursAgo,
        string told
    ) => Assert.Equal(told, Told(With(mode, Day), Memory(open, Now.AddHours(-hoursAgo))));

    [Fact]
    public void A_cool_down_does_not_hold_up_the_first_entry() =>
        Assert.Equal("accepted", Told(With(ReentryMode.AfterExit, Day), EntryMemory.None));

    [Fact]
    public void An_entry_cap_counts_the_entries_of_its_period()
    {
        var settings = With(ReentryMode.Restart, cap: new MaxEntries(2, Day));
        Assert.Equal("restarts", Told(settings, Memory(1, null, Now.AddHours(-25), Now.AddHours(-24), Now.AddHours(-1))));
        Assert.Equal("entryCap", Told(settings, Memory(1, null, Now.AddHours(-23), Now)));
    }

    [Fact]
    public void The_mode_speaks_before_the_pause_and_the_pause_before_the_cap()
    {
        var all = new MaxEntries(1, Day);
        Assert.Equal("engaged", Told(With(ReentryMode.AfterExit, Day, all), Memory(1, Now, Now)));
        Assert.Equal("coolDown", Told(With(ReentryMode.AfterExit, Day, all), Memory(0, Now, Now)));
        Assert.Equal("entryCap", Told(With(ReentryMode.AfterExit, null, all), Memory(0, Now, Now)));
    }
}
