using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Tests.Time;

public class WaitClockTests
{
    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28T11:30:00Z", "2026-03-29T10:30:00Z")] // 23 hours
    [InlineData("Europe/Berlin", "2026-10-24T10:30:00Z", "2026-10-25T11:30:00Z")] // 25 hours
    [InlineData("America/New_York", "2026-03-07T17:00:00Z", "2026-03-08T16:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T01:00:00Z", "2026-04-05T01:30:00Z")] // 24 and a half
    [InlineData("Asia/Kathmandu", "2026-03-28T11:30:00Z", "2026-03-29T11:30:00Z")]
    public void A_wait_of_one_day_keeps_the_local_time_over_daylight_saving(string zone, string arrived, string due) =>
        Assert.Equal(Due(due, stoppable: true), Clock(Days(1, zone), arrived));

    [Fact]
    public void A_wait_of_24_hours_is_24_hours_over_daylight_saving() =>
        Assert.Equal(
            Due("2026-03-29T11:30:00Z", stoppable: true),
            Clock(new DurationWait(new(0, 24, 0, 0), Fixed("Europe/Berlin"), PastPolicy.Continue), "2026-03-28T11:30:00Z")
        );

    [Fact]
    public void Days_come_first_and_then_exact_hours() =>
        // A day after 01:30 is 01:30 on the day of the change, and two exact hours later it is 04:30.
        Assert.Equal(
            Due("2026-03-29T02:30:00Z", stoppable: true),
            Clock(new DurationWait(new(1, 2, 0, 0), Fixed("Europe/Berlin"), PastPolicy.Continue), "2026-03-28T00:30:00Z")
        );

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z")] // 02:30 does not exist: 03:00
    [InlineData("Australia/Lord_Howe", "2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z")] // 02:15 does not exist: 02:30
    // 30 December does not exist: midnight of the 31st
    [InlineData("Pacific/Apia", "2011-12-29T20:00:00Z", "2011-12-30T10:00:00Z")]
    public void A_local_time_in_a_gap_becomes_the_first_instant_after_it(string zone, string arrived, string due) =>
        Assert.Equal(Due(due, stoppable: true), Clock(Days(1, zone), arrived));

    [Fact]
    public void A_local_time_in_an_overlap_is_the_earlier_of_the_two() =>
        Assert.Equal(Due("2026-10-25T00:30:00Z", stoppable: true), Clock(Days(1, "Europe/Berlin"), "2026-10-24T00:30:00Z"));

    [Fact]
    public void A_day_after_the_28th_of_February_is_the_29th_in_a_leap_year() =>
        Assert.Equal(Due("2028-02-29T09:00:00Z", stoppable: true), Clock(Days(1, "UTC"), "2028-02-28T09:00:00Z"));

    [Fact]
    public void A_duration_counts_from_the_arrival_whatever_the_time_is_now() =>
        Assert.Equal(
            Due("2026-01-02T00:00:00Z", stoppable: true),
            WaitClock.Compute(Days(1, "UTC"), At("2026-01-01T00:00:00Z"), At("2026-06-01T00:00:00Z"), Profile("{}"))
        );

    [Fact]
    public void A_due_instant_is_rounded_up_to_a_microsecond() =>
        Assert.Equal(
            Due("2026-01-01T00:00:01.000001Z", stoppable: true),
            Clock(new DurationWait(new(0, 0, 0, 1), ZoneChoice.Scenario, PastPolicy.Continue), "2026-01-01T00:00:00.0000001Z")
        );

