using System.Collections.Concurrent;
using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <param name="Violations">Each with the invariant's id (reliability.md) and the ledger's and the trail's lines that show
/// it.</param>
/// <param name="Summary">What was done and measured.</param>
/// <param name="MaxLateness">Of a wake, from its due instant, by the server's own clock.</param>
/// <param name="Wakes">That happened, by the runs' one path.</param>
/// <param name="Effects">That were delivered.</param>
internal sealed record Verdict(IReadOnlyList<string> Violations, string Summary, TimeSpan MaxLateness, int Wakes, int Effects);

/// <summary>
/// Judges what a drill has left behind, through the public API, the client's ledger and the receiver's: nothing lost, nothing
/// invented, nothing twice, nothing early, and the numbers agree. A drill in which little happened fails as well.
/// </summary>
internal sealed class Checker(Drill drill, Support.Api api)
{
    private const int ShownEach = 3,
        ReplayEvery = 50,
        MostReplays = 2000,
        ReadersAtOnce = 6,
        MostTrails = 20_000;

    /// <summary>Effects of a slice under way at once, and the slices of a scenario: what a fault may send twice (E4).</summary>
    private const int EffectsInFlight = 256 * 8;

    /// <summary>After a fault is healed, attempts that were cut off are still being handed out again.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(30);

    private readonly SortedDictionary<string, List<string>> _violations = new(StringComparer.Ordinal);
    private readonly List<TimeSpan> _lateness = [];

    private sealed record Step(
        int Number,
        string Element,
        DateTimeOffset At,
        DateTimeOffset? LeftAt,
        string? Output,
        bool IsEnd
    );

    private sealed record Walked(RunSeen Run, IReadOnlyList<Step> Steps);

    public async Task<Verdict> RunAsync(int minAcked, int minUnknown)
    {
        var runs = await RunsAsync();
        Captures(runs);
        await ReplaysAsync();
        foreach (var run in await TrailsAsync(runs.Values))
            Walk(run);
        if (drill.Sink is { } sink)
            Effects(sink, runs);
        await NumbersAsync();
        if (drill.Ledger.Acked < minAcked)
            Violated("floor", $"only {drill.Ledger.Acked} of at least {minAcked} captures were acknowledged");
        if (drill.Ledger.Unknown < minUnknown)
            Violated(
                "floor",
                $"only {drill.Ledger.Unknown} of at least {minUnknown} calls were left in the dark: the fault hit nothing"
            );
        return new Verdict(
            [.. _violations.SelectMany(v => v.Value.Take(ShownEach).Select(text => $"{v.Key} ({v.Value.Count}x): {text}"))],
            Summary(runs.Count),
            _lateness.DefaultIfEmpty().Max(),
            runs.Count * drill.Waits.Count,
            drill.Sink?.Deliveries.DistinctBy(d => d.Key).Count() ?? 0
        );
    }

    private async Task<Dictionary<Guid, RunSeen>> RunsAsync()
    {
        var listed = await api.RunsAsync(drill.Scenario);
        foreach (var twice in listed.GroupBy(r => r.RunId).Where(g => g.Count() > 1))
            Violated("R3", $"run {twice.Key} is listed {twice.Count()} times");
        foreach (var run in listed.Where(r => r.State != "completed"))
            Violated("R4", $"ended otherwise, or not: {run.Body}");
        return listed.DistinctBy(r => r.RunId).ToDictionary(r => r.RunId);
    }

    /// <summary>Each trail, of very many runs evenly chosen ones.</summary>
    private async Task<IReadOnlyCollection<Walked>> TrailsAsync(Dictionary<Guid, RunSeen>.ValueCollection runs)
    {
        var walked = new ConcurrentBag<Walked>();
        var every = runs.Count / MostTrails + 1;
        await Parallel.ForEachAsync(
            runs.Where((_, i) => i % every == 0),
            new ParallelOptions { MaxDegreeOfParallelism = ReadersAtOnce },
            async (run, _) =>
            {
                var seen = await api.RunAsync(drill.Scenario, run.RunId);
                walked.Add(new Walked(seen, [.. seen.Body.GetProperty("trail").EnumerateArray().Select(Read)]));
            }
        );
        return walked;
    }

