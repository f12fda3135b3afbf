using Scenarios.Bench.Designs;
using Scenarios.Bench.Load;

namespace Scenarios.Bench;

/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Operations">What the CPU was used for; 0 where it says nothing.</param>
/// <param name="Detail">What else was seen.</param>
internal sealed record Figure(string Measure, double Value, string Unit, long Operations, CpuSeconds Cpu, string Detail);

/// <summary>
/// The measures, taken of one design that runs. Each has a scenario of its own; all are checked at the end.
/// </summary>
internal sealed class Measures(
    Design design,
    int postmaster,
    int profiles,
    TimeSpan duration,
    CancellationToken cancellationToken
)
{
    private static readonly TimeSpan LongWait = TimeSpan.FromDays(1),
        LifeWait = TimeSpan.FromSeconds(5),
        SteadyWait = TimeSpan.FromSeconds(2),
        Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(30);
    private const int WarmUpCaptures = 30_000,
        MostRefusedPercent = 1,
        OverloadConnections = 9_000,
        SteadyConnections = 1_000,
        SteadyWaiting = 100_000,
        LiveRate = 2_000;

    /// <summary>By which one capture alone is answered on an idle machine, with room to spare.</summary>
    private const double CalmMilliseconds = 50;

    private readonly List<(int Scenario, long Accepted)> _taken = [];

    /// <summary>Code is compiled and pools are filled before anything counts.</summary>
    public async Task WarmUpAsync()
    {
        var scenario = await ScenarioAsync(Wait.For(TimeSpan.FromSeconds(1)));
        await LoadAsync(scenario, batch: 0, inFlight: 64, Math.Min(WarmUpCaptures, profiles), WarmUpLimit);
        var batches = await ScenarioAsync(Wait.For(TimeSpan.FromSeconds(1)));
        await LoadAsync(batches, batch: 1_000, inFlight: 2, Math.Min(WarmUpCaptures, profiles), WarmUpLimit);
        await DrainAsync(batches);
    }

    public async Task<Figure> SinglesAsync(int inFlight) =>
        await CapturesAsync($"single captures, {inFlight} in flight", batch: 0, inFlight);

    public async Task<Figure> BatchesAsync(int size, int inFlight) =>
        await CapturesAsync($"batches of {size:N0}, {inFlight} in flight", size, inFlight);

    /// <summary>
    /// Capture, wait, wake, end: captured as fast as it goes in batches, until all have ended; the wait itself is no part of
    /// the time.
    /// </summary>
    public async Task<Figure> LivesAsync()
    {
        var wait = Wait.For(LifeWait);
        var scenario = await ScenarioAsync(wait);
        var meter = Meter();
        var (before, begun) = (meter.Read(), DateTimeOffset.UtcNow);
        var load = await LoadAsync(scenario, batch: 1_000, inFlight: 2, profiles, duration);
        await DrainAsync(scenario);
        var cpu = meter.Read() - before;
        var ends = await design.EndsAsync(scenario, wait, cancellationToken);
        return new Figure(
            $"whole lives, wait {LifeWait.TotalSeconds} s",
            ends.Count / (ends.LastAt - begun - LifeWait).TotalSeconds,
            "lives/s",
            ends.Count,
            cpu,
            $"{ends.Count:N0} of {load.Accepted:N0} ended, lateness {Lateness(ends)}"
        );
    }

    /// <summary>All due at one instant; the CPU is that of waking and ending them.</summary>
    public async Task<Figure> MassWakeAsync()
    {
        var count = Math.Min(design.MassWake, profiles);
        for (var lead = TimeSpan.FromSeconds(15); ; lead *= 2)
        {
            var due = DateTimeOffset.UtcNow + lead;
            var wait = Wait.To(due);
            var scenario = await ScenarioAsync(wait);
            await LoadAsync(scenario, batch: 1_000, inFlight: 4, count, lead);
            var left = due - DateTimeOffset.UtcNow;
            if (left < TimeSpan.FromSeconds(1))
                continue; // some were captured too late to wait
            await Task.Delay(left, cancellationToken);
            var meter = Meter();
            var before = meter.Read();
            await DrainAsync(scenario);
            var cpu = meter.Read() - before;
            var ends = await design.EndsAsync(scenario, wait, cancellationToken);
            return new Figure(
                "mass wake",
                ends.Count / Math.Max(0.001, (ends.LastAt - due).TotalSeconds),
                "wakes/s",
                ends.Count,
                cpu,
                $"{ends.Count:N0} of {count:N0} in {(ends.LastAt - due).TotalSeconds:F1} s, lateness {Lateness(ends)}"
            );
        }
    }

    /// <summary>
    /// An ordinary hour (reliability.md L1, L2): captures at 30 % and 70 % of the most that is taken while each wakes and ends
    /// two seconds later, beside a hundred thousand who wait. How soon a capture is answered, from when it was due to be sent,
    /// and how late a wake comes.
    /// </summary>
    public async Task<List<Figure>> SteadyAsync()
    {
        var wait = Wait.For(SteadyWait);
        await LoadAsync(
            await ScenarioAsync(Wait.For(LongWait)),
            batch: 1_000,
            inFlight: 2,
            Math.Min(SteadyWaiting, profiles),
            DrainLimit
        );
        var fullest = await ScenarioAsync(wait);
        var most = await LoadAsync(fullest, batch: 0, inFlight: 256, profiles, duration);
        await DrainAsync(fullest);
        var figures = new List<Figure>();
        foreach (var percent in (int[])[30, 70])
        {
            var scenario = await ScenarioAsync(wait);
            var rate = most.PerSecond * percent / 100;
            var meter = Meter();
            var before = meter.Read();
            var load = await OpenLoop.RunAsync(
                design.TargetOf(scenario),
                rate,
                SteadyConnections,
                TimeSpan.FromSeconds(Math.Min(duration.TotalSeconds, profiles / rate)),
                cancellationToken
            );
            _taken.Add((scenario, load.Accepted));
            await DrainAsync(scenario);
            var cpu = meter.Read() - before;
            figures.Add(
                new Figure(
                    $"steady, {percent} % of the most",
                    load.PerSecond,
                    "captures/s",
                    load.Accepted,
                    cpu,
                    $"of {most.PerSecond:N0}/s; answered in p50 {load.AcceptedP50:F1} ms, "
                        + $"p99 {load.AcceptedP99:F1} ms, {load.Refused + load.Wrong} not accepted; "
                        + $"wakes late {Lateness(await design.EndsAsync(scenario, wait, cancellationToken))}"
                )
            );
        }
        return figures;
    }

    /// <summary>
    /// How soon who entered stands in the live stream (N3): for each run from the instant of its commit's decision to the first
    /// event that counts it.
    /// </summary>
    public async Task<Figure> LiveAsync(ProductDesign product)
    {
        var scenario = await ScenarioAsync(Wait.For(LongWait));
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var events = product.WatchAsync(scenario, watch.Token).GetAsyncEnumerator(watch.Token);
        await events.MoveNextAsync(); // the picture with which it begins
        // What comes in that picture's own second waits for the next: at most one event in each
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        var load = OpenLoop.RunAsync(
            design.TargetOf(scenario),
            Math.Min(LiveRate, profiles / duration.TotalSeconds),
            SteadyConnections,
            duration,
            cancellationToken
        );
        var seen = new List<(DateTimeOffset At, long Inside)>();
        while ((!load.IsCompleted || seen[^1].Inside < (await load).Accepted) && await events.MoveNextAsync())
            seen.Add(events.Current);
        var accepted = (await load).Accepted;
        _taken.Add((scenario, accepted));

        var late = new List<double>();
        foreach (var entered in await product.EnteredAsync(scenario, cancellationToken))
            late.Add((seen.First(e => e.Inside > late.Count).At - entered).TotalMilliseconds);
        late.Sort();
        return new Figure(
            "live stream",
            seen.Count / duration.TotalSeconds,
            "events/s",
            0,
            default,
            $"{accepted:N0} entered, {(await load).PerSecond:N0}/s; "
                + $"counted after p50 {ClosedLoop.Percentile(late, 0.5):F0} ms, "
                + $"p99 {ClosedLoop.Percentile(late, 0.99):F0} ms, at most {late[^1]:F0} ms"
        );
    }

    /// <summary>By how much the server grows for each further run that waits a day, its garbage collected.</summary>
    public async Task<Figure> MemoryAsync()
    {
        // A collector that gives back what it frees: the server's own keeps it for later.
        await design.StartAsync(
            new()
            {
                ["DOTNET_gcServer"] = "0",
                ["DOTNET_gcConcurrent"] = "0",
                ["DOTNET_GCConserveMemory"] = "9",
                ["DOTNET_GCgen0size"] = "0",
            },
            cancellationToken
        );
        var count = Math.Min(design.MemoryRuns, profiles);
        var warm = await ScenarioAsync(Wait.For(LongWait));
        await LoadAsync(warm, batch: 1_000, inFlight: 2, count, DrainLimit);
        var before = await HeldAsync();
        var scenario = await ScenarioAsync(Wait.For(LongWait));
        var load = await LoadAsync(scenario, batch: 1_000, inFlight: 2, count, DrainLimit);
        var after = await HeldAsync();
        return new Figure(
            "memory of a waiting run",
            Math.Max(0, (double)(after - before) / load.Accepted),
            "bytes",
            0,
            default,
            $"resident {before >> 20} MB, {after >> 20} MB with {load.Accepted:N0} more"
        );
    }

    /// <summary>
    /// What becomes of captures that come faster than they can be taken (O1): half as many again, and three times as many, as the
    /// most that was taken here; and how long until one alone is answered as quickly as before.
    /// </summary>
    public async Task<List<Figure>> OverloadAsync()
    {
        var most = await LoadAsync(await ScenarioAsync(Wait.For(LongWait)), batch: 0, inFlight: 1024, profiles, duration);
        var figures = new List<Figure>();
        foreach (var percent in (int[])[150, 300])
        {
            var scenario = await ScenarioAsync(Wait.For(LongWait));
            var before = design.Server.ResidentBytes;
            var rate = most.PerSecond * percent / 100;
            var limit = TimeSpan.FromSeconds(Math.Min(duration.TotalSeconds, profiles / rate)); // each profile once
            var load = await OpenLoop.RunAsync(design.TargetOf(scenario), rate, OverloadConnections, limit, cancellationToken);
            var after = design.Server.ResidentBytes;
            _taken.Add((scenario, load.Accepted));
            var begun = DateTimeOffset.UtcNow;
            while (
                (
                    await ClosedLoop.RunAsync(
                        design.TargetOf(await ScenarioAsync(Wait.For(LongWait))),
                        0,
                        1,
                        20,
                        Poll,
                        cancellationToken
                    )
                ).P99 > CalmMilliseconds
            )
                await Task.Delay(Poll, cancellationToken);
            figures.Add(
                new Figure(
                    $"overload, {percent} % of {most.PerSecond:N0}/s",
                    load.PerSecond,
                    "captures/s",
                    0,
                    default,
                    $"{load.PerSecond * 100 / most.PerSecond:F0} % of the most; {load.Refused:N0} refused, "
                        + $"p99 {load.RefusedP99:F0} ms; accepted p99 {load.AcceptedP99:F0} ms; "
                        + $"{load.Wrong} other answers; "
                        + $"resident {before >> 20} MB, then {after >> 20} MB; "
                        + $"calm after {(DateTimeOffset.UtcNow - begun).TotalSeconds:F1} s"
                )
            );
        }
        return figures;
    }

    /// <summary>Sentences about whatever is not as it must be.</summary>
    public async Task<List<string>> CheckAsync()
    {
        var wrong = new List<string>();
        foreach (
            var (scenario, accepted) in _taken.GroupBy(
                t => t.Scenario,
                t => t.Accepted,
                (scenario, accepted) => (scenario, accepted.Sum())
            )
        )
            wrong.AddRange(await design.CheckAsync(scenario, accepted, cancellationToken));
        return wrong;
    }

    private async Task<Figure> CapturesAsync(string measure, int batch, int inFlight)
    {
        var scenario = await ScenarioAsync(Wait.For(LongWait));
        var meter = Meter();
        var before = meter.Read();
        var load = await LoadAsync(scenario, batch, inFlight, profiles, duration);
        return new Figure(
            measure,
            load.PerSecond,
            "captures/s",
            load.Accepted,
            meter.Read() - before,
            $"answered in p50 {load.P50:F1} ms, p99 {load.P99:F1} ms"
        );
    }

    private Task<int> ScenarioAsync(Wait wait) => design.ScenarioAsync(wait, cancellationToken);

    private async Task<LoadResult> LoadAsync(int scenario, int batch, int inFlight, int most, TimeSpan limit)
    {
        var load = await ClosedLoop.RunAsync(design.TargetOf(scenario), batch, inFlight, most, limit, cancellationToken);
        _taken.Add((scenario, load.Accepted));
        if (load.Refused * 100L > (long)load.Accepted * MostRefusedPercent)
            throw new BenchFailedException(
                $"{design.Name}: {load.Refused} of {load.Accepted + load.Refused} captures were not accepted, "
                    + $"first: {load.Refusal}\n{design.Server.LastLines}"
            );
        return load;
    }

    /// <summary>Until all runs of the scenario have ended, or for as long as anybody would wait.</summary>
    private async Task DrainAsync(int scenario)
    {
        var accepted = _taken.Where(t => t.Scenario == scenario).Sum(t => t.Accepted);
        for (
            var until = DateTimeOffset.UtcNow + DrainLimit;
            DateTimeOffset.UtcNow < until;
            await Task.Delay(Poll, cancellationToken)
        )
            if (await design.EndedAsync(scenario, accepted, cancellationToken) >= accepted)
                return;
    }

    private async Task<long> HeldAsync()
    {
        for (var i = 0; i < 2; i++)
            await FullCollection.OfAsync(design.Server.Pid, cancellationToken);
        return design.Server.ResidentBytes;
    }

    private CpuMeter Meter() => new(design.Server.Pid, postmaster);

    private static string Lateness(Ends ends) => $"p50 {ends.P50:F0} ms, p99 {ends.P99:F0} ms, least {ends.Least:F1} ms";
}
