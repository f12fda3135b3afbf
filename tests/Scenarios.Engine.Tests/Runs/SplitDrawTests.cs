using CsCheck;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

public class SplitDrawTests
{
    private const int Profiles = 100_000;

    [Theory]
    [InlineData("", 0x01df27c8adb0f2d1UL)]
    [InlineData("p1", 0x5cef9a3573513d1eUL)]
    [InlineData("customer-17850", 0x194164a1e64c3409UL)]
    [InlineData("Жар-птица 🔥", 0xb64914b4f85a1844UL)]
    public void The_hash_is_what_it_was_on_the_first_day(string text, ulong hash) => Assert.Equal(hash, StableHash.Of(text));

    [Theory]
    [InlineData("p1", 8, 2)]
    [InlineData("p1", 256, 92)]
    [InlineData("Жар-птица 🔥", 7, 4)]
    [InlineData("anybody", 1, 0)]
    public void A_profile_stays_in_its_partition(string profile, int partitions, int partition) =>
        Assert.Equal(partition, PartitionOf.Of(profile, partitions));

    [Fact]
    public void The_draws_are_what_they_were_on_the_first_day()
    {
        var split = Split(("a", 50), ("b", 30), ("c", 20));
        Assert.Equal(
            "acababcacbbb",
            string.Concat(Enumerable.Range(0, 12).Select(i => SplitDraw.Choose(split, 1, 12, $"p{i}", Guid.Empty)))
        );
        Assert.Equal(
            "bbaaaaacaaba",
            string.Concat(
                Enumerable.Range(0, 12).Select(i => SplitDraw.Choose(split with { EachEntry = true }, 1, 12, "p1", Run(i)))
            )
        );
    }

    [Fact]
    public void Partitions_are_filled_evenly()
    {
        var filled = new int[256];
        for (var i = 0; i < Profiles; i++)
            filled[PartitionOf.Of($"customer-{i}", 256)]++;
        // Chi square with 255 degrees of freedom: above 330 once in a thousand hashes.
        Assert.InRange(filled.Sum(n => Math.Pow(n - Profiles / 256.0, 2) / (Profiles / 256.0)), 180, 330);
    }

    [Fact]
    public void Branches_get_their_percents()
    {
        (string, decimal)[] branches = [("control", 5), ("a", 33.333m), ("b", 33.333m), ("c", 28.334m), ("off", 0)];
        var drawn = Draws(Split(branches)).CountBy(output => output).ToDictionary();
        foreach (var (output, percent) in branches)
            Assert.InRange(drawn.GetValueOrDefault(output) * 100.0 / Profiles, (double)percent * 0.97, (double)percent * 1.03);
    }

    [Fact]
    public void A_stable_draw_does_not_look_at_the_run() =>
        Assert.All(Enumerable.Range(0, 100), i =>
            Assert.Equal(
                Draw(Split(("a", 50), ("b", 50)), "p1"),
                SplitDraw.Choose(Split(("a", 50), ("b", 50)), 1, 12, "p1", Run(i))
            )
        );

    [Fact]
    public void A_draw_for_each_entry_depends_on_the_run_alone()
    {
        var split = Split(("a", 50), ("b", 50)) with { EachEntry = true };
        Assert.InRange(
            Enumerable.Range(0, Profiles).Count(i => SplitDraw.Choose(split, 1, 12, "p1", Run(i)) == "a") * 100.0 / Profiles,
            49.5,
            50.5
        );
        Assert.Equal(SplitDraw.Choose(split, 1, 12, "p1", Run(7)), SplitDraw.Choose(split, 1, 12, "p2", Run(7)));
    }

    [Fact]
    public void Tenants_scenarios_and_elements_draw_apart()
    {
        var split = Split(("a", 50), ("b", 50));
        var first = Draws(split);
        foreach (var (tenant, scenario, element) in new[] { (2, 12, "s1"), (1, 13, "s1"), (1, 12, "s2") })
        {
            var other = Enumerable
                .Range(0, Profiles)
                .Select(i => SplitDraw.Choose(split with { Id = element }, tenant, scenario, $"customer-{i}", Guid.Empty))
                .ToArray();
            Assert.InRange(Moved(first, other), 0.49, 0.51);
        }
    }

    [Fact]
    public void From_50_50_to_60_40_a_tenth_moves_and_all_of_it_one_way()
    {
        var (before, after) = (Draws(Split(("a", 50), ("b", 50))), Draws(Split(("a", 60), ("b", 40))));
        Assert.InRange(Moved(before, after), 0.097, 0.103);
        Assert.DoesNotContain(before.Zip(after), pair => pair is ("a", "b"));
    }

    [Fact]
    public void The_order_of_the_branches_means_nothing() =>
        Assert.Equal(Draws(Split(("a", 50), ("b", 30), ("c", 20))), Draws(Split(("c", 20), ("a", 50), ("b", 30))));

    [Fact]
    public void A_new_branch_takes_from_all_and_moves_no_other_profile()
    {
        var (before, after) = (Draws(Split(("a", 50), ("b", 50))), Draws(Split(("a", 40), ("b", 40), ("c", 20))));
        Assert.InRange(Moved(before, after), 0.195, 0.205);
        Assert.All(before.Zip(after), pair => Assert.True(pair.First == pair.Second || pair.Second == "c"));
    }

    [Fact]
    public void A_profile_moves_only_to_a_branch_that_grew_and_no_more_than_promised_move() =>
        Gen.Select(Gen.Int[1, 100].Array[2, 10], Gen.Int[1, 100].Array[10], Gen.Int)
            .Sample(
                (weights, others, seed) =>
                {
                    var (p, q) = (Percents(weights), Percents(others[..weights.Length]));
                    var (before, after) = (Split(p), Split(q));
                    var moved = 0;
                    const int sample = 2000;
                    for (var i = 0; i < sample; i++)
                    {
                        var profile = $"{seed}-{i}";
                        var (from, to) = (Draw(before, profile), Draw(after, profile));
                        if (from == to)
                            continue;
                        moved++;
                        if (
                            q.Single(b => b.Output == to).Percent * p.Single(b => b.Output == from).Percent
                            <= q.Single(b => b.Output == from).Percent * p.Single(b => b.Output == to).Percent
                        )
                            return false;
                    }
                    var difference = p.Zip(q).Sum(pair => Math.Abs((double)(pair.First.Percent - pair.Second.Percent))) / 200;
                    // Five and a half standard deviations
                    return moved / (double)sample <= 2 * difference / (1 + difference) + 0.06;
                },
                iter: 200
            );

    private static (string Output, decimal Percent)[] Percents(int[] weights) =>
        [.. weights.Select((w, i) => ($"b{i}", Math.Round(100m * w / weights.Sum(), 3)))];

    private static Split Split(params (string Output, decimal Percent)[] branches) =>
        new("s1", "", [.. branches.Select(b => new Share(b.Output, b.Percent))], false);

    private static string Draw(Split split, string profile) => SplitDraw.Choose(split, 1, 12, profile, Guid.Empty);

    private static string[] Draws(Split split) => [.. Enumerable.Range(0, Profiles).Select(i => Draw(split, $"customer-{i}"))];

    private static double Moved(string[] before, string[] after) =>
        before.Zip(after).Count(pair => pair.First != pair.Second) / (double)Profiles;

    private static Guid Run(int i) => new(0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)(i >> 8), (byte)i);
}