    /// <summary>
    /// A1 acknowledged ⊆ stored; A2 stored ⊆ asked for; A3 a run for each key, whatever was sent twice; A7 refused left
    /// nothing.
    /// </summary>
    private void Captures(Dictionary<Guid, RunSeen> runs)
    {
        var accepted = drill.Ledger.All.Where(w => w.Accepted).ToList();
        foreach (var wanted in accepted)
            if (!runs.TryGetValue(wanted.RunId, out var run))
                Violated("A1", $"accepted and lost: {wanted}");
            else if (run.ProfileId != wanted.Profile)
                Violated("A1", $"another profile's run: {wanted}: {run.Body}");
        foreach (var shared in accepted.GroupBy(w => w.RunId).Where(g => g.Count() > 1))
            Violated("A3", $"one run for several keys: {string.Join("; ", shared)}");
        var acked = accepted.Select(w => w.RunId).ToHashSet();
        var byProfile = drill.Ledger.All.ToDictionary(w => w.Profile);
        foreach (var run in runs.Values.Where(r => !acked.Contains(r.RunId)))
            if (!byProfile.TryGetValue(run.ProfileId, out var wanted) || !MayHaveHappened(wanted))
                Violated(
                    "A2",
                    $"a run that nobody was told of: {run.Body}, asked for by {(wanted is null ? "nobody" : wanted)}"
                );
        // A profile is asked for once: two runs are one call that was carried out twice, key or no key.
        foreach (var twice in runs.Values.GroupBy(r => r.ProfileId).Where(g => g.Count() > 1))
            Violated("A3", $"{twice.Count()} runs of {byProfile.GetValueOrDefault(twice.Key)}");
        foreach (var wanted in drill.Ledger.All.Where(w => !w.Accepted && !MayHaveHappened(w)))
            Violated("A7", $"neither accepted nor excused: {wanted}");
        foreach (var (answer, times) in drill.Ledger.OddityCounts.Where(o => o.Key.StartsWith("500", StringComparison.Ordinal)))
            Violated("O1", $"{times} answers {answer}");
    }

    private static bool MayHaveHappened(Wanted wanted) => wanted is { IsUnkeyed: true, Outcome: OutcomeClass.Unknown };

    /// <summary>A3: a key that comes again, to whichever node, gets the answer it got before.</summary>
    private async Task ReplaysAsync()
    {
        var alive = drill.Called.Where(n => !n.HasExited).ToList();
        foreach (
            var wanted in drill
                .Ledger.All.Where(w => w is { Accepted: true, IsUnkeyed: false } && w.Seq % ReplayEvery == 0)
                .Take(MostReplays)
        )
        {
            var (run, replayed) = await Drill.PatientlyAsync(() =>
                drill.Callers.RepeatAsync(alive[wanted.Seq / ReplayEvery % alive.Count], wanted)
            );
            if (run != wanted.RunId || !replayed)
                Violated("A3", $"repeated, it got {run}, replayed {replayed}: {wanted}");
        }
    }

    /// <summary>
    /// R2 along the one path there is; R3 steps 1 to n, one end, nothing after it; A6 no two writers; W1 never early.
    /// </summary>
    private void Walk(Walked run)
    {
        string[] path = drill.Sink is null ? ["start", "w1", "w2", "e1"] : ["start", "w1", "h1", "w2", "e1"];
        var steps = run.Steps;
        if (!steps.Select(s => s.Element).SequenceEqual(path))
            Violated("R2", $"no path of this scenario: {run.Run.Body}");
        if (!steps.Select(s => s.Number).SequenceEqual(Enumerable.Range(1, steps.Count)))
            Violated("A6, R3", $"steps with a gap or twice: {run.Run.Body}");
        if (steps.Count(s => s.IsEnd) != 1 || !steps[^1].IsEnd)
            Violated("R3", $"not one end: {run.Run.Body}");
        foreach (var (before, after) in steps.Zip(steps.Skip(1)))
            if (before.LeftAt != after.At)
                Violated("R2", $"a gap in time: {run.Run.Body}");
        foreach (var step in steps)
            if (drill.Waits.TryGetValue(step.Element, out var wait) && step.LeftAt is { } left)
            {
                var late = left - (step.At + wait);
                if (late < TimeSpan.Zero)
                    Violated("W1", $"{step.Element} left {-late.TotalMicroseconds} µs early: {run.Run.Body}");
                _lateness.Add(late);
            }
    }

