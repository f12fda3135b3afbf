namespace Scenarios.Engine.Tests.Simulation;

public class SimulationTests
{
    private const int DefaultHistories = 2_000,
        HistoriesForMutant = 2_000;

    [Fact]
    public void Every_invariant_holds_in_every_history()
    {
        if (Number("SIMULATION_SEED") is { } seed)
        {
            Assert.Null(Simulator.Run(seed));
            return;
        }
        SimulationFailure? failure = null;
        // Other histories each day, the same ones all day long.
        var first = DateTime.UtcNow.Date.Subtract(DateTime.UnixEpoch).Days * 1_000_000;
        Parallel.For(0, Number("SIMULATION_HISTORIES") ?? DefaultHistories, (i, loop) =>
        {
            if (Simulator.Run(unchecked(first + i)) is not { } found)
                return;
            Interlocked.CompareExchange(ref failure, found, null);
            loop.Stop();
        });
        Assert.True(failure is null, failure?.ToString());
    }

    [Theory]
    [
        InlineData(Mutant.SkipFence, "A6"),
        InlineData(Mutant.SkipGate, "F1"),
        InlineData(Mutant.FireEarly, "W1"),
        InlineData(Mutant.SkipCounter, "N1")
    ]
    [
        InlineData(Mutant.ForgetGeneration, "C1"),
        InlineData(Mutant.ForgetReceipt, "A3"),
        InlineData(Mutant.AnswerFirst, "A1"),
        InlineData(Mutant.LoseWake, "W3")
    ]
    [InlineData(Mutant.TwoClocks, "W3"), InlineData(Mutant.TrustNeighbour, "W3")]
    public void A_mistake_on_purpose_is_found(Mutant mutant, string invariant) =>
        Assert.Contains(Enumerable.Range(0, HistoriesForMutant).Select(seed => Simulator.Run(seed, mutant)), failure =>
            failure?.Invariant == invariant
        );

    [Fact]
    public void The_histories_are_worth_something()
    {
        var tally = Enumerable
            .Range(0, 400)
            .SelectMany(Simulator.Tally)
            .GroupBy(t => t.What)
            .ToDictionary(t => t.Key, t => t.Sum(one => one.Times));
        string[] expected =
        [
            "Committed",
            "Fenced",
            "GateMoved",
            "lost answer settled",
            "replayed",
            "input ignored",
            "wait recomputed",
            "kept outcome applied",
            "attempt repeated",
            "given up",
            "entered",
            "completed",
            "failed http500",
            "left removed",
            "left restarted",
            "left cleared",
            "left deactivated",
            "left elementDeleted",
            "declined inactive",
            "declined engaged",
            "declined alreadyEntered",
            "error h1",
            "w1 left next",
            "w2 left next",
            "c1 left vip",
            "w1 ended moved",
            "w1 ended cleared",
            "h1 ended deactivated",
        ];
        Assert.Equal(
            [],
            [
                .. expected
                    .Where(what => tally.GetValueOrDefault(what) < 5)
                    .Select(what => $"{what} {tally.GetValueOrDefault(what)}"),
            ]
        );
    }

    [Fact]
    public void A_seed_tells_the_same_story_each_time()
    {
        var seed = Enumerable.Range(0, HistoriesForMutant).First(s => Simulator.Run(s, Mutant.SkipCounter) is not null);
        Assert.Equal(Simulator.Run(seed, Mutant.SkipCounter)!.ToString(), Simulator.Run(seed, Mutant.SkipCounter)!.ToString());
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : null;
}