    [Theory]
    [InlineData(ZoneSource.Account, null, "Asia/Tokyo", "2026-01-02T05:00:00Z")]
    [InlineData(ZoneSource.Scenario, null, "Asia/Tokyo", "2026-01-02T00:00:00Z")]
    [InlineData(ZoneSource.Profile, null, "Asia/Tokyo", "2026-01-01T15:00:00Z")]
    [InlineData(ZoneSource.Profile, null, null, "2026-01-02T00:00:00Z")]
    [InlineData(ZoneSource.Profile, null, "Mars/Phobos", "2026-01-02T00:00:00Z")]
    [InlineData(ZoneSource.Profile, null, "UTC+05:00", "2026-01-02T00:00:00Z")]
    [InlineData(ZoneSource.Fixed, "Asia/Kathmandu", "Asia/Tokyo", "2026-01-01T18:15:00Z")]
    [InlineData(ZoneSource.Fixed, "Mars/Phobos", "Asia/Tokyo", "2026-01-02T00:00:00Z")]
    public void A_zone_is_looked_up_where_the_rule_says_and_a_missing_one_falls_back(
        ZoneSource source,
        string? id,
        string? ofProfile,
        string due
    ) =>
        Assert.Equal(
            Due(due),
            WaitClock.Compute(
                new FieldWait("day", WaitDuration.Zero, false, null, new(source, id), PastPolicy.Continue),
                At("2026-01-01T00:00:00Z"),
                At("2026-01-01T00:00:00Z"),
                Profile("""{"day": "2026-01-02"}""", ofProfile) with
                {
                    AccountZone = "America/New_York",
                    ScenarioZone = "Europe/London",
                }
            )
        );

    [Fact]
    public void A_scenario_without_a_valid_zone_uses_the_accounts() =>
        Assert.Equal(
            At("2026-01-01T15:00:00Z"),
            WaitClock
                .Compute(
                    new FieldWait("day", WaitDuration.Zero, false, null, new(ZoneSource.Profile, null), PastPolicy.Continue),
                    At("2026-01-01T00:00:00Z"),
                    At("2026-01-01T00:00:00Z"),
                    Profile("""{"day": "2026-01-02"}""") with
                    {
                        ScenarioZone = "",
                        AccountZone = "Asia/Tokyo",
                    }
                )
                .Due
        );

    [Fact]
    public void Until_an_instant_is_that_instant_and_cannot_be_stopped() =>
        Assert.Equal(Due("2026-05-01T10:00:00Z"), Clock(Until("2026-05-01T10:00:00Z"), "2026-01-01T00:00:00Z"));

    [Theory]
    [InlineData("2026-05-01T10:00:00Z", WaitOutcome.Due)]
    [InlineData("2026-05-01T10:00:00.000001Z", WaitOutcome.Past)]
    public void A_date_is_past_once_now_is_after_it(string now, WaitOutcome outcome) =>
        Assert.Equal(
            (outcome, At("2026-05-01T10:00:00Z")),
            (Clock(Until("2026-05-01T10:00:00Z"), now).Outcome, Clock(Until("2026-05-01T10:00:00Z"), now).Due)
        );

    [Theory]
    [InlineData("\"2026-07-10\"", null, 0, false, "2026-07-09T22:00:00Z")] // 00:00 in Berlin
    [InlineData("\"2026-07-10\"", "09:00", 0, false, "2026-07-10T07:00:00Z")]
    [InlineData("\"2026-07-10\"", "09:00", 3, true, "2026-07-07T07:00:00Z")]
    [InlineData("\"2026-07-10\"", "09:00", 3, false, "2026-07-13T07:00:00Z")]
    [InlineData("\"2026-03-30\"", null, 1, true, "2026-03-28T23:00:00Z")] // offset of the target date
    [InlineData("\"2028-03-01\"", "09:00", 1, true, "2028-02-29T08:00:00Z")]
    [InlineData("\"2026-07-10T23:30:00Z\"", null, 0, false, "2026-07-10T23:30:00Z")]
    [InlineData("\"2026-07-10T23:30:00Z\"", "09:00", 0, false, "2026-07-11T07:00:00Z")] // 11 July in Berlin
    [InlineData("\"2026-07-10T23:30:00+05:00\"", null, 1, false, "2026-07-11T18:30:00Z")]
    [InlineData("\"2026-10-25T01:30:00Z\"", null, 0, false, "2026-10-25T01:30:00Z")] // the later 02:30 of an overlap stays
    public void A_field_is_a_date_or_an_instant_with_an_offset(string value, string? at, int days, bool before, string due) =>
        Assert.Equal(
            Due(due),
            WaitClock.Compute(
                new FieldWait(
                    "day",
                    new(days, 0, 0, 0),
                    before,
                    at is null ? null : TimeOnly.Parse(at),
                    Fixed("Europe/Berlin"),
                    PastPolicy.Continue
                ),
                At("2026-01-01T00:00:00Z"),
                At("2026-01-01T00:00:00Z"),
                Profile($$"""{"day": {{value}}}""")
            )
        );

