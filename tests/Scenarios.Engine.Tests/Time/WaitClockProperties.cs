using System.Text.Json;
using CsCheck;
using NodaTime;
using NodaTime.TimeZones;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Tests.Time;

/// <summary>
/// What must hold for every zone of the IANA database: instants are drawn within three days of a change of its clock
/// between 2000 and 2040, where the mistakes are.
/// </summary>
public class WaitClockProperties
{
    private static readonly Instant From = Instant.FromUtc(2000, 1, 1, 0, 0),
        To = Instant.FromUtc(2040, 1, 1, 0, 0);
    private static readonly (DateTimeZone Zone, Instant[] Changes)[] Changing =
    [
        .. TzdbDateTimeZoneSource
            .Default.CanonicalIdMap.Values.Distinct()
            .Order(StringComparer.Ordinal)
            .Select(id => DateTimeZoneProviders.Tzdb[id])
            .Select(zone =>
                (zone, zone.GetZoneIntervals(From, To).Where(i => i.HasStart && i.Start > From).Select(i => i.Start).ToArray())
            )
            .Where(zone => zone.Item2.Length > 0),
    ];

    private static readonly Gen<(DateTimeZone Zone, DateTimeOffset At)> Moments =
        from zone in Gen.OneOfConst(Changing)
        from change in Gen.OneOfConst(zone.Changes)
        from seconds in Gen.Int[-3 * 86_400, 3 * 86_400]
        select (zone.Zone, (change + Duration.FromSeconds(seconds)).ToDateTimeOffset());

    private static readonly Gen<TimeOnly> Minutes = Gen.Int[0, 24 * 60 - 1]
        .Select(minute => TimeOnly.MinValue.AddMinutes(minute));

    [Fact]
    public void A_duration_never_ends_before_it_began_and_is_the_same_whenever_it_is_computed() =>
        Gen.Select(Moments, Gen.Int[0, 400], Gen.Int[0, 48], Gen.Int[0, 90], Gen.Int[0, 90], Gen.Int[-1000, 1000])
            .Sample(
                (moment, days, hours, minutes, seconds, later) =>
                {
                    var rule = new DurationWait(new(days, hours, minutes, seconds), Fixed(moment.Zone), PastPolicy.Continue);
                    var result = WaitClock.Compute(rule, moment.At, moment.At, Nobody);
                    return result is { Outcome: WaitOutcome.Due, Stoppable: true }
                        && result.Due >= moment.At
                        && result == WaitClock.Compute(rule, moment.At, moment.At.AddDays(later), Nobody);
                }
            );

    [Fact]
    public void Days_later_is_the_same_local_time_the_earlier_of_two_or_the_first_after_a_gap() =>
        Gen.Select(Moments, Gen.Int[1, 400])
            .Sample(
                (moment, days) =>
                {
                    var due = Instant.FromDateTimeOffset(
                        WaitClock
                            .Compute(
                                new DurationWait(new(days, 0, 0, 0), Fixed(moment.Zone), PastPolicy.Continue),
                                moment.At,
                                moment.At,
                                Nobody
                            )
                            .Due
                    );
                    var target = Instant.FromDateTimeOffset(moment.At).InZone(moment.Zone).LocalDateTime.PlusDays(days);
                    var mapping = moment.Zone.MapLocal(target);
                    return mapping.Count == 0
                        ? due == mapping.LateInterval.Start
                            && due.InZone(moment.Zone).LocalDateTime > target
                            && (due - Duration.Epsilon).InZone(moment.Zone).LocalDateTime < target
                        : due == mapping.First().ToInstant();
                }
            );

