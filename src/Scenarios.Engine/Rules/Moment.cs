using System.Globalization;
using NodaTime;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Rules;

/// <summary>
/// A text that is a date (<c>2026-11-23</c>) or an instant (RFC 3339 with zone), of the years 2 to 9998, so that every
/// zone can show it.
/// </summary>
public readonly record struct Moment
{
    private readonly DateTimeOffset _instant;
    private readonly DateOnly _date;

    private Moment(DateOnly date) => (IsDate, _date) = (true, date);

    private Moment(DateTimeOffset instant) => _instant = instant;

    public bool IsDate { get; }

    /// <summary>The instant of a moment that is no date.</summary>
    public DateTimeOffset Instant => _instant;

    public static bool TryParse(string? text, out Moment moment)
    {
        moment = default;
        if (text is null)
            return false;
        if (text.Length == 10)
        {
            if (
                !DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                || !IsShown(date.Year)
            )
                return false;
            moment = new Moment(date);
            return true;
        }
        if (!Instants.TryParse(text, out var instant) || !IsShown(instant.Year))
            return false;
        moment = new Moment(instant);
        return true;
    }

    public DateOnly DateIn(DateTimeZone zone) => IsDate ? _date : DateIn(_instant, zone);

    public static DateOnly DateIn(DateTimeOffset instant, DateTimeZone zone) =>
        NodaTime.Instant.FromDateTimeOffset(instant).InZone(zone).Date.ToDateOnly();

    /// <summary>Instants as instants; as soon as one of the two is a date, as dates in the zone.</summary>
    public int CompareTo(Moment other, DateTimeZone zone) =>
        IsDate || other.IsDate ? DateIn(zone).CompareTo(other.DateIn(zone)) : _instant.CompareTo(other._instant);

    private static bool IsShown(int year) => year is >= 2 and <= 9998;
}
