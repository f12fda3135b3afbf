using Microsoft.Extensions.Hosting;
using Scenarios.Engine.Time;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Live;

/// <summary>
/// Live counts for streams: once a second all scenarios that somebody watches are read in one statement, and those that changed
/// go to their watchers. So a thousand streams cost the database as much as one, and none costs nothing.
/// </summary>
internal sealed partial class LiveFeed(LiveReads reads, LiveTotalsReads totals, TimeProvider time, ILogger<LiveFeed> log)
    : BackgroundService
{
    /// <summary>Streams of one tenant on this node.</summary>
    public const int StreamsPerTenant = 200;

    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Tenant, int Scenario), Watched> _watched = [];
    private readonly Dictionary<int, int> _streams = [];

    private sealed class Watched
    {
        public readonly List<LiveWatch> Watchers = [];
        public LiveCounts? Latest;

        /// <summary>The zone whose day its totals are of; null while no client asked for them.</summary>
        public string? Zone;

        public LiveTotalsReads.DaysBefore? Before;
    }

    /// <summary>
    /// Begins to watch scenarios; null when the tenant has <see cref="StreamsPerTenant"/> streams here already.
    /// </summary>
    /// <param name="zones">Of those whose totals are wanted as well.</param>
    public LiveWatch? Begin(int tenant, IReadOnlyCollection<int> scenarios, IReadOnlyDictionary<int, string> zones)
    {
        var watch = new LiveWatch(ended => End(tenant, scenarios, ended));
        lock (_lock)
        {
            var streams = _streams.GetValueOrDefault(tenant);
            if (streams == StreamsPerTenant)
                return null;
            _streams[tenant] = streams + 1;
            foreach (var scenario in scenarios)
            {
                if (!_watched.TryGetValue((tenant, scenario), out var watched))
                    _watched.Add((tenant, scenario), watched = new Watched());
                watched.Watchers.Add(watch);
                if (zones.TryGetValue(scenario, out var zone))
                    watched.Zone = zone;
                if (watched.Latest is { } latest)
                    watch.Offer(scenario, latest);
            }
        }
        return watch;
    }

    /// <summary>One look at all that is watched.</summary>
    internal async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        (int, int Scenario)[] keys;
        lock (_lock)
            keys = [.. _watched.Keys];
        if (keys.Length == 0)
            return;
        var counts = await reads.CountsAsync(keys, cancellationToken);
        var sums = await TotalsAsync(cancellationToken);
        var tasks = await reads.TasksAsync(keys, cancellationToken);
        lock (_lock)
        {
            foreach (var key in keys)
            {
                if (!_watched.TryGetValue(key, out var watched))
                    continue;
                var now = counts.GetValueOrDefault(key);
                if (now is not null)
                    now = now with { Totals = sums.GetValueOrDefault(key), Tasks = [.. tasks[key]] };
                if (now is null || watched.Latest?.IsSame(now) is not true)
                    watched.Watchers.ForEach(w => w.Offer(key.Scenario, now));
                watched.Latest = now;
            }
        }
    }

    private async Task<IReadOnlyDictionary<(int, int), LiveTotals>> TotalsAsync(CancellationToken cancellationToken)
    {
        ((int Tenant, int Scenario) Key, Watched Watched)[] wanted;
        lock (_lock)
            wanted = [.. _watched.Where(w => w.Value.Zone is not null).Select(w => (w.Key, w.Value))];
        var found = new Dictionary<(int, int), LiveTotals>();
        foreach (var ((tenant, scenario), watched) in wanted)
        {
            var now = time.GetUtcNow();
            var midnight = Buckets.Between(now, now, Granularity.Day, watched.Zone!)![0];
            (found[(tenant, scenario)], watched.Before) = await totals.OfAsync(
                tenant,
                scenario,
                midnight,
                watched.Before,
                cancellationToken
            );
        }
        return found;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LookFailed(log, e);
            }
        }
    }

    private void End(int tenant, IReadOnlyCollection<int> scenarios, LiveWatch watcher)
    {
        lock (_lock)
        {
            foreach (var scenario in scenarios)
                if (
                    _watched.TryGetValue((tenant, scenario), out var watched)
                    && watched.Watchers.Remove(watcher)
                    && watched.Watchers.Count == 0
                )
                    _watched.Remove((tenant, scenario));
            if (--_streams[tenant] == 0)
                _streams.Remove(tenant);
        }
    }
}
