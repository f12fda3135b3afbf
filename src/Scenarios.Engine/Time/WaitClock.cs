using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Time;

public enum WaitOutcome
{
    Due,
    NotComputable,
    Past,
}

/// <summary>What a wait comes to.</summary>
/// <param name="Due">When the run moves on, rounded up to a whole microsecond. Past: the date that is gone.
/// NotComputable: means nothing.</param>
/// <param name="Stoppable">Its remaining time is kept while frozen under <c>clockStops</c>: a length of time, not a date.</param>
/// <param name="Reason">Of NotComputable: <c>fieldMissing</c>, <c>fieldInvalid</c>, <c>outOfRange</c> or
/// <c>noWindow</c>; else null.</param>
public readonly record struct WaitResult(WaitOutcome Outcome, DateTimeOffset Due, bool Stoppable, string? Reason);

/// <summary>
/// When a wait ends (product.md: Time, fine print Waits). Days are days of the calendar in the rule's zone, hours and
/// less are exact; the zone's rules are those of the target date. Nothing here looks at a clock, and no date is so far
/// that it throws.
/// </summary>
public static class WaitClock
{
    /// <summary>
    /// A day of the window may be missing (Apia had no 30 December 2011) and the next one is a week on: two weeks and a
    /// day find every window that exists.
    /// </summary>
    private const int WindowSearchDays = 15;

    // Two days inside of what DateTimeOffset can say, so that no offset of a zone leads out of it.
    private static readonly LocalDate FirstDate = new(1, 1, 3),
        LastDate = new(9999, 12, 29);
    private static readonly Instant First = Instant.FromUtc(1, 1, 3, 0, 0),
        Last = Instant.FromUtc(9999, 12, 29, 0, 0);

    /// <param name="rule">What is waited for, as the live definition has it.</param>
    /// <param name="arrivedAt">When the run came to the element: durations count from here, also after an edit.</param>
    /// <param name="now">
    /// Dates before it are Past, windows are looked for from it. A duration that an edit made shorter than what has been
    /// waited is not Past but Due, before now.
    /// </param>
    /// <param name="facts">Zones, and the profile's fields.</param>
    public static WaitResult Compute(WaitRule rule, DateTimeOffset arrivedAt, DateTimeOffset now, Facts facts) =>
        rule.Kind switch
        {
            WaitKind.Duration => Elapsed((DurationWait)rule, arrivedAt, facts),
            WaitKind.Until => Dated(Instant.FromDateTimeOffset(((UntilWait)rule).Instant), now),
            WaitKind.Field => Field((FieldWait)rule, now, facts),
            WaitKind.Window => Window((WindowWait)rule, now, Zones.Of(rule.Zone, facts)),
        };

    private static WaitResult Elapsed(DurationWait wait, DateTimeOffset arrivedAt, Facts facts) =>
        Result(Add(Instant.FromDateTimeOffset(arrivedAt), wait.Duration, 1, ZoneOfDays(wait, facts)), stoppable: true);

    // Without days the profile was not even read for the wait (DurationWait.ReadsProfile).
    private static DateTimeZone ZoneOfDays(DurationWait wait, Facts facts) =>
        wait.Duration.Days == 0 ? DateTimeZone.Utc : Zones.Of(wait.Zone, facts);

    private static WaitResult Field(FieldWait wait, DateTimeOffset now, Facts facts)
    {
        if (facts.Profile.Fields.ValueKind != JsonValueKind.Object)
            return None("fieldMissing");
        if (!facts.Profile.Fields.TryGetProperty(wait.Field, out var value) || value.ValueKind == JsonValueKind.Null)
            return None("fieldMissing");
        if (value.ValueKind != JsonValueKind.String)
            return None("fieldInvalid");

        var zone = Zones.Of(wait.Zone, facts);
        var sign = wait.Before ? -1 : 1;
        var text = value.GetString()!;
        if (LocalDatePattern.Iso.Parse(text) is { Success: true, Value: var date })
            return Dated(Add(date, wait.At, wait.Offset, sign, zone), now);
        if (!Instants.TryParse(text, out var instant))
            return None("fieldInvalid");

        var start = Instant.FromDateTimeOffset(instant);
        if (wait.At is null)
            return Dated(Add(start, wait.Offset, sign, zone), now);
        return InRange(start) ? Dated(Add(start.InZone(zone).Date, wait.At, wait.Offset, sign, zone), now) : None("outOfRange");
    }

