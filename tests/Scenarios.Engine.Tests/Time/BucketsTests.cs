using System.Globalization;
using CsCheck;
using NodaTime.TimeZones;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Tests.Time;

public sealed class BucketsTests
{
    [Fact]
    public void Days_begin_at_local_midnight_and_the_period_is_widened_to_them() =>
        Assert.Equal(
            ["2026-11-19T23:00Z", "2026-11-20T23:00Z", "2026-11-21T23:00Z"],
            Edges("2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z", Granularity.Day, "Europe/Berlin")
        );

    [Fact]
    public void A_period_that_ends_on_an_edge_has_no_bucket_after_it() =>
        Assert.Equal(
            ["2026-11-19T23:00Z", "2026-11-20T23:00Z"],
            Edges("2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z", Granularity.Day, "Europe/Berlin")
        );

    [Fact]
    public void A_period_without_length_is_one_bucket() =>
        Assert.Equal(
            ["2026-11-19T23:00Z", "2026-11-20T23:00Z"],
            Edges("2026-11-19T23:00:00Z", "2026-11-19T23:00:00Z", Granularity.Day, "Europe/Berlin")
        );

    [Fact]
    public void A_day_on_which_the_clock_changes_is_as_long_as_it_was() =>
        Assert.Equal(
            ["2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-26T23:00Z"],
            Edges("2026-10-25T00:00:00Z", "2026-10-26T12:00:00Z", Granularity.Day, "Europe/Berlin")
        );

    [Fact]
    public void An_hour_that_comes_twice_is_two_buckets() =>
        Assert.Equal(
            ["2026-10-24T23:00Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"],
            Edges("2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z", Granularity.Hour, "Europe/Berlin")
        );

    [Fact]
    public void Hours_of_a_zone_of_three_quarters_begin_when_its_clock_shows_a_full_hour() =>
        Assert.Equal(
            ["2026-11-20T09:15Z", "2026-11-20T10:15Z", "2026-11-20T11:15Z"],
            Edges("2026-11-20T10:00:00Z", "2026-11-20T10:30:00Z", Granularity.Hour, "Asia/Kathmandu")
        );

    [Fact]
    public void Weeks_begin_on_monday() =>
        Assert.Equal(
            ["2026-11-15T23:00Z", "2026-11-22T23:00Z"],
            Edges("2026-11-16T00:00:00Z", "2026-11-22T22:59:59Z", Granularity.Week, "Europe/Berlin")
        );

    [Fact]
    public void A_date_that_a_zone_left_out_is_no_day() =>
        Assert.Equal(
            ["2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z"],
            Edges("2011-12-29T12:00:00Z", "2011-12-31T00:00:00Z", Granularity.Day, "Pacific/Apia")
        );

    [Fact]
    public void Midnight_that_is_skipped_is_the_first_instant_after_it() =>
        Assert.Equal(
            ["2018-11-03T03:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z"],
            Edges("2018-11-03T12:00:00Z", "2018-11-04T12:00:00Z", Granularity.Day, "America/Sao_Paulo")
        );

    [Theory]
    [InlineData("2026-01-01T00:00:00Z", "2027-03-01T00:00:00Z", Granularity.Hour)]
    [InlineData("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z", Granularity.Day)]
    [InlineData("2000-01-01T00:00:00Z", "2199-01-01T00:00:00Z", Granularity.Week)]
    public void More_than_ten_thousand_buckets_are_refused(string from, string to, Granularity by) =>
        Assert.Null(Buckets.Between(At(from), At(to), by, "UTC"));

    [Fact]
    public void Ten_thousand_hours_are_not_too_many() =>
        Assert.Equal(
            Buckets.Limit + 1,
            Buckets
                .Between(
                    At("2026-01-01T00:00:00Z"),
                    At("2026-01-01T00:00:00Z").AddHours(Buckets.Limit),
                    Granularity.Hour,
                    "America/New_York"
                )!
                .Count
        );

    /// <summary>
    /// N2: whatever is asked for by the hour, the day and the week adds up, since each edge of the coarser is one of the finer.
    /// </summary>
    [Fact]
    public void Hours_make_up_days_and_days_make_up_weeks_in_every_zone()
    {
        var zones = TzdbDateTimeZoneSource.Default.CanonicalIdMap.Values.Distinct().Order(StringComparer.Ordinal).ToArray();
        Gen.Select(Gen.OneOfConst(zones), Gen.Int[0, 40 * 366 * 24 * 60], Gen.Int[0, 300 * 24 * 60])
            .Sample(
                (zone, minute, length) =>
                {
                    var from = At("2000-01-01T00:00:00Z").AddMinutes(minute);
                    var weeks = Buckets.Between(from, from.AddMinutes(length), Granularity.Week, zone)!;
                    var days = Buckets.Between(weeks[0], weeks[^1], Granularity.Day, zone)!;
                    var hours = Buckets.Between(weeks[0], weeks[^1], Granularity.Hour, zone)!;
                    return weeks[0] <= from
                        && weeks[^1] >= from.AddMinutes(length)
                        && Refines(days, weeks)
                        && Refines(hours, days)
                        && hours.All(h => h.ToUnixTimeSeconds() % 900 == 0);
                },
                iter: 1_000
            );

        static bool Refines(IReadOnlyList<DateTimeOffset> finer, IReadOnlyList<DateTimeOffset> coarser) =>
            finer[0] == coarser[0]
            && finer[^1] == coarser[^1]
            && finer.Zip(finer.Skip(1)).All(e => e.First < e.Second)
            && coarser.All(finer.ToHashSet().Contains);
    }

    private static string[] Edges(string from, string to, Granularity by, string zone) =>
        [
            .. Buckets
                .Between(At(from), At(to), by, zone)!
                .Select(e => e.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture)),
        ];

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
