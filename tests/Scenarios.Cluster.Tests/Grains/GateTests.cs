using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Scenarios.Storage.Ledger;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>Activate, deactivate, freeze, finish and clear hold from the moment at which they have answered.</summary>
public sealed class GateTests(TestNode node) : IClassFixture<TestNode>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
    private Support.Api Api => node.Api;

    private sealed record Attempt(long Sent, long Answered, Captured Outcome);

    [Fact]
    public async Task No_profile_enters_after_deactivate_has_answered_and_none_is_declined_after_activate_has()
    {
        const int Rounds = 4;
        var number = await Api.ScenarioAsync(await Api.DatabaseAsync(), settings: new { freezeOnDeactivate = true });
        var attempts = new ConcurrentQueue<Attempt>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var profiles = 0;
        var capturers = Enumerable
            .Range(0, 12)
            .Select(_ =>
                Task.Run(async () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        var sent = Stopwatch.GetTimestamp();
                        var outcome = await Api.CaptureAsync(number, Graph.Profile(Interlocked.Increment(ref profiles)));
                        attempts.Enqueue(new Attempt(sent, Stopwatch.GetTimestamp(), outcome));
                    }
                })
            )
            .ToArray();

        var open = new List<(long From, long To)>();
        var closed = new List<(long From, long To)>();
        long frozen = 0,
            answered = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds; round++)
        {
            await SomeAsync();
            closed.Add((answered, Stopwatch.GetTimestamp()));
            await Api.ActivateAsync(number);
            answered = Stopwatch.GetTimestamp();
            await SomeAsync();
            open.Add((answered, Stopwatch.GetTimestamp()));
            frozen = (await Api.DeactivateAsync(number)).GetProperty("frozen").GetInt64();
            answered = Stopwatch.GetTimestamp();
        }
        await SomeAsync();
        await stop.CancelAsync();
        await Task.WhenAll(capturers);

        foreach (var (from, to) in open)
            Assert.All(Within(from, to), a => Assert.True(a.Outcome.Accepted, a.Outcome.Reason));
        foreach (var (from, to) in closed)
            Assert.All(Within(from, to), a => Assert.Equal("inactive", a.Outcome.Reason));
        var accepted = attempts.Where(a => a.Outcome.Accepted).Select(a => a.Outcome.RunId).ToList();
        Assert.Equal(frozen, accepted.Count); // what deactivate told is all there ever was
        await Invariants.HoldAsync(Api, number, accepted);

        IEnumerable<Attempt> Within(long from, long to) => attempts.Where(a => a.Sent >= from && a.Answered <= to);

        // Enough captures go by, sent and answered after this.
        Task SomeAsync()
        {
            var since = Stopwatch.GetTimestamp();
            return Support.Api.UntilAsync(() => Task.FromResult(attempts.Count(a => a.Sent >= since)), n => n >= 12);
        }
    }

    [Fact]
    public async Task Frozen_runs_stay_and_overdue_ones_leave_oldest_first_within_the_rate()
    {
        const int Rate = 40,
            Groups = 4,
            OfGroup = 20;
        var number = await Api.ActiveAsync(
            Graph.Waiting(3600),
            new
            {
                freezeOnDeactivate = true,
                resumeRate = Rate,
                partitions = 1,
            }
        );
        var runs = new List<Guid>();
        for (var group = 0; group < Groups; group++)
        {
            runs.AddRange(await Api.CaptureAllAsync(number, Enumerable.Range(group * OfGroup, OfGroup).Select(Graph.Profile)));
            await node.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(Groups * OfGroup, (await Api.DeactivateAsync(number)).GetProperty("frozen").GetInt32());

        await node.AdvanceAsync(TimeSpan.FromHours(3));
        await PokeAsync(number);
        Assert.Equal("inactive", (await Api.CaptureAsync(number, "probe")).Reason); // so the partition has looked
        Assert.Equal(Groups * OfGroup, (await Api.LiveAsync(number)).Inside);
        var plan = await Api.ActivateAsync(number, dryRun: true);
        Assert.Equal(
            ("inactive", 80, 80),
            (
                plan.GetProperty("status").GetString(),
                plan.GetProperty("frozen").GetInt32(),
                plan.GetProperty("overdue").GetInt32()
            )
        );
        Assert.InRange(
            plan.GetProperty("lastLeavesAt").GetDateTimeOffset(),
            node.Clock.Now.AddSeconds(-60),
            node.Clock.Now.AddSeconds(3)
        );

        await Api.ActivateAsync(number);
        await Api.UntilLiveAsync(number, live => live.Inside == 0);

        var activated = (await Api.ScenarioOfAsync(number)).GetProperty("activatedAt").GetDateTimeOffset();
        var ends = (await Api.RunsAsync(number)).ToDictionary(
            r => r.RunId,
            r => r.Body.GetProperty("endedAt").GetDateTimeOffset()
        );
        // Those of a group have waited equally long: among them there is no order.
        var inOrder = runs.Chunk(OfGroup).SelectMany(group => group.Select(run => ends[run]).Order()).ToList();
        Assert.Equal(inOrder.Order(), inOrder);
        for (var i = 0; i < inOrder.Count; i++)
            Assert.True(
                inOrder[i] >= activated.AddSeconds((double)i / Rate),
                $"the {i}th left {(inOrder[i] - activated).TotalSeconds:0.000} s after the activation"
            );
        await Invariants.HoldAsync(Api, number, runs);
    }

    [Fact]
    public async Task Clocks_that_stop_keep_the_remaining_time_of_a_wait()
    {
        var number = await Api.ActiveAsync(Graph.Waiting(3600), new { freezeOnDeactivate = true, frozenWaits = "clockStops" });
        var run = (await Api.CaptureAsync(number, "ann")).RunId;
        await node.AdvanceAsync(TimeSpan.FromMinutes(20));
        await Api.DeactivateAsync(number);
        await node.AdvanceAsync(TimeSpan.FromHours(10));

        Assert.Equal(0, (await Api.ActivateAsync(number)).GetProperty("overdue").GetInt32());
        await node.AdvanceAsync(TimeSpan.FromMinutes(30));
        await Api.CaptureAsync(number, "probe");
        Assert.True((await Api.RunAsync(number, run)).IsOpen);
        await node.AdvanceAsync(TimeSpan.FromMinutes(15));
        var ended = await Api.EndOfAsync(number, run);

        var step = ended.Body.GetProperty("trail").EnumerateArray().Last();
        Assert.True(
            step.GetProperty("leftAt").GetDateTimeOffset() - step.GetProperty("at").GetDateTimeOffset()
                >= TimeSpan.FromHours(11)
        );
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task Clear_ends_runs_that_entered_before_it_and_keeps_later_ones()
    {
        var number = await Api.ActiveAsync();
        var before = await Api.CaptureAllAsync(number, Enumerable.Range(0, 30).Select(Graph.Profile));

        Assert.Equal(30, await Api.ClearAsync(number));
        var after = await Api.CaptureAllAsync(number, Enumerable.Range(0, 20).Select(Graph.Profile));

        Assert.Equal(20, (await Api.LiveAsync(number)).Inside);
        Assert.Equal("start > w1 > left:cleared", (await Api.RunAsync(number, before[0])).Path);
        await Invariants.HoldAsync(Api, number, [.. before, .. after]);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("deactivate")]
    public async Task A_run_that_was_ended_with_all_others_takes_no_step_when_its_wait_is_due(string ended)
    {
        var number = await Api.ActiveAsync(settings: new { partitions = 1 });
        var dead = await Api.CaptureAllAsync(number, Enumerable.Range(0, 10).Select(Graph.Profile));
        if (ended == "clear")
            await Api.ClearAsync(number);
        else
        {
            await Api.DeactivateAsync(number);
            await Api.ActivateAsync(number);
        }
        // Held, the ended generation is left alone by those who take away its rows.
        await using var connection = await node.Database.Ledger.OpenConnectionAsync(Cancel);
        await using (var held = await connection.BeginTransactionAsync(Cancel))
        {
            await using (
                var hold = new NpgsqlCommand(
                    $"""set local idle_in_transaction_session_timeout = 0; select 1 from scenario_generation where scenario = {number} for update""",
                    connection
                )
            )
                await hold.ExecuteNonQueryAsync(Cancel);
            var alive = (await Api.CaptureAsync(number, "alive")).RunId;
            await node.AdvanceAsync(TimeSpan.FromHours(26));
            await Api.EndOfAsync(number, alive);
            foreach (var run in dead)
                Assert.Equal(
                    $"start > w1 > left:{(ended == "clear" ? "cleared" : "deactivated")}",
                    (await Api.RunAsync(number, run)).Path
                );
        }
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task A_finishing_scenario_admits_no_profile_and_becomes_inactive_with_its_last_run()
    {
        var number = await Api.ActiveAsync();
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, 3).Select(Graph.Profile));

        Assert.Equal("finishing", (await Api.DeactivateAsync(number, "finish")).GetProperty("status").GetString());
        Assert.Equal("inactive", (await Api.CaptureAsync(number, "late")).Reason);
        Assert.Equal(3, (await Api.LiveAsync(number)).Inside);
        await node.AdvanceAsync(TimeSpan.FromHours(26));

        await Support.Api.UntilAsync(() => Api.ScenarioOfAsync(number), s => s.GetProperty("status").GetString() == "inactive");
        Assert.All(await Api.RunsAsync(number), run => Assert.Equal("completed", run.State));
        await Invariants.HoldAsync(Api, number, runs);
    }

    [Fact]
    public async Task Stopping_ends_all_and_what_is_stopped_stays_stopped()
    {
        var number = await Api.ActiveAsync();
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, 50).Select(Graph.Profile));

        var first = await Api.DeactivateAsync(number);
        var again = await Api.DeactivateAsync(number);

        Assert.Equal(("inactive", 50), (first.GetProperty("status").GetString(), first.GetProperty("ended").GetInt32()));
        Assert.Equal(("inactive", 0), (again.GetProperty("status").GetString(), again.GetProperty("ended").GetInt32()));
        Assert.Equal(0, (await Api.LiveAsync(number)).Inside);
        await Invariants.HoldAsync(Api, number, runs);
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("clear")]
    public async Task Overdue_runs_that_end_before_their_turn_leave_nothing_to_look_for(string how)
    {
        var number = await Api.ActiveAsync(
            settings: new
            {
                freezeOnDeactivate = true,
                resumeRate = 1,
                partitions = 1,
            }
        );
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, 30).Select(Graph.Profile));
        await Api.DeactivateAsync(number);
        await node.AdvanceAsync(TimeSpan.FromHours(26));
        await Api.ActivateAsync(number);

        if (how == "clear")
            await Api.ClearAsync(number);
        else
            foreach (var run in (await Api.RunsAsync(number)).Where(r => r.IsOpen))
                await Api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{number}/runs/{run.RunId}");

        var slice = node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, 0);
        await Support.Api.UntilAsync(() => slice.Status(), status => status.NextDue is null);
        Assert.Equal(0, (await Api.LiveAsync(number)).Inside);
        await Invariants.HoldAsync(Api, number, runs);
    }

    /// <summary>F2: what was to finish and is activated instead had forgotten its rate, and let all go at once.</summary>
    [Fact]
    public async Task Overdue_runs_keep_their_rate_when_what_was_to_finish_goes_on_instead()
    {
        const int Runs = 40;
        var number = await Api.ActiveAsync(
            settings: new
            {
                freezeOnDeactivate = true,
                resumeRate = 1,
                partitions = 1,
            }
        );
        await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
        await Api.DeactivateAsync(number);
        await node.AdvanceAsync(TimeSpan.FromHours(26));
        await Api.ActivateAsync(number);

        Assert.Equal("finishing", (await Api.DeactivateAsync(number, "finish")).GetProperty("status").GetString());
        await Api.ActivateAsync(number);
        Assert.True((await Api.CaptureAsync(number, "probe")).Accepted); // so the partition has met the gate
        var left = Runs + 1 - (await Api.UntilLiveAsync(number, live => live.Inside < Runs + 1)).Inside;

        Assert.InRange(left, 1, Runs / 2);
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task An_activation_with_clear_also_ends_runs_that_were_finishing()
    {
        var number = await Api.ActiveAsync();
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, 5).Select(Graph.Profile));
        await Api.DeactivateAsync(number, "finish");

        var answer = await Api.ActivateAsync(number, clear: true);

        Assert.Equal(
            ("active", 0, 0),
            (
                answer.GetProperty("status").GetString(),
                answer.GetProperty("frozen").GetInt32(),
                answer.GetProperty("overdue").GetInt32()
            )
        );
        Assert.Equal(0, (await Api.LiveAsync(number)).Inside);
        Assert.All(await Api.RunsAsync(number), run => Assert.Equal(("left", "cleared"), (run.State, run.Reason)));
        Assert.True((await Api.CaptureAsync(number, "probe")).Accepted);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>F1, E8: after the answer nobody moves and nothing new is sent; what had begun before may still arrive.</summary>
    [Fact]
    public async Task A_freeze_in_the_middle_of_a_storm_of_wakes_and_effects_stops_all_at_one_instant()
    {
        const int Runs = 600;
        await using var sink = await Faults.Sink.StartAsync();
        var number = await Api.ActiveAsync(
            Graph.Of(
                "start > w1 > h1; h1:success > w2",
                ("w1", "wait", Graph.For(TimeSpan.FromHours(1))),
                ("h1", "webhook", new { method = "POST", url = sink.Address.ToString() }),
                ("w2", "wait", Graph.For(TimeSpan.FromDays(9)))
            ),
            new { freezeOnDeactivate = true }
        );
        var runs = await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
        var waking = node.AdvanceAsync(TimeSpan.FromHours(1));
        await Api.UntilLiveAsync(number, live => live.At("w2") > 0);

        var frozen = (await Api.DeactivateAsync(number)).GetProperty("frozen").GetInt64();

        var at = await Api.LiveAsync(number);
        await waking;
        for (var partition = 0; partition < 8; partition++)
            await PokeAsync(number, partition);
        Assert.Equal("inactive", (await Api.CaptureAsync(number, "probe")).Reason);
        var begun = (await Api.RunsAtAsync(number, "h1"))
            .Concat(await Api.RunsAtAsync(number, "w2"))
            .Select(r => r.RunId)
            .ToHashSet();
        Assert.Equal((frozen, Runs), (at.Inside, Runs));
        Assert.InRange(at.At("w2"), 1, Runs - 1);
        Assert.Equal(at.Elements.OrderBy(e => e.Key), (await Api.LiveAsync(number)).Elements.OrderBy(e => e.Key));
        Assert.All(sink.Deliveries, d => Assert.Contains(Guid.Parse(d.Key.Split('/')[0]), begun));

        await Api.ActivateAsync(number);
        await Api.UntilLiveAsync(number, live => live.At("w2") == Runs);
        Assert.Equal(Runs, sink.Deliveries.DistinctBy(d => d.Key).Count());
        await Invariants.HoldAsync(Api, number, runs);
    }

    /// <summary>
    /// C2: nothing of a dead generation stays, and its room is that of those who come next. (In life vacuum comes by itself.)
    /// </summary>
    [Fact]
    public async Task The_space_of_cleared_runs_is_reused()
    {
        const int Cycles = 6,
            Runs = 1500;
        var number = await Api.ActiveAsync(Graph.Waiting(3600), new { partitions = 1 });
        var dead = new DeadRuns(node.Database.Ledger);
        var sizes = new List<long>();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            await Api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
            sizes.Add(await node.Database.Ledger.BytesOfRunsAsync());
            Assert.Equal(Runs, await Api.ClearAsync(number));
            // The node clears away too, and a chunk that it holds is passed over: what counts is that they go.
            await Support.Api.UntilAsync(
                async () => (Buried: await dead.RunOnceAsync(1000, Cancel), Left: await node.Database.Ledger.RunsAsync(number)),
                round => round.Left == 0
            );
            await node.Database.Ledger.VacuumRunsAsync();
        }

        Assert.InRange(sizes[^1], 1, sizes[1] * 5 / 4);
        Assert.Equal(0, await node.Database.Ledger.CountsOfEndedGenerationsAsync(number));
        await Invariants.HoldAsync(Api, number);
    }

    private async Task PokeAsync(int number, int partition = 0) =>
        await node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, partition).Poke();
}