    [Fact]
    public void A_window_ends_inside_itself_at_the_first_minute_that_qualifies() =>
        Gen.Select(Moments, Minutes, Minutes, Gen.Int[1, 127])
            .Sample(
                (moment, from, to, mask) =>
                {
                    var weekdays = Enumerable.Range(1, 7).Where(day => (mask & 1 << day - 1) != 0).ToArray();
                    var result = WaitClock.Compute(
                        new WindowWait(weekdays, from, to, Fixed(moment.Zone), PastPolicy.Continue),
                        moment.At,
                        moment.At,
                        Nobody
                    );
                    if (result.Outcome != WaitOutcome.Due || result.Due < moment.At || !Inside(result.Due))
                        return false;

                    // Windows open on whole minutes of local time, and so of UTC: every zone since 2000 is off by whole minutes.
                    for (
                        var minute = moment.At.AddSeconds(60 - moment.At.Second % 60);
                        minute < result.Due;
                        minute = minute.AddMinutes(1)
                    )
                        if (Inside(minute))
                            return false;
                    return result.Due == moment.At || !Inside(moment.At);

                    bool Inside(DateTimeOffset at)
                    {
                        var local = Instant.FromDateTimeOffset(at).InZone(moment.Zone);
                        var minute = local.Hour * 60 + local.Minute;
                        int opens = from.Hour * 60 + from.Minute,
                            closes = to.Hour * 60 + to.Minute;
                        var today = weekdays.Contains((int)local.DayOfWeek);
                        var yesterday = weekdays.Contains((int)local.Date.PlusDays(-1).DayOfWeek);
                        return opens < closes
                            ? today && minute >= opens && minute < closes
                            : (today && minute >= opens) || (yesterday && minute < closes);
                    }
                },
                iter: 2_000
            );

    [Fact]
    public void A_date_of_the_profile_is_computed_by_the_rules_of_its_own_day() =>
        Gen.Select(Moments, Minutes, Gen.Int[0, 60], Gen.Bool)
            .Sample(
                (moment, at, days, before) =>
                {
                    var date = Instant.FromDateTimeOffset(moment.At).InZone(moment.Zone).Date;
                    var facts = Nobody with
                    {
                        Profile = Nobody.Profile with { Fields = JsonElement.Parse($$"""{"day": "{{date:uuuu-MM-dd}}"}""") },
                    };
                    var result = WaitClock.Compute(
                        new FieldWait("day", new(days, 0, 0, 0), before, at, Fixed(moment.Zone), PastPolicy.Continue),
                        default,
                        default,
                        facts
                    );
                    var local = Instant.FromDateTimeOffset(result.Due).InZone(moment.Zone).LocalDateTime;
                    var target = date.PlusDays(before ? -days : days) + LocalTime.FromTimeOnly(at);
                    return result.Outcome == WaitOutcome.Due
                        && (moment.Zone.MapLocal(target).Count == 0 ? local > target : local == target);
                }
            );

    [Fact]
    public void No_date_and_no_length_throws() =>
        Gen.Select(Gen.DateTimeOffset, Gen.DateTimeOffset, Gen.Int, Gen.Int, Gen.OneOfConst(Changing), Minutes)
            .Sample(
                (arrived, now, days, hours, zone, from) =>
                {
                    var (choice, facts) = (
                        Fixed(zone.Zone),
                        Nobody with
                        {
                            Profile = Nobody.Profile with
                            {
                                Fields = JsonSerializer.SerializeToElement(
                                    new { at = arrived, day = arrived.ToString("yyyy-MM-dd") }
                                ),
                            },
                        }
                    );
                    WaitRule[] rules =
                    [
                        new DurationWait(new(Math.Abs(days / 2), Math.Abs(hours / 2), 0, 0), choice, PastPolicy.Exit),
                        new UntilWait(arrived, choice, PastPolicy.Exit),
                        new FieldWait(
                            "at",
                            new(Math.Abs(days / 2), Math.Abs(hours / 2), 0, 0),
                            days < 0,
                            null,
                            choice,
                            PastPolicy.Exit
                        ),
                        new FieldWait("day", new(0, Math.Abs(hours / 2), 0, 0), days < 0, from, choice, PastPolicy.Exit),
                        new WindowWait([1], from, from.AddMinutes(1), choice, PastPolicy.Exit),
                    ];
                    foreach (var rule in rules)
                        WaitClock.Compute(rule, arrived, now, facts);
                }
            );

    private static ZoneChoice Fixed(DateTimeZone zone) => new(ZoneSource.Fixed, zone.Id);

    private static readonly Facts Nobody = new(
        1,
        1,
        "UTC",
        "UTC",
        new("p1", null, null, null, Facts.NoJson, Facts.NoJson, default, default),
        Facts.NoJson,
        Facts.NoJson,
        new Dictionary<int, ScenarioHistory>(),
        new DatabaseFields([])
    );
}