    [Theory]
    [InlineData("{}", "fieldMissing")]
    [InlineData("""{"day": null}""", "fieldMissing")]
    [InlineData("""{"day": 20260710}""", "fieldInvalid")]
    [InlineData("""{"day": "10.07.2026"}""", "fieldInvalid")]
    [InlineData("""{"day": "2026-02-29"}""", "fieldInvalid")]
    [InlineData("""{"day": "2026-07-10T10:00:00"}""", "fieldInvalid")]
    [InlineData("""{"day": "9999-12-31"}""", "outOfRange")]
    [InlineData("""{"day": "0001-01-01"}""", "outOfRange")]
    [InlineData("""{"day": "0001-01-01T00:00:00Z"}""", "outOfRange")]
    [InlineData("""{"day": "9999-12-31T23:59:59.9999999Z"}""", "outOfRange")]
    public void A_field_without_a_usable_date_is_not_computable(string fields, string reason)
    {
        foreach (var at in new TimeOnly?[] { null, new TimeOnly(9, 0) })
            Assert.Equal(
                (WaitOutcome.NotComputable, reason),
                Outcome(
                    WaitClock.Compute(
                        new FieldWait("day", WaitDuration.Zero, false, at, ZoneChoice.Scenario, PastPolicy.Continue),
                        At("2026-01-01T00:00:00Z"),
                        At("2026-01-01T00:00:00Z"),
                        Profile(fields)
                    )
                )
            );
    }

    [Theory]
    [InlineData(int.MaxValue, 0)]
    [InlineData(0, int.MaxValue)]
    [InlineData(3_000_000, int.MaxValue)]
    public void A_duration_beyond_the_calendar_is_not_computable(int days, int hours) =>
        Assert.Equal(
            (WaitOutcome.NotComputable, "outOfRange"),
            Outcome(
                Clock(
                    new DurationWait(
                        new(days, hours, int.MaxValue, int.MaxValue),
                        Fixed("Pacific/Kiritimati"),
                        PastPolicy.Continue
                    ),
                    "2026-01-01T00:00:00Z"
                )
            )
        );

    [Theory]
    [InlineData("2026-06-03T10:00:00Z", "2026-06-03T10:00:00Z")] // Wednesday noon in Berlin: at once
    [InlineData("2026-06-03T06:59:59.999999Z", "2026-06-03T07:00:00Z")]
    [InlineData("2026-06-03T15:59:59.999999Z", "2026-06-03T15:59:59.999999Z")]
    [InlineData("2026-06-03T16:00:00Z", "2026-06-04T07:00:00Z")] // it closes at 18:00 sharp
    [InlineData("2026-06-05T16:00:00Z", "2026-06-08T07:00:00Z")] // Friday evening: Monday
    public void A_window_is_the_next_working_hour(string now, string due) =>
        Assert.Equal(Due(due), Clock(Window([1, 2, 3, 4, 5], "09:00", "18:00", "Europe/Berlin"), now));

    [Theory]
    [InlineData("2026-06-06T01:00:00Z", "2026-06-06T01:00:00Z")] // Saturday 01:00 belongs to Friday's night
    [InlineData("2026-06-06T02:00:00Z", "2026-06-12T22:00:00Z")]
    [InlineData("2026-06-05T01:00:00Z", "2026-06-05T22:00:00Z")] // Friday 01:00 is Thursday's
    public void A_window_over_midnight_belongs_to_the_weekday_on_which_it_opens(string now, string due) =>
        Assert.Equal(Due(due), Clock(Window([5], "22:00", "02:00", "UTC"), now));

