using System.Globalization;
using Scenarios.Engine.Json;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>Durations, times of day and zones, as they appear in elements and settings.</summary>
public static class TimeReader
{
    /// <summary>10 years, with their leap days.</summary>
    public const long LongestSeconds = 3653L * 24 * 60 * 60;

    /// <summary><c>{days, hours, minutes, seconds}</c>: whole numbers from 0, at least one of them, 10 years in all.</summary>
    public static WaitDuration? Duration(this JsonObjectReader reader, string name, int minSeconds = 1, bool required = false)
    {
        if (reader.Object(name, required) is not { } units)
            return null;
        var days = units.Whole("days", 0, int.MaxValue);
        var hours = units.Whole("hours", 0, int.MaxValue);
        var minutes = units.Whole("minutes", 0, int.MaxValue);
        var seconds = units.Whole("seconds", 0, int.MaxValue);
        units.Done();
        if (!units.IsGood)
            return null;
        var duration = new WaitDuration(days ?? 0, hours ?? 0, minutes ?? 0, seconds ?? 0);
        var total = (((((duration.Days * 24L) + duration.Hours) * 60) + duration.Minutes) * 60) + duration.Seconds;
        if (days is null && hours is null && minutes is null && seconds is null)
            reader.Fault(name, "empty", "Must have at least one of days, hours, minutes and seconds.");
        else if (total > LongestSeconds)
            reader.Fault(name, "outOfRange", "Must be at most 10 years.");
        else if (total < minSeconds)
            reader.Fault(name, "outOfRange", $"Must be at least {minSeconds} second.");
        else
            return duration;
        return null;
    }

    /// <summary>A time of day like <c>09:00</c>; where a window ends, also <c>24:00</c>, which is midnight.</summary>
    public static TimeOnly? TimeOfDay(this JsonObjectReader reader, string name, bool required = false, bool ends = false)
    {
        if (reader.Text(name, 5, required) is not { } text)
            return null;
        if (ends && text == "24:00")
            return TimeOnly.MinValue;
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return time;
        reader.Fault(name, "invalidTime", "Must be a time of day like 09:00.");
        return null;
    }

    /// <summary>An IANA name.</summary>
    public static string? ZoneName(this JsonObjectReader reader, string name)
    {
        if (reader.Text(name, 64) is not { } text)
            return null;
        if (Zones.Exists(text))
            return text;
        reader.Fault(name, "unknownZone", "Must be a zone of the IANA database like Europe/Berlin.");
        return null;
    }

    /// <summary><c>account</c>, <c>scenario</c> (when nothing is said), <c>profile</c> or an IANA name.</summary>
    public static ZoneChoice Zone(this JsonObjectReader reader, string name)
    {
        if (!reader.Has(name, out var value))
            return ZoneChoice.Scenario;
        if (
            value.ValueKind == System.Text.Json.JsonValueKind.String
            && Name<ZoneSource>.TryParse(value.GetString()!, out var source)
            && source != ZoneSource.Fixed
        )
            return new ZoneChoice(source, null);
        return reader.ZoneName(name) is { } id ? new ZoneChoice(ZoneSource.Fixed, id) : ZoneChoice.Scenario;
    }
}
