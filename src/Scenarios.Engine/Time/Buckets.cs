using NodaTime;

namespace Scenarios.Engine.Time;

public enum Granularity
{
    Hour,
    Day,
    Week,
}

/// <summary>
/// Cuts a period into hours, days or weeks (from Monday) of a zone. Statistics are counted in quarter hours of UTC, and
/// every zone of today is a whole number of them away, so the cuts are exact. Over a change of the clock an hour that comes
/// twice is two buckets and a day is as long as it was.
/// </summary>
public static class Buckets
{
    public const int Limit = 10_000;

    private static readonly Duration Quarter = Duration.FromMinutes(15);

    /// <summary>
    /// The edges of the buckets that touch the period, one more than there are buckets, ascending; null when there would be
    /// more than <see cref="Limit"/>.
    /// </summary>
    /// <param name="zone">IANA name; an unknown one counts as UTC.</param>
    public static IReadOnlyList<DateTimeOffset>? Between(DateTimeOffset from, DateTimeOffset to, Granularity by, string zone)
    {
        var clock = DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) ?? DateTimeZone.Utc;
        var (first, last) = (Instant.FromDateTimeOffset(from), Instant.FromDateTimeOffset(to));
        var atLeast = by switch
        {
            Granularity.Hour => Duration.FromHours(1),
            Granularity.Day => Duration.FromHours(23),
            Granularity.Week => Duration.FromHours(167),
        };
        if ((last - first) / atLeast > Limit + 1)
            return null;
        var edges = new List<DateTimeOffset>();
        foreach (var edge in by == Granularity.Hour ? Hours(first, clock) : Dates(first, by == Granularity.Day ? 1 : 7, clock))
        {
            edges.Add(edge.ToDateTimeOffset());
            if (edge >= last && edges.Count > 1)
                break;
        }
        return edges.Count - 1 > Limit ? null : edges;
    }

    private static IEnumerable<Instant> Hours(Instant from, DateTimeZone zone)
    {
        var edge = Instant.FromUnixTimeSeconds(
            Math.DivRem(from.ToUnixTimeSeconds(), 900, out var rest) * 900 - (rest < 0 ? 900 : 0)
        );
        while (!IsHour(edge, zone))
            edge -= Quarter;
        for (; ; edge += Quarter)
            if (IsHour(edge, zone))
                yield return edge;
    }

    /// <summary>The local clock shows a new hour, or the same hour from its beginning again.</summary>
    private static bool IsHour(Instant at, DateTimeZone zone)
    {
        var (now, before) = (at.InZone(zone).LocalDateTime, (at - Quarter).InZone(zone).LocalDateTime);
        return now.Minute == 0 || now.Hour != before.Hour;
    }

    private static IEnumerable<Instant> Dates(Instant from, int days, DateTimeZone zone)
    {
        var date = from.InZone(zone).Date;
        if (days == 7)
            date = date.PlusDays(1 - (int)date.DayOfWeek);
        var edge = zone.At(date.AtMidnight());
        yield return edge;
        while (true)
        {
            date = date.PlusDays(days);
            var next = zone.At(date.AtMidnight());
            // A date that a zone left out (Samoa, 30 December 2011) is no day.
            if (next > edge)
                yield return edge = next;
        }
    }
}
