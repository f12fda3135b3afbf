using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Numbers of a period: what came in less what went out is the change of what is inside, and what an hour has shown it shows
/// for ever (N2).
/// </summary>
public sealed class PeriodsTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    [Fact]
    public async Task Entered_minus_left_is_the_change_of_inside_and_a_past_hour_never_changes()
    {
        const int Hours = 8;
        // In the middle of an hour, so that what happens in a round happens within one.
        var now = node.Clock.Now;
        await node.AdvanceAsync(
            new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 30, 0, TimeSpan.Zero).AddHours(1) - now
        );
        var begun = node.Clock.Now;
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > w1 > c1; c1:yes > w2",
                ("w1", "wait", Graph.For(TimeSpan.FromHours(1))),
                ("c1", "condition", Graph.If("points", "greater", 0)),
                ("w2", "wait", Graph.For(TimeSpan.FromHours(3)))
            ),
            new { freezeOnDeactivate = true }
        );
        var (inside, over) = (new List<long>(), new List<string>());
        for (var hour = 0; hour < Hours; hour++)
        {
            await Api.CaptureAllAsync(
                number,
                Enumerable
                    .Range(hour * 100, 10 + hour)
                    .Select(
                        object (i) => new { profileId = Graph.Profile(i), profile = new { fields = new { points = i % 2 } } }
                    )
            );
            if (hour == 3)
                await Api.ClearAsync(number);
            if (hour == 5)
                await Api.SendAsync(
                    HttpMethod.Delete,
                    $"/api/v1/scenarios/{number}/runs/{(await Api.RunsAtAsync(number, "w1"))[0].RunId}"
                );
            inside.Add((await Api.LiveAsync(number)).Inside);
            var series = await SeriesAsync(begun, node.Clock.Now);
            Assert.Equal(hour + 1, series.Count);
            Assert.Equal(over, series.Take(hour).Select(bucket => bucket.ToString()));
            over.Add(series[hour].ToString());
            await node.AdvanceAsync(TimeSpan.FromHours(1));
            // Who was due has left before anything else happens in this hour.
            var due = node.Clock.Now;
            await Support.Api.UntilAsync(
                async () =>
                    (await Api.RunsAtAsync(number, "w1"))
                        .Concat(await Api.RunsAtAsync(number, "w2"))
                        .Count(r => r.LeavesAt <= due),
                n => n == 0
            );
        }

        var all = await SeriesAsync(begun, begun.AddHours(Hours - 1));
        for (var from = 0; from < Hours; from++)
        for (var to = from + 1; to < Hours; to++)
        {
            // What the numbers say of the hours after `from`, up to and with `to`.
            var totals = (await Api.GetAsync(Statistics(begun.AddHours(from + 1), begun.AddHours(to), "hour"))).GetProperty(
                "totals"
            );
            var gone =
                totals.GetProperty("completed").GetInt64()
                + totals.GetProperty("failed").GetInt64()
                + Support.Api.Numbers(totals.GetProperty("left")).Values.Sum();
            Assert.True(
                totals.GetProperty("entered").GetInt64() - gone == inside[to] - inside[from],
                $"between {from} and {to}: {totals}, inside {inside[from]} and {inside[to]}"
            );
        }
        Assert.All(all, bucket =>
            Assert.All(bucket.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.Number), m =>
                Assert.True(m.Value.GetInt64() >= 0, bucket.ToString())
            )
        );
        await Invariants.HoldAsync(Api, number);

        async Task<List<JsonElement>> SeriesAsync(DateTimeOffset from, DateTimeOffset to) =>
            [.. (await Api.GetAsync(Statistics(from, to, "hour"))).GetProperty("series").EnumerateArray()];

        string Statistics(DateTimeOffset from, DateTimeOffset to, string by) =>
            $"/api/v1/scenarios/{number}/statistics?by={by}&from={from.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"
            + $"&to={to.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}";
    }
}