    [Theory]
    [InlineData("02:30", "05:00", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z")] // opens in the gap: 03:00
    [InlineData("02:15", "02:45", "2026-03-29T00:00:00Z", "2026-03-30T00:15:00Z")] // lies in the gap: a day without the window
    [InlineData("02:15", "02:45", "2026-10-24T23:00:00Z", "2026-10-25T00:15:00Z")] // comes twice: the earlier one
    [InlineData("02:15", "02:45", "2026-10-25T01:20:00Z", "2026-10-25T01:20:00Z")] // and who comes in the second is inside
    [InlineData("01:00", "02:30", "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z")] // put back into the window: 02:00 again
    public void A_window_goes_by_the_clock_on_the_wall_over_daylight_saving(string from, string to, string now, string due) =>
        Assert.Equal(Due(due), Clock(Window([1, 2, 3, 4, 5, 6, 7], from, to, "Europe/Berlin"), now));

    [Fact]
    public void A_window_on_a_day_that_was_skipped_comes_a_week_later() =>
        Assert.Equal(Due("2012-01-05T19:00:00Z"), Clock(Window([5], "09:00", "10:00", "Pacific/Apia"), "2011-12-24T00:00:00Z"));

    [Fact]
    public void A_window_that_closes_when_it_opens_lasts_24_hours() =>
        Assert.Equal(Due("2026-06-08T09:00:00Z"), Clock(Window([1], "09:00", "09:00", "UTC"), "2026-06-05T00:00:00Z"));

    [Fact]
    public void A_window_at_the_end_of_the_calendar_is_not_computable()
    {
        Assert.Equal(
            (WaitOutcome.NotComputable, "outOfRange"),
            Outcome(
                WaitClock.Compute(
                    Window([1], "09:00", "10:00", "UTC"),
                    DateTimeOffset.MaxValue,
                    DateTimeOffset.MaxValue,
                    Profile("{}")
                )
            )
        );
        Assert.Equal(
            (WaitOutcome.NotComputable, "outOfRange"),
            Outcome(
                WaitClock.Compute(
                    Window([1], "09:00", "10:00", "UTC"),
                    DateTimeOffset.MinValue,
                    DateTimeOffset.MinValue,
                    Profile("{}")
                )
            )
        );
    }

    private static (WaitOutcome, string?) Outcome(WaitResult result) => (result.Outcome, result.Reason);

    private static DateTimeOffset At(string instant) =>
        Instants.TryParse(instant, out var at) ? at : throw new FormatException(instant);

    private static WaitResult Due(string at, bool stoppable = false) => new(WaitOutcome.Due, At(at), stoppable, null);

    private static ZoneChoice Fixed(string id) => new(ZoneSource.Fixed, id);

    private static DurationWait Days(int days, string zone) => new(new(days, 0, 0, 0), Fixed(zone), PastPolicy.Continue);

    private static UntilWait Until(string instant) => new(At(instant), ZoneChoice.Scenario, PastPolicy.Continue);

    private static WindowWait Window(int[] weekdays, string from, string to, string zone) =>
        new(weekdays, TimeOnly.Parse(from), TimeOnly.Parse(to), Fixed(zone), PastPolicy.Continue);

    private static WaitResult Clock(WaitRule rule, string now) => WaitClock.Compute(rule, At(now), At(now), Profile("{}"));

    private static Facts Profile(string fields, string? zone = null) =>
        new(
            1,
            1,
            "UTC",
            "UTC",
            new("p1", null, null, zone, JsonElement.Parse(fields), JsonElement.Parse("[]"), default, default),
            Facts.NoJson,
            Facts.NoJson,
            new Dictionary<int, ScenarioHistory>(),
            new DatabaseFields([])
        );
}