    /// <summary>
    /// The first instant from now on at which the clock on the wall shows a time inside the window. Such a stretch
    /// begins where the clock comes to the opening time, or where daylight saving puts the clock into the window.
    /// </summary>
    private static WaitResult Window(WindowWait wait, DateTimeOffset now, DateTimeZone zone)
    {
        var start = Instant.FromDateTimeOffset(now);
        if (start < First || Last - start < Duration.FromDays(WindowSearchDays + 2))
            return None("outOfRange");
        start = Instant.FromDateTimeOffset(Instants.CeilingMicrosecond(now));
        if (Contains(wait, start.InZone(zone).LocalDateTime))
            return Result(start);

        var opening = LocalTime.FromTimeOnly(wait.From);
        var today = start.InZone(zone).Date;
        Instant? next = null;
        for (var day = -1; day <= WindowSearchDays && next is null; day++)
        {
            var mapping = zone.MapLocal(today.PlusDays(day) + opening);
            if (mapping.Count > 0 && Opens(mapping.First().ToInstant()))
                next = mapping.First().ToInstant();
            else if (mapping.Count > 1 && Opens(mapping.Last().ToInstant()))
                next = mapping.Last().ToInstant();
        }

        var horizon = next ?? start + Duration.FromDays(WindowSearchDays);
        for (
            var interval = zone.GetZoneInterval(start);
            interval.HasEnd && interval.End < horizon;
            interval = zone.GetZoneInterval(interval.End)
        )
            if (Opens(interval.End))
                return Result(interval.End);
        return next is { } found ? Result(found) : None("noWindow");

        bool Opens(Instant instant) => instant >= start && Contains(wait, instant.InZone(zone).LocalDateTime);
    }

    /// <summary>
    /// A window that spans midnight belongs to the weekday on which it opens; one that closes when it opens lasts 24 hours.
    /// </summary>
    internal static bool Contains(WindowWait wait, LocalDateTime local)
    {
        var time = local.TimeOfDay.ToTimeOnly();
        bool Allowed(LocalDate date) => wait.Weekdays.Contains((int)date.DayOfWeek);
        return wait.From < wait.To
            ? time >= wait.From && time < wait.To && Allowed(local.Date)
            : (time >= wait.From && Allowed(local.Date)) || (time < wait.To && Allowed(local.Date.PlusDays(-1)));
    }

    /// <summary>Without days an instant stays exact, and so on its side of an overlap.</summary>
    private static Instant? Add(Instant start, WaitDuration length, int sign, DateTimeZone zone)
    {
        if (!InRange(start))
            return null;
        if (length.Days == 0)
            return Exactly(start, length, sign);
        var local = start.InZone(zone).LocalDateTime;
        return Calendar(local, length, sign, zone);
    }

    private static Instant? Add(LocalDate date, TimeOnly? at, WaitDuration length, int sign, DateTimeZone zone) =>
        date < FirstDate || date > LastDate
            ? null
            : Calendar(date + LocalTime.FromTimeOnly(at ?? TimeOnly.MinValue), length, sign, zone);

    private static Instant? Calendar(LocalDateTime local, WaitDuration length, int sign, DateTimeZone zone)
    {
        var days = (long)sign * length.Days;
        if (days < Period.DaysBetween(local.Date, FirstDate) || days > Period.DaysBetween(local.Date, LastDate))
            return null;
        return Exactly(zone.At(local.PlusDays((int)days)), length, sign);
    }

    private static Instant? Exactly(Instant start, WaitDuration length, int sign)
    {
        var seconds = sign * (length.Hours * 3600L + length.Minutes * 60L + length.Seconds);
        if (!InRange(start) || seconds < (First - start).TotalSeconds || seconds > (Last - start).TotalSeconds)
            return null;
        return start + Duration.FromSeconds(seconds);
    }

    private static bool InRange(Instant instant) => instant >= First && instant <= Last;

    private static WaitResult Dated(Instant? due, DateTimeOffset now)
    {
        var result = Result(due);
        return result.Outcome == WaitOutcome.Due && result.Due < now ? result with { Outcome = WaitOutcome.Past } : result;
    }

    private static WaitResult Result(Instant? due, bool stoppable = false) =>
        due is { } instant && InRange(instant)
            ? new(WaitOutcome.Due, Instants.CeilingMicrosecond(instant.ToDateTimeOffset()), stoppable, null)
            : None("outOfRange");

    private static WaitResult None(string reason) => new(WaitOutcome.NotComputable, default, false, reason);
}
