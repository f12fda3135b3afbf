using System.Collections.Concurrent;
using Scenarios.Bench.Designs;
using Scenarios.Bench.Load;

namespace Scenarios.Bench.Naive;

/// <summary>The naive server's scenarios, and what the bench wants to know of them, in memory.</summary>
internal sealed class NaiveBoard
{
    private readonly ConcurrentDictionary<int, Scenario> _scenarios = [];
    private int _last;

    public int Add(int waitSeconds, DateTimeOffset? until)
    {
        var number = Interlocked.Increment(ref _last);
        _scenarios[number] = new Scenario(waitSeconds, until);
        return number;
    }

    public NaiveCapture Capture(int number, string? content) =>
        new(content, _scenarios[number].WaitSeconds, _scenarios[number].Until);

    public static string Key(int number, string profileId) => $"{number}/{profileId}";

    public void Ended(string key, TimeSpan lateness, DateTimeOffset at)
    {
        var scenario = _scenarios[int.Parse(key.AsSpan(0, key.IndexOf('/')))];
        lock (scenario.Lateness)
        {
            scenario.Lateness.Add(lateness.TotalMilliseconds);
            scenario.LastEndedAt = at;
        }
    }

    public Ends Ends(int number)
    {
        var scenario = _scenarios[number];
        lock (scenario.Lateness)
        {
            var sorted = scenario.Lateness.Order().ToList();
            return new Ends(
                sorted.Count,
                scenario.LastEndedAt,
                ClosedLoop.Percentile(sorted, 0),
                ClosedLoop.Percentile(sorted, 0.5),
                ClosedLoop.Percentile(sorted, 0.99)
            );
        }
    }

    private sealed class Scenario(int waitSeconds, DateTimeOffset? until)
    {
        public int WaitSeconds => waitSeconds;
        public DateTimeOffset? Until => until;
        public List<double> Lateness { get; } = [];
        public DateTimeOffset LastEndedAt { get; set; }
    }
}
