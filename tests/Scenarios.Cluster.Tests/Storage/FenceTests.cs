using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Definitions;
using Scenarios.Storage.Ledger;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>
/// One owner, one gate (architecture.md, rules of the ledger 1 to 3). Each race is pinned by a lock that the test holds.
/// </summary>
public sealed class FenceTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_stale_partition_cannot_commit_after_ownership_moved()
    {
        var scene = await LedgerScene.NewAsync(database);
        var gate = await scene.GateAsync();
        var former = await scene.TakeOverAsync();
        var present = await scene.TakeOverAsync();

        Assert.Equal(RunLedger.OwnerLost, await scene.RefusalAsync(scene.Entering(former, gate, 0, "ann")));
        Assert.Equal(0, await scene.RunsAsync());

        await scene.CommitAsync(scene.Entering(present, gate, 0, "ann"));
        Assert.Equal(1, await scene.RunsAsync());
        await scene.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_commit_of_several_partitions_is_refused_whole_and_the_one_that_was_lost_can_be_told()
    {
        var scene = await LedgerScene.NewAsync(database, partitions: 3);
        var gate = await scene.GateAsync();
        var (first, lost, last) = (await scene.TakeOverAsync(0), await scene.TakeOverAsync(1), await scene.TakeOverAsync(2));
        await scene.TakeOverAsync(1);

        LedgerWrite[] writes =
        [
            scene.Entering(first, gate, 0, "ann"),
            scene.Entering(lost, gate, 1, "bob"),
            scene.Entering(last, gate, 2, "cyd"),
        ];
        Assert.Equal(RunLedger.OwnerLost, await scene.RefusalAsync(writes));

        Assert.Equal([scene.Key(1)], (await scene.Ledger.LostAsync(writes, LedgerScene.Cancel)).Keys);
        Assert.Equal(0, await scene.RunsAsync());
        await scene.CommitAsync(scene.Entering(first, gate, 0, "ann"), scene.Entering(last, gate, 2, "cyd"));
        Assert.Equal(2, await scene.RunsAsync());
    }

    [Fact]
    public async Task A_takeover_waits_for_the_commit_under_way_and_sees_it()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        await using var held = await HoldProfileAsync(scene, "ann");
        var commit = scene.CommitAsync(await TouchingAsync(scene, mine, "ann"));
        await scene.UntilWaitingAsync(1); // past its fence, at the profile's row

        var takeover = scene.TakeOverAsync();
        await scene.UntilWaitingAsync(2);
        Assert.False(takeover.IsCompleted);
        await held.DisposeAsync();

        await commit;
        Assert.Equal(mine.Epoch + 1, (await takeover).Epoch);
        Assert.Equal(mine.Seq + 1, (await takeover).Seq);
        Assert.Equal(1, await scene.RunsAsync());
    }

    [Fact]
    public async Task The_gate_moves_after_the_commit_under_way_and_ends_what_it_let_in()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        var gate = await scene.GateAsync();
        await using var held = await HoldProfileAsync(scene, "ann");
        var commit = scene.CommitAsync(await TouchingAsync(scene, mine, "ann"));
        await scene.UntilWaitingAsync(1);

        var deactivation = scene.DeactivateAsync();
        await scene.UntilWaitingAsync(2);
        await held.DisposeAsync();

        await commit;
        Assert.Equal(1, (await deactivation).Ended);
        var late = scene.Entering(mine with { Seq = mine.Seq + 1 }, gate, 0, "bob");
        Assert.Equal(RunLedger.GateMoved, await scene.RefusalAsync(late));
        Assert.Equal(1, await scene.RunsAsync());
        await scene.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_commit_that_waited_for_the_gate_reads_it_after_the_wait()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        var gate = await scene.GateAsync();
        await using var moving = await scene.HoldAsync(
            $"select pg_advisory_xact_lock({scene.Tenant}, {scene.Number})",
            $"""update scenario set gate = gate + 1, status = 'inactive' where tenant_id = {scene.Tenant} and number = {scene.Number}"""
        );

        var commit = scene.RefusalAsync(scene.Entering(mine, gate, 0, "ann"));
        await scene.UntilWaitingAsync(1);
        await moving.CommitAsync();

        Assert.Equal(RunLedger.GateMoved, await commit);
        Assert.Equal(0, await scene.RunsAsync());
    }

    [Fact]
    public async Task A_gate_that_waits_is_not_overtaken_by_commits_that_come_later()
    {
        var scene = await LedgerScene.NewAsync(database);
        var (first, second) = (await scene.TakeOverAsync(0), await scene.TakeOverAsync(1));
        var gate = await scene.GateAsync();
        await using var held = await HoldProfileAsync(scene, "ann");
        var under = scene.CommitAsync(await TouchingAsync(scene, first, "ann"));
        await scene.UntilWaitingAsync(1);
        var deactivation = scene.DeactivateAsync();
        await scene.UntilWaitingAsync(2);

        // Nothing stands in its way but the move that waits: it queues behind it, and finds the gate moved.
        var late = scene.RefusalAsync(scene.Entering(second, gate, 1, "bob"));
        await scene.UntilWaitingAsync(3);
        await held.DisposeAsync();

        await under;
        Assert.Equal(ScenarioStatus.Inactive, (await deactivation).Status);
        Assert.Equal(RunLedger.GateMoved, await late);
    }

    [Fact]
    public async Task Commits_without_a_pause_do_not_keep_the_gate_from_moving()
    {
        var scene = await LedgerScene.NewAsync(database, partitions: 8);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LedgerScene.Cancel);
        var gate = await scene.GateAsync();
        var commits = 0;
        var committers = Enumerable
            .Range(0, 8)
            .Select(partition =>
                Task.Run(async () =>
                {
                    var mine = await scene.TakeOverAsync(partition);
                    while (!stop.IsCancellationRequested)
                        try
                        {
                            await scene.CommitAsync(scene.Write(mine, Volatile.Read(ref gate), partition));
                            mine = mine with { Seq = mine.Seq + 1 };
                            Interlocked.Increment(ref commits);
                        }
                        catch (Npgsql.PostgresException e) when (e.SqlState == RunLedger.GateMoved)
                        {
                            Volatile.Write(ref gate, await scene.GateAsync());
                        }
                })
            )
            .ToArray();
        await Support.Api.UntilAsync(() => Task.FromResult(Volatile.Read(ref commits)), n => n > 100);

        for (var move = 0; move < 5; move++)
        {
            var before = Volatile.Read(ref commits);
            await scene.ActivateAsync().WaitAsync(TimeSpan.FromSeconds(20), LedgerScene.Cancel);
            await scene.DeactivateAsync(StopMode.Freeze).WaitAsync(TimeSpan.FromSeconds(20), LedgerScene.Cancel);
            await Support.Api.UntilAsync(() => Task.FromResult(Volatile.Read(ref commits)), n => n > before); // and they went on
        }
        await stop.CancelAsync();
        await Task.WhenAll(committers);
    }

    [Fact]
    public async Task The_sequence_number_tells_that_a_commit_happened_whose_answer_was_lost()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        var write = scene.Entering(mine, await scene.GateAsync(), 0, "ann");
        await scene.CommitAsync(write);

        Assert.Equal(mine with { Seq = mine.Seq + 1 }, await scene.Ledger.SettleAsync(scene.Key(), mine, LedgerScene.Cancel));
        Assert.Equal(RunLedger.OwnerLost, await scene.RefusalAsync(write)); // sent again, it changes nothing
        Assert.Equal(1, await scene.RunsAsync());
    }

    [Fact]
    public async Task A_commit_settled_as_not_happened_can_no_longer_happen()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        var gate = await scene.GateAsync();

        var settled = await scene.Ledger.SettleAsync(scene.Key(), mine, LedgerScene.Cancel);

        Assert.NotEqual(mine with { Seq = mine.Seq + 1 }, settled);
        // Asking again changes nothing
        Assert.Equal(settled, await scene.Ledger.SettleAsync(scene.Key(), mine, LedgerScene.Cancel));
        Assert.Equal(RunLedger.OwnerLost, await scene.RefusalAsync(scene.Entering(mine, gate, 0, "ann")));
        await scene.CommitAsync(scene.Entering(settled, gate, 0, "ann"));
        Assert.Equal(1, await scene.RunsAsync());
    }

    [Fact]
    public async Task Settling_waits_for_the_commit_that_is_still_under_way()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        await using var held = await HoldProfileAsync(scene, "ann");
        var commit = scene.CommitAsync(await TouchingAsync(scene, mine, "ann"));
        await scene.UntilWaitingAsync(1);

        var settled = scene.Ledger.SettleAsync(scene.Key(), mine, LedgerScene.Cancel);
        await scene.UntilWaitingAsync(2);
        await held.DisposeAsync();

        await commit;
        Assert.Equal(mine with { Seq = mine.Seq + 1 }, await settled);
    }

    /// <summary>Whoever changes the profile waits here, all its other locks in hand.</summary>
    private static async Task<Held> HoldProfileAsync(LedgerScene scene, string profile)
    {
        await (
            await scene.HoldAsync(
                $"insert into profile (tenant_id, database, id) values ({scene.Tenant}, {LedgerScene.Database}, '{profile}')"
            )
        ).CommitAndCloseAsync();
        return await scene.HoldAsync($"select 1 from profile where tenant_id = {scene.Tenant} and id = '{profile}' for update");
    }

    private static async Task<LedgerWrite> TouchingAsync(LedgerScene scene, Ownership mine, string profile)
    {
        var write = scene.Entering(mine, await scene.GateAsync(), 0, profile);
        write.Profiles.Add(LedgerScene.Adding(profile, 1));
        return write;
    }
}
