using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scenarios.Grains.Maintenance;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>Jobs of the sweep and of the keeper: one that fails or hangs holds up no other.</summary>
public sealed class MaintenanceRoundTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly MeterListener _listener = new();
    private readonly MaintenanceRound _round;

    public MaintenanceRoundTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Name == "scenarios_maintenance_failures")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(
            (_, _, tags, _) =>
            {
                foreach (var (key, value) in tags)
                    _failures.Enqueue($"{key}={value}");
            }
        );
        _listener.Start();
        _round = new MaintenanceRound(meters, _time, NullLogger<MaintenanceRound>.Instance);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_failing_job_is_counted_by_its_name_and_does_not_stop_the_next()
    {
        var did = new List<string>();
        Job[] jobs =
        [
            new("First", _ => NoteAsync(did, "first")),
            new("Second", _ => throw new InvalidOperationException("on purpose")),
            new("Third", _ => NoteAsync(did, "third")),
        ];

        await RunAsync(jobs);

        Assert.Equal(["first", "third"], did);
        Assert.Equal(["job=Second"], _failures);
    }

    [Fact]
    public async Task A_job_that_takes_too_long_is_cut_off_and_does_not_stop_the_next()
    {
        var did = new List<string>();
        var wasCutOff = false;
        using var stands = new SemaphoreSlim(0);
        Job[] jobs = [new("Slow", async cancellationToken =>
            {
                try
                {
                    stands.Release();
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
                finally
                {
                    wasCutOff = true;
                }
            }), new("Next", _ => NoteAsync(did, "next"))];

        await RunAsync(jobs, stands, TimeSpan.Zero);

        Assert.Equal((true, "next", "job=Slow"), (wasCutOff, Assert.Single(did), Assert.Single(_failures)));
    }

    [Fact]
    public async Task A_job_that_hangs_is_left_behind_and_not_begun_again_before_it_has_ended()
    {
        var did = new List<string>();
        var hangs = new TaskCompletionSource();
        using var stands = new SemaphoreSlim(0);
        Job[] jobs = [new("Hanging", _ =>
            {
                did.Add("hanging");
                stands.Release();
                return hangs.Task;
            }), new("Next", _ => NoteAsync(did, "next"))];

        await RunAsync(jobs, stands, TimeSpan.FromMinutes(1));
        await RunAsync(jobs);
        Assert.Equal(["hanging", "next", "next"], did);
        Assert.Equal(["job=Hanging", "job=Hanging"], _failures);

        hangs.SetResult();
        await RunAsync(jobs);
        Assert.Equal(["hanging", "next", "next", "hanging", "next"], did);
        Assert.Equal(2, _failures.Count);
    }

    [Fact]
    public async Task A_node_that_stops_ends_the_round_and_counts_no_failure()
    {
        using var stop = new CancellationTokenSource();
        var did = new List<string>();
        Job[] jobs = [new("Stopped", async cancellationToken =>
            {
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }), new("Next", _ => NoteAsync(did, "next"))];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _round.RunOnceAsync(jobs, stop.Token));

        Assert.Empty(did);
        Assert.Empty(_failures);
    }

    private static Task NoteAsync(List<string> did, string what)
    {
        did.Add(what);
        return Task.CompletedTask;
    }

    private Task RunAsync(Job[] jobs) => _round.RunOnceAsync(jobs, TestContext.Current.CancellationToken);

    /// <summary>One round, in which a job stands still for as long as it may, and for a while longer.</summary>
    private async Task RunAsync(Job[] jobs, SemaphoreSlim stands, TimeSpan over)
    {
        var running = RunAsync(jobs);
        await stands.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(Limit + over);
        await running;
    }

    private sealed class Job(string name, Func<CancellationToken, Task> look) : IMaintenanceJob
    {
        public string Name => name;
        public TimeSpan Limit => MaintenanceRoundTests.Limit;

        public Task RunOnceAsync(CancellationToken cancellationToken) => look(cancellationToken);
    }
}
