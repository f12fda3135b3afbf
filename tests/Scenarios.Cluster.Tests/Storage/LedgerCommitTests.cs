using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Ledger;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>What one commit does with its rows (architecture.md, rules of the ledger 5, 6 and 9).</summary>
public sealed class LedgerCommitTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_row_that_cannot_be_stored_refuses_the_whole_commit_and_leaves_nothing()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        var write = scene.Entering(mine, await scene.GateAsync(), 0, "ann", "bob");
        write.Data.Add((write.Inserted[1].State.Id, "{\"a\": \"\0\"}", null));

        Assert.StartsWith("22", await scene.RefusalAsync(write), StringComparison.Ordinal);
        Assert.Equal(0, await scene.RunsAsync());
        Assert.Equal(mine, await scene.Ledger.OwnershipAsync(scene.Key(), LedgerScene.Cancel));
        await scene.AssertConsistentAsync();
    }

    [Fact]
    public async Task Two_changes_of_one_profile_in_one_commit_both_apply()
    {
        var scene = await LedgerScene.NewAsync(database);
        var gate = await scene.GateAsync();
        var first = scene.Write(await scene.TakeOverAsync(0), gate, 0);
        var second = scene.Write(await scene.TakeOverAsync(1), gate, 1);
        first.Profiles.Add(LedgerScene.Adding("ann", 1));
        first.Profiles.Add(LedgerScene.Adding("ann", 10));
        second.Profiles.Add(LedgerScene.Adding("ann", 100));

        await scene.CommitAsync(first, second);

        Assert.Equal(111, await scene.PointsAsync("ann"));
    }

    [Fact]
    public async Task Changes_of_one_profile_by_commits_at_once_all_apply()
    {
        var scene = await LedgerScene.NewAsync(database, partitions: 8);
        var gate = await scene.GateAsync();

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async partition =>
                {
                    var mine = await scene.TakeOverAsync(partition);
                    for (var i = 0; i < 10; i++)
                    {
                        var write = scene.Write(mine with { Seq = mine.Seq + i }, gate, partition);
                        write.Profiles.Add(LedgerScene.Adding("ann", 1));
                        write.Profiles.Add(LedgerScene.Adding("bob", 1));
                        if (partition % 2 == 0)
                            write.Profiles.Reverse();
                        await scene.CommitAsync(write);
                    }
                })
        );

        Assert.Equal((80, 80), (await scene.PointsAsync("ann"), await scene.PointsAsync("bob")));
    }

    [Fact]
    public async Task Profiles_are_locked_in_the_order_of_their_ids()
    {
        var scene = await LedgerScene.NewAsync(database);
        var write = scene.Write(await scene.TakeOverAsync(), await scene.GateAsync());
        await (
            await scene.HoldAsync(
                $"""insert into profile (tenant_id, database, id) values ({scene.Tenant}, {LedgerScene.Database}, 'ann'), ({scene.Tenant}, {LedgerScene.Database}, 'bob')"""
            )
        ).CommitAndCloseAsync();
        write.Profiles.Add(LedgerScene.Adding("bob", 1));
        write.Profiles.Add(LedgerScene.Adding("ann", 1));
        await using var held = await scene.HoldAsync(
            $"select 1 from profile where tenant_id = {scene.Tenant} and id = 'ann' for update"
        );

        var commit = scene.CommitAsync(write);
        await scene.UntilWaitingAsync(1);
        await using (
            await scene.HoldAsync($"select 1 from profile where tenant_id = {scene.Tenant} and id = 'bob' for update nowait")
        ) { } // waits for ann without holding bob
        await held.DisposeAsync();

        await commit;
        Assert.Equal(1, await scene.PointsAsync("bob"));
    }

    [Fact]
    public async Task Counters_add_up_over_partitions_that_commit_at_once()
    {
        var scene = await LedgerScene.NewAsync(database, partitions: 4);
        var gate = await scene.GateAsync();

        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async partition =>
                {
                    var mine = await scene.TakeOverAsync(partition);
                    for (var i = 0; i < 10; i++)
                        await scene.CommitAsync(
                            scene.Entering(
                                mine with
                                {
                                    Seq = mine.Seq + i,
                                },
                                gate,
                                partition,
                                [.. Enumerable.Range(0, 5).Select(n => $"p{partition}/{i}/{n}")]
                            )
                        );
                })
        );

        Assert.Equal(
            200,
            await scene.NumberAsync($"select sum(n) from live_count where tenant_id = {scene.Tenant} and element = 'w1'")
        );
        await scene.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_key_in_two_partitions_at_once_is_taken_by_one()
    {
        var scene = await LedgerScene.NewAsync(database);
        var gate = await scene.GateAsync();
        var (first, second) = (
            scene.Entering(await scene.TakeOverAsync(0), gate, 0, "ann"),
            scene.Entering(await scene.TakeOverAsync(1), gate, 1, "bob")
        );
        foreach (var write in new[] { first, second })
            write.Receipts.Add(("key", new ReceiptRow("captures/1", [1], 201, null, write.Inserted[0].State.Id, write.Now)));

        var results = await Task.WhenAll(
            new[] { first, second }.Select(async write =>
            {
                try
                {
                    await scene.CommitAsync(write);
                    return null;
                }
                catch (PostgresException e)
                {
                    return e.SqlState;
                }
            })
        );

        Assert.Equal([null, PostgresErrorCodes.UniqueViolation], results.Order());
        Assert.Equal(1, await scene.RunsAsync());
    }

    [Fact]
    public async Task Ending_a_generation_keeps_the_numbers()
    {
        var scene = await LedgerScene.NewAsync(database);
        var gate = await scene.GateAsync();
        await scene.CommitAsync(
            scene.Entering(await scene.TakeOverAsync(0), gate, 0, "ann", "bob"),
            scene.Entering(await scene.TakeOverAsync(1), gate, 1, "cyd")
        );

        Assert.Equal(3, (await scene.ClearAsync()).Ended);

        Assert.Equal(
            0,
            await scene.NumberAsync($"select coalesce(sum(n), 0) from live_count where tenant_id = {scene.Tenant}")
        );
        Assert.Equal(3, await CountedAsync("", "left", "cleared"));
        Assert.Equal(3, await CountedAsync("w1", "ended", "cleared"));
        Assert.Equal(0, (await scene.ClearAsync()).Ended); // nobody ends twice
        await scene.AssertConsistentAsync();

        Task<long> CountedAsync(string element, string kind, string name) =>
            scene.NumberAsync(
                $"""select sum(n) from period_count where tenant_id = {scene.Tenant} and element = '{element}' and kind = '{kind}' and name = '{name}'"""
            );
    }

    [Fact]
    public async Task Stopping_and_clearing_touch_no_run()
    {
        var scene = await LedgerScene.NewAsync(database);
        await scene.CommitAsync(
            scene.Entering(
                await scene.TakeOverAsync(),
                await scene.GateAsync(),
                0,
                [.. Enumerable.Range(0, 500).Select(Graph.Profile)]
            )
        );
        var rows =
            $"""select count(distinct (ctid, xmin, xmax)) * 1000000 + count(*) filter (where xmax = 0) from run where tenant_id = {scene.Tenant}""";
        var before = await scene.NumberAsync(rows);

        Assert.Equal(500, (await scene.DeactivateAsync(Scenarios.Engine.Definitions.StopMode.Freeze)).Frozen);
        await scene.ActivateAsync();
        Assert.Equal(500, (await scene.ClearAsync()).Ended);
        await scene.DeactivateAsync();

        Assert.Equal(before, await scene.NumberAsync(rows));
        await scene.AssertConsistentAsync();
    }

    [Fact]
    public async Task Dead_runs_are_buried_in_chunks_and_read_the_same_before_and_after()
    {
        var dead = new DeadRuns(database.Ledger);
        // What other tests left: in which order they come depends on where the tests lie
        while (await dead.RunOnceAsync(1000, LedgerScene.Cancel) > 0) { }
        var scene = await LedgerScene.NewAsync(database);
        var gate = await scene.GateAsync();
        var write = scene.Entering(await scene.TakeOverAsync(), gate, 0, [.. Enumerable.Range(0, 25).Select(Graph.Profile)]);
        var performing = write.Inserted[7].State;
        write.NewEffects.Add(
            (new EffectRow(performing.Id, 2, performing.ProfileId, "w1", "webhook", 1, 1, "{}", null), write.Now)
        );
        await scene.CommitAsync(write);
        await scene.ClearAsync();
        var reads = new Scenarios.Storage.Reads.RunReads(database.Reads);
        var before = await TrailsAsync();

        var chunks = new List<int>();
        long left;
        while ((left = await scene.RunsAsync()) > 0)
        {
            Assert.True(await dead.RunOnceAsync(10, LedgerScene.Cancel) > 0);
            chunks.Add((int)(left - await scene.RunsAsync()));
            await scene.AssertConsistentAsync();
        }

        Assert.Equal([10, 10, 5], chunks);
        Assert.Equal(before, await TrailsAsync());
        Assert.Equal(0, await scene.NumberAsync($"select count(*) from effect where tenant_id = {scene.Tenant}"));
        while (await dead.RunOnceAsync(10, LedgerScene.Cancel) > 0) { }
        Assert.Equal(
            25,
            await scene.NumberAsync(
                $"select count(*) from run_history where tenant_id = {scene.Tenant} and state = 'left' and reason = 'cleared'"
            )
        );

        async Task<List<string>> TrailsAsync()
        {
            var trails = new List<string>();
            foreach (var row in write.Inserted)
            {
                var run = (await reads.FindAsync(scene.Tenant, scene.Number, row.State.Id, LedgerScene.Cancel))!;
                trails.Add($"{run.State} {run.Reason} {run.EndedAt:O} {run.Trail}");
            }
            return trails;
        }
    }

    /// <summary>
    /// Once, a silo that found the older generation in another's hands buried its runs under the younger one's reason.
    /// </summary>
    [Fact]
    public async Task Two_silos_that_bury_two_generations_at_once_give_each_its_own_reason()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        await scene.CommitAsync(scene.Entering(mine, await scene.GateAsync(), 0, "ann"));
        await scene.ClearAsync();
        await scene.DeactivateAsync();
        var dead = new DeadRuns(database.Ledger);

        await using (
            var other = await scene.HoldAsync(
                $"select 1 from scenario_generation where tenant_id = {scene.Tenant} and generation = 1 for update"
            )
        )
            while (await dead.RunOnceAsync(10, LedgerScene.Cancel) > 0) { }
        while (await dead.RunOnceAsync(10, LedgerScene.Cancel) > 0) { }

        Assert.Equal(
            1,
            await scene.NumberAsync($"select count(*) from run_history where tenant_id = {scene.Tenant} and reason = 'cleared'")
        );
        await scene.AssertConsistentAsync();
    }

    [Fact]
    public async Task The_dead_are_buried_while_the_next_generation_lives()
    {
        var scene = await LedgerScene.NewAsync(database);
        var mine = await scene.TakeOverAsync();
        await scene.CommitAsync(scene.Entering(mine, await scene.GateAsync(), 0, "ann", "bob"));
        await scene.ClearAsync();
        var next = scene.Write(mine with { Seq = mine.Seq + 1 }, await scene.GateAsync());
        var alive = scene.Entering(mine, 0, 0, "ann");
        next.Inserted.Add(alive.Inserted[0] with { Generation = 2 });
        foreach (var (count, n) in alive.Counts)
            next.Count(count, n);
        next.Stand(2, "w1", 1);
        await scene.CommitAsync(next);

        while (await new DeadRuns(database.Ledger).RunOnceAsync(1, LedgerScene.Cancel) > 0) { }

        Assert.Equal(1, await scene.RunsAsync());
        await scene.AssertConsistentAsync();
    }
}
