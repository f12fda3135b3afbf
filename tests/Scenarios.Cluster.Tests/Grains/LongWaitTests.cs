using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// Waits beyond what a timer counts (2^32 ms), of ten years, and up to a day that is not in every year, are left at their
/// instant and not before (W5).
/// </summary>
public sealed class LongWaitTests(TestNode node) : IClassFixture<TestNode>
{
    private Support.Api Api => node.Api;

    [Fact]
    public async Task A_wait_as_long_as_one_likes_ends_at_its_instant()
    {
        TimeSpan[] lengths =
        [
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMilliseconds(int.MaxValue),
            TimeSpan.FromMilliseconds(uint.MaxValue),
            TimeSpan.FromDays(400),
            TimeSpan.FromDays(3650),
        ];
        var elements = lengths.Select((length, i) => ($"w{i}", "wait", Whole(length))).ToArray();
        var number = await Api.ActiveAsync(
            Graph.Of($"start > {string.Join(" > ", elements.Select(e => e.Item1))}", elements),
            new { partitions = 1 }
        );
        var run = (await Api.CaptureAsync(number, "ann")).RunId;
        foreach (var (element, _, _) in elements)
        {
            var waiting = await Api.UntilRunAsync(number, run, r => r.Element == element);
            if (element == "w0")
                continue; // a second passes by itself
            // A minute before, it stays; what is captured then proves that the slice has looked.
            await node.AdvanceAsync(waiting.LeavesAt!.Value - node.Clock.Now - TimeSpan.FromMinutes(1));
            await Api.CaptureAsync(number, $"probe {element}");
            Assert.Equal(element, (await Api.RunAsync(number, run)).Element);
            await node.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        var ended = await Api.EndOfAsync(number, run);
        foreach (var (step, length) in ended.Body.GetProperty("trail").EnumerateArray().Skip(1).Zip(lengths))
            Assert.InRange(
                step.GetProperty("leftAt").GetDateTimeOffset() - step.GetProperty("at").GetDateTimeOffset(),
                TimeSpan.FromSeconds(Math.Ceiling(length.TotalSeconds)),
                length + TimeSpan.FromSeconds(30)
            );
    }

    /// <summary>From the 28th of February of a leap year, over the change of the clock, into the hour that comes twice.</summary>
    [Fact]
    public async Task Days_of_a_zone_are_counted_by_its_calendar()
    {
        foreach (
            var (from, days, to) in new[]
            {
                ("2048-02-28T12:00:00Z", 1, "2048-02-29T12:00:00Z"),
                ("2048-10-24T00:30:00Z", 1, "2048-10-25T00:30:00Z"),
                ("2048-12-30T12:00:00Z", 366, "2049-12-31T12:00:00Z"),
            }
        )
        {
            var (start, end) = (DateTimeOffset.Parse(from), DateTimeOffset.Parse(to));
            Assert.True(node.Clock.Now < start, "the clock goes on only");
            await node.AdvanceAsync(start - node.Clock.Now);
            var number = await Api.ActiveAsync(
                Graph.Of("start > w1", ("w1", "wait", new { duration = new { days }, zone = "Europe/Berlin" })),
                new { partitions = 1 }
            );
            var run = (await Api.CaptureAsync(number, "ann")).RunId;
            var leaves = (await Api.RunAsync(number, run)).LeavesAt!.Value;
            Assert.InRange(leaves, end, end.AddMinutes(1));
            await node.AdvanceAsync(leaves - node.Clock.Now);
            Assert.True((await Api.EndOfAsync(number, run)).Body.GetProperty("endedAt").GetDateTimeOffset() >= leaves);
        }
    }

    private static object Whole(TimeSpan length) =>
        new { duration = new { seconds = (long)Math.Ceiling(length.TotalSeconds) } };
}
