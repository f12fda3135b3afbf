namespace Scenarios.Engine.Runs;

/// <summary>The sums of what happened, for the counters of a scenario and of its elements.</summary>
public sealed class Tally
{
    public Dictionary<Count, int> Counts { get; } = [];

    /// <summary>How many more (or fewer) runs are at an element than before, by generation.</summary>
    public Dictionary<(int Generation, string Element), int> Live { get; } = [];

    public void Count(Count count, int n) => Counts[count] = Counts.GetValueOrDefault(count) + n;

    public void Stand(int generation, string element, int n) =>
        Live[(generation, element)] = Live.GetValueOrDefault((generation, element)) + n;
}