    /// <summary>
    /// E1 each effect was delivered; E2 none that no run asked for; E3 one body for a key; E4 twice only across a fault.
    /// </summary>
    private void Effects(Sink sink, Dictionary<Guid, RunSeen> runs)
    {
        // On the one path there is, h1 is the third step; every trail that is walked proves it.
        var asked = runs.Keys.Select(run => $"{run}/3").ToHashSet();
        var delivered = sink.Deliveries.GroupBy(d => d.Key).ToDictionary(g => g.Key, g => g.OrderBy(d => d.At).ToList());
        foreach (var key in asked.Where(k => !delivered.ContainsKey(k)))
            Violated("E1", $"{key} was never delivered: {runs[Guid.Parse(key.Split('/')[0])].Body}");
        foreach (var (key, hits) in delivered)
        {
            if (!asked.Contains(key))
                Violated("E2", $"{key} was delivered at {hits[0].At:HH:mm:ss.fff}, and no trail has it");
            if (hits.Select(h => h.BodyHash).Distinct().Count() > 1)
                Violated("E3", $"{key} was delivered with different bodies");
            if (
                hits.Count > 1
                && !drill.Faults.Any(f => hits[0].At <= f.Until && hits[^1].At >= f.From && hits[^1].At <= f.Until + Aftermath)
            )
                Violated(
                    "E4",
                    $"{key} was delivered at {string.Join(", ", hits.Select(h => h.At.ToString("HH:mm:ss.fff")))}, "
                        + "with no fault between"
                );
        }
        var twice = sink.Deliveries.Count - delivered.Count;
        if (twice > EffectsInFlight * Math.Max(1, drill.Faults.Count))
            Violated("E4", $"{twice} deliveries too many");
    }

    /// <summary>R1, N1: the product's own recount, and ours, agree with its counters.</summary>
    private async Task NumbersAsync()
    {
        try
        {
            // Which runs there must be, A1 and A2 have asked: a call without a key may have happened and not been answered
            await Invariants.HoldAsync(api, drill.Scenario);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            Violated("R1, N1", e.Message);
        }
    }

    private string Summary(int runs)
    {
        var ledger = drill.Ledger;
        var late = _lateness.Order().ToList();
        TimeSpan At(double share) => late.Count == 0 ? TimeSpan.Zero : late[(int)Math.Min(late.Count - 1, late.Count * share)];
        var effects = drill.Sink is { } sink
            ? $"; {sink.Deliveries.Count} deliveries of {sink.Deliveries.DistinctBy(d => d.Key).Count()} effects"
            : "";
        return $"{ledger.Acked} acknowledged, {runs} runs, {ledger.Unknown} calls in the dark ({ledger.Oddities}), "
            + $"longest silence {ledger.LongestSilence.TotalSeconds:0.0} s; "
            + $"{late.Count} wakes, late p50 {At(0.5).TotalMilliseconds:0} ms, p99 {At(0.99).TotalMilliseconds:0} ms, "
            + $"max {At(1).TotalMilliseconds:0} ms{effects}; {drill.Faults.Count} faults";
    }

    private static Step Read(JsonElement step) =>
        new(
            step.GetProperty("step").GetInt32(),
            step.GetProperty("element").GetString()!,
            step.GetProperty("at").GetDateTimeOffset(),
            step.TryGetProperty("leftAt", out var left) ? left.GetDateTimeOffset() : null,
            step.GetProperty("output").GetString(),
            step.TryGetProperty("end", out _)
        );

    private void Violated(string invariant, string how)
    {
        if (!_violations.TryGetValue(invariant, out var list))
            _violations.Add(invariant, list = []);
        list.Add(how);
    }
}
