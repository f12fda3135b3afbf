using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Scenarios.Cluster.Tests.Faults;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Partition;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// What a slice must not lose, whatever becomes of its signals, its owner or its gate: each was lost once. No sweep comes to
/// the rescue here.
/// </summary>
public sealed class SliceTests(TestPostgres postgres) : IAsyncLifetime
{
    private static readonly PartitionOptions NoRescue = new()
    {
        SweepEvery = Timeout.InfiniteTimeSpan,
        EffectsUnderWay = 4,
        CommitAttempts = 2,
        AskAgain = TimeSpan.FromMilliseconds(500),
    };

    private readonly LostOutcome _lost = new();
    private FaultyLine _line = null!;
    private TestNode _node = null!;
    private NpgsqlDataSource _direct = null!;
    private Sink _sink = null!;

    private Support.Api Api => _node.Api;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var connection = await postgres.CloneAsync();
        (_direct, _line, _sink) = (NpgsqlDataSource.Create(connection), new FaultyLine(connection), await Sink.StartAsync());
        _node = new TestNode(() => Task.FromResult(_line.ConnectionString), new TestClock(), NoRescue) { Between = _lost };
        await _node.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _line.DisposeAsync();
        await _sink.DisposeAsync();
        await _direct.DisposeAsync();
    }

    /// <summary>
    /// F2: scenarios are shared by a silo's slices; one that learnt of the activation by a neighbour's commit knew of no
    /// overdue runs, and let all go at once.
    /// </summary>
    [Fact]
    public async Task A_slice_that_meets_an_activation_through_its_neighbour_still_wakes_and_keeps_the_rate()
    {
        const int Overdue = 200;
        var here = Enumerable.Range(0, 2000).Select(Graph.Profile).Where(p => PartitionOf.Of(p, 2) == 1).Take(Overdue).ToList();
        var there = Enumerable.Range(0, 100).Select(i => $"n{i}").Where(p => PartitionOf.Of(p, 2) == 0).Take(2).ToList();
        var number = await Api.ActiveAsync(Graph.Waiting(60), new { partitions = 2, resumeRate = 1 });
        await Api.CaptureAllAsync(number, [.. here, there[0]]);
        await Api.DeactivateAsync(number, "freeze");
        await Support.Api.UntilAsync(() => _direct.IdleSlicesAsync(number), n => n == 2);
        _node.Clock.Advance(TimeSpan.FromMinutes(2));
        // Activated by a node that dies before it has poked anybody.
        await new ScenarioGate(_node.Database.Ledger).ActivateAsync(
            TestNode.Tenant,
            number,
            false,
            false,
            1,
            false,
            "test",
            _node.Clock.Shift,
            Cancel
        );

        Assert.True((await Api.CaptureAsync(number, there[1])).Accepted);
        Assert.True(
            (
                await Api.CaptureAsync(
                    number,
                    Enumerable.Range(0, 100).Select(i => $"m{i}").First(p => PartitionOf.Of(p, 2) == 1)
                )
            ).Accepted
        );

        await Api.UntilLiveAsync(number, live => live.Inside < Overdue);
        Assert.InRange((await Api.LiveAsync(number)).Inside, Overdue / 2, Overdue);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>
    /// Outcomes made room only for the next batch's effects: when all came in one, nobody thought of those that waited for
    /// room.
    /// </summary>
    [Fact]
    public async Task Effects_that_wait_for_room_begin_when_all_that_were_under_way_end_at_once()
    {
        const int Effects = 11;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sink.Answer = (_, _) => release.Task;
        var number = await Api.ActiveAsync(Calling(), new { partitions = 1 });
        await Api.CaptureAllAsync(number, Enumerable.Range(0, Effects).Select(Graph.Profile));
        await Support.Api.UntilAsync(() => Task.FromResult(_sink.Deliveries.Count), n => n == NoRescue.EffectsUnderWay);
        var slice = _node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, 0);

        // A commit is held up until all four outcomes wait behind it.
        await using (var held = await HeldPartition.HoldAsync(_direct, TestNode.Tenant, number, 0))
        {
            await slice.Poke();
            await Support.Api.UntilAsync(held.WaitersAsync, n => n > 0);
            release.SetResult();
            await Support.Api.UntilAsync(slice.Status, status => status.Queued == NoRescue.EffectsUnderWay);
            await held.ReleaseAsync();
        }

        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        Assert.Equal(Effects, _sink.Deliveries.Count);
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task A_slice_whose_commit_is_held_up_holds_up_no_other()
    {
        var number = await Api.ActiveAsync(settings: new { partitions = 2 });
        static string Of(int partition) =>
            Enumerable.Range(0, 100).Select(Graph.Profile).First(p => PartitionOf.Of(p, 2) == partition);
        await using var held = await HeldPartition.HoldAsync(_direct, TestNode.Tenant, number, 0);
        var stuck = Api.CaptureAsync(number, Of(0));
        await Support.Api.UntilAsync(held.WaitersAsync, n => n == 1);

        Assert.True((await Api.CaptureAsync(number, Of(1))).Accepted);

        Assert.False(stuck.IsCompleted);
        await held.ReleaseAsync();
        Assert.True((await stuck).Accepted);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>
    /// The commit had happened, its owner had given it up and was gone for it; the next owner came when the sweep did.
    /// </summary>
    [Fact]
    public async Task A_slice_that_lost_only_the_answer_of_its_commit_is_taken_over_at_once()
    {
        var number = await Api.ActiveAsync(Graph.Waiting(3), new { partitions = 1 });
        await Api.CaptureAsync(number, "warm");
        var lost = _line.LoseAnswerToAsync("the lost one");
        var capture = Api.CaptureAsync(number, "ann", content: new { text = "the lost one" });
        await lost;
        Assert.Equal(503, (await capture).Status);
        _line.Mend();

        var run = Assert.Single(
            await Support.Api.UntilAsync(
                () => Faults.Drill.PatientlyAsync(() => Api.RunsAsync(number, "ann")),
                runs => runs.Count > 0
            )
        );
        Assert.Equal("start > w1 > completed", (await Api.EndOfAsync(number, run.RunId)).Path);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>
    /// F1, E8: an attempt that a dead owner had begun was sent by the next one although the scenario had been frozen meanwhile.
    /// </summary>
    [Fact]
    public async Task An_attempt_of_a_dead_owner_is_resent_only_once_the_frozen_scenario_is_activated()
    {
        var (number, run) = await PutOffAsync();
        await Api.DeactivateAsync(number, "freeze");
        await _direct.BeginEffectsAsync(number);
        await _direct.TakeSlicesAwayAsync(number);
        // The first finds out that another owner has the slice, the second is answered by the next one.
        for (var i = 0; i < 2; i++)
            Assert.Equal("inactive", (await Api.CaptureAsync(number, "bob")).Reason);
        Assert.Single(_sink.Deliveries);

        _sink.Answer = (_, _) => Task.CompletedTask;
        await Api.ActivateAsync(number);

        Assert.Equal("start > h1:success > completed", (await Api.EndOfAsync(number, run)).Path);
        Assert.Equal(2, _sink.Deliveries.Count);
        Assert.Single(_sink.Deliveries.DistinctBy(d => (d.Key, d.BodyHash)));
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>
    /// E4: the outcome of an attempt was lost while its slice changed hands without any fault, and the receiver got it twice.
    /// </summary>
    [Fact]
    public async Task An_attempt_that_a_new_owner_asks_for_again_after_it_has_ended_is_not_sent_again()
    {
        var (number, run) = await PutOffAsync();
        _sink.Answer = (_, _) => Task.CompletedTask;
        var order = new EffectOrder(run, 2, "h1", "webhook", 2, await _direct.EffectRequestAsync(number));
        var performer = _node.Services.GetRequiredService<IGrainFactory>().ProfileInScenario(TestNode.Tenant, number, "ann");

        var outcomes = new[] { await performer.Perform(order), await performer.Perform(order) };

        Assert.Equal(outcomes[0], outcomes[1]);
        Assert.Equal(2, _sink.Deliveries.Count);
    }

    /// <summary>
    /// E1: the outcome was lost on the line between two nodes, and the run stood until the call's own limit had passed, three
    /// minutes.
    /// </summary>
    [Fact]
    public async Task An_effect_whose_outcome_is_lost_on_its_way_is_asked_for_again_and_sent_once()
    {
        var number = await Api.ActiveAsync(Calling(), new { partitions = 1 });
        _lost.Next();

        var run = (await Api.CaptureAsync(number, "ann")).RunId;

        Assert.Equal("start > h1:success > completed", (await Api.EndOfAsync(number, run)).Path);
        Assert.True(_lost.IsDone);
        Assert.Single(_sink.Deliveries);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>O4: a slice that could not read its definition looked for what was due, as fast as it could, for ever.</summary>
    [Fact]
    public async Task A_slice_whose_definition_this_version_cannot_read_looks_again_later()
    {
        var number = await Api.ActiveAsync(Graph.Waiting(1), new { partitions = 1 });
        await Api.CaptureAsync(number, "ann");
        var definition = await _direct.DefinitionAsync(number);
        await _direct.WriteDefinitionAsync(number, """{"elements": [{"id": "start", "type": "teleport"}], "links": []}""");

        await Support.Api.UntilAsync(() => _direct.PatientSlicesAsync(number), n => n == 1);

        await _direct.WriteDefinitionAsync(number, definition);
        await _node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, 0).Poke();
        await Api.UntilLiveAsync(number, live => live.Inside == 0);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>The effect is performed, and whoever asked for it never hears of it.</summary>
    private sealed class LostOutcome : IOutgoingGrainCallFilter
    {
        private int _armed;

        public bool IsDone { get; private set; }

        public void Next() => Interlocked.Exchange(ref _armed, 1);

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            await context.Invoke();
            if (context.MethodName != nameof(IProfileInScenarioGrain.Perform) || Interlocked.Exchange(ref _armed, 0) == 0)
                return;
            IsDone = true;
            await Task.Delay(Timeout.Infinite);
        }
    }

    /// <summary>A run whose webhook was asked to come again in an hour: its next attempt is a row.</summary>
    private async Task<(int Number, Guid Run)> PutOffAsync()
    {
        _sink.Answer = (http, _) =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        var number = await Api.ActiveAsync(Calling(), new { partitions = 1 });
        var run = (await Api.CaptureAsync(number, "ann")).RunId;
        await Support.Api.UntilAsync(() => _direct.PausingEffectsAsync(number), n => n == 1);
        return (number, run);
    }

    private object Calling() =>
        Graph.Of(
            "start > h1",
            (
                "h1",
                "webhook",
                new
                {
                    method = "POST",
                    url = _sink.Address.ToString(),
                    timeout = 60,
                }
            )
        );
}
