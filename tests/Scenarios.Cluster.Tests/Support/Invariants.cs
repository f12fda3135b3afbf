using System.Text.Json;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// What must hold of a scenario whatever has happened to it, looked at through the public API, at the end of tests. The
/// scenario must be at rest: several requests see several moments.
/// </summary>
public static class Invariants
{
    /// <summary>Trails are read one by one, so of many runs only some are.</summary>
    private const int TrailsLimit = 200;

    /// <param name="accepted">Every run that a capture was answered with; null when the test did not keep them.</param>
    /// <param name="isEdited">The definition has changed meanwhile: trails need not follow the links of today.</param>
    public static async Task HoldAsync(Api api, int number, IReadOnlyCollection<Guid>? accepted = null, bool isEdited = false)
    {
        var verification = await api.VerifyAsync(number);
        Assert.True(verification.GetProperty("consistent").GetBoolean(), verification.ToString());

        var runs = await api.RunsAsync(number);
        Assert.Equal(runs.Count, runs.DistinctBy(r => r.RunId).Count());
        if (accepted is not null)
            Assert.Equal(accepted.Distinct().Order(), runs.Select(r => r.RunId).Order());

        await LiveAsync(api, number, runs);
        await StatisticsAsync(api, number, runs);
        var graph = Definition.Read(await api.ScenarioOfAsync(number));
        var every = Math.Max(1, runs.Count / TrailsLimit);
        foreach (var run in runs.Where((_, i) => i % every == 0))
            Trail(await api.RunAsync(number, run.RunId), isEdited ? null : graph);
    }

    /// <summary>Live counts are the runs that are open, at each element.</summary>
    private static async Task LiveAsync(Api api, int number, IReadOnlyList<RunSeen> runs)
    {
        var live = await api.LiveAsync(number);
        var open = runs.Where(r => r.IsOpen).GroupBy(r => r.Element).ToDictionary(g => g.Key, g => (long)g.Count());
        Assert.Equal(
            open.OrderBy(e => e.Key, StringComparer.Ordinal),
            live.Elements.OrderBy(e => e.Key, StringComparer.Ordinal)
        );
        Assert.Equal(live.Elements.Values.Sum(), live.Inside);
        foreach (var (element, n) in live.Elements)
            Assert.Equal(n, (await api.RunsAtAsync(number, element)).Count);
    }

    /// <summary>
    /// entered = inside + completed + failed + left, for the scenario and for each element, and all of it as the runs say.
    /// </summary>
    private static async Task StatisticsAsync(Api api, int number, IReadOnlyList<RunSeen> runs)
    {
        var statistics = await api.StatisticsAsync(number);
        var totals = statistics.GetProperty("totals");
        Assert.Equal(runs.Count, totals.GetProperty("entered").GetInt64());
        Assert.Equal(runs.Count(r => r.State == "completed"), totals.GetProperty("completed").GetInt64());
        Assert.Equal(runs.Count(r => r.State == "failed"), totals.GetProperty("failed").GetInt64());
        var left = runs.Where(r => r.State == "left").GroupBy(r => r.Reason!).ToDictionary(g => g.Key, g => (long)g.Count());
        Assert.Equal(
            left.OrderBy(l => l.Key, StringComparer.Ordinal),
            Api.Numbers(totals.GetProperty("left")).OrderBy(l => l.Key, StringComparer.Ordinal)
        );

        var live = await api.LiveAsync(number);
        foreach (var element in statistics.GetProperty("elements").EnumerateObject())
        {
            var gone =
                Api.Numbers(element.Value.GetProperty("left")).Values.Sum()
                + Api.Numbers(element.Value.GetProperty("ended")).Values.Sum();
            Assert.True(
                element.Value.GetProperty("entered").GetInt64() == live.At(element.Name) + gone,
                $"{element.Name}: {element.Value}, inside {live.At(element.Name)}"
            );
        }
    }

    /// <summary>Steps without a gap in number or time, along links that exist, and no wait that ended early.</summary>
    private static void Trail(RunSeen run, Definition? graph)
    {
        var steps = run.Body.GetProperty("trail").EnumerateArray().ToList();
        var story = run.Body.ToString();
        for (var i = 0; i < steps.Count; i++)
        {
            var (step, element) = (steps[i], steps[i].GetProperty("element").GetString()!);
            var isLast = i == steps.Count - 1;
            Assert.True(step.GetProperty("step").GetInt32() == i + 1, $"a gap before step {i + 1}: {story}");
            Assert.True(
                step.TryGetProperty("end", out _) == (isLast && !run.IsOpen),
                $"an end in the middle, or none: {story}"
            );
            if (isLast && run.IsOpen)
            {
                Assert.True(element == run.Element, $"stands elsewhere than its trail says: {story}");
                continue;
            }
            var (at, leftAt) = (step.GetProperty("at").GetDateTimeOffset(), step.GetProperty("leftAt").GetDateTimeOffset());
            Assert.True(leftAt >= at, $"left before it came: {story}");
            if (!isLast)
                Assert.True(steps[i + 1].GetProperty("at").GetDateTimeOffset() == leftAt, $"a gap in time: {story}");
            if (graph is null || step.GetProperty("output").GetString() is not { } output)
                continue;
            Assert.True(
                graph.Links.GetValueOrDefault((element, output))
                    == (isLast ? null : steps[i + 1].GetProperty("element").GetString()),
                $"no such link: {story}"
            );
            if (output == "next" && graph.Waits.TryGetValue(element, out var least) && !step.TryGetProperty("detail", out _))
                Assert.True(leftAt - at >= least, $"woke early: {story}");
        }
    }

    /// <param name="Waits">The least that a wait of a duration takes; a day may have 23 hours.</param>
    private sealed record Definition(
        IReadOnlyDictionary<(string From, string Output), string> Links,
        IReadOnlyDictionary<string, TimeSpan> Waits
    )
    {
        public static Definition Read(JsonElement scenario)
        {
            var graph = scenario.GetProperty("definition");
            return new Definition(
                graph
                    .GetProperty("links")
                    .EnumerateArray()
                    .ToDictionary(
                        l => (l.GetProperty("from").GetString()!, l.GetProperty("output").GetString()!),
                        l => l.GetProperty("to").GetString()!
                    ),
                graph
                    .GetProperty("elements")
                    .EnumerateArray()
                    .Where(e => e.TryGetProperty("settings", out var settings) && settings.TryGetProperty("duration", out _))
                    .ToDictionary(
                        e => e.GetProperty("id").GetString()!,
                        e => Least(e.GetProperty("settings").GetProperty("duration"))
                    )
            );
        }

        private static TimeSpan Least(JsonElement duration)
        {
            int Of(string unit) => duration.TryGetProperty(unit, out var n) ? n.GetInt32() : 0;
            return TimeSpan.FromHours(Of("days") * 23 + Of("hours"))
                + TimeSpan.FromMinutes(Of("minutes"))
                + TimeSpan.FromSeconds(Of("seconds"));
        }
    }
}
