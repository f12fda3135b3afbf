using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>
/// What a round costs where PostgreSQL's planner knows nothing yet: in the first burst of a new database, or of one that slept.
/// </summary>
public sealed class PlanTests(TestPostgres postgres)
{
    /// <summary>The first rounds are those of a database that has hardly begun: by their size plans are made, and kept.</summary>
    private const int Small = 20,
        Rounds = 15,
        Entering = 200,
        Leaving = 100,
        Left = Small + Rounds * Leaving;

    [Fact]
    public async Task A_round_reads_what_it_moves_and_not_all_waiting_runs_even_without_statistics()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        foreach (var table in (string[])["run", "run_data", "profile_entry"])
            await database.ExecuteAsync($"alter table {table} set (autovacuum_enabled = off)");
        var scene = await LedgerScene.NewAsync(database);
        var (mine, gate) = (await scene.TakeOverAsync(), await scene.GateAsync());

        for (var round = 0; round < Small + Rounds; round++)
        {
            var (enter, leave) = round < Small ? (1, 1) : (Entering, Leaving);
            var entering = scene.Entering(mine, gate, 0, [.. Enumerable.Range(round * Entering, enter).Select(Graph.Profile)]);
            for (var i = 0; i < enter; i++)
            {
                var run = entering.Inserted[i];
                entering.Inserted[i] = run with
                {
                    HasContent = true,
                    State = run.State with { Stoppable = false, Due = entering.Now },
                };
                entering.Data.Add((run.State.Id, "{}", null));
            }
            await scene.CommitAsync(entering);
            mine = mine with { Seq = mine.Seq + 1 };

            var read = new SliceRead(scene.Key(), LedgerScene.Database) { WithProfiles = true };
            read.Ranges.Add(new DueRange(false, DateTimeOffset.MinValue, null, leave));
            await scene.Ledger.ReadAsync([read], TimeSpan.Zero, LedgerScene.Cancel);
            var leaving = scene.Write(mine, gate);
            foreach (var run in read.Due[0])
            {
                leaving.Ended.Add(new EndedRun(run, RunEnd.Complete, leaving.Now, WasStored: true));
                leaving.EntryEnds.Add(
                    new EntryEnd(run.State.ProfileId, run.State.Id, Completed: true, Failed: false, leaving.Now)
                );
            }
            await scene.CommitAsync(leaving);
            mine = mine with { Seq = mine.Seq + 1 };
        }

        // PostgreSQL adds up what a connection did when it ends.
        await using (var one = await database.Ledger.OpenConnectionAsync(LedgerScene.Cancel))
            NpgsqlConnection.ClearPool(one);
        await Support.Api.UntilAsync(
            () => database.CountAsync("select n_tup_del from pg_stat_user_tables where relname = 'run'"),
            deleted => deleted == Left
        );
        Assert.Equal(0, await ReadAsync("run_standing", "idx_scan"));
        Assert.InRange(await ReadAsync("run_pkey", "idx_tup_read"), Left, 2 * Left);
        Assert.InRange(await ReadAsync("run_data_pkey", "idx_tup_read"), Left, 2 * Left);
        Assert.InRange(await ReadAsync("profile_entry_pkey", "idx_tup_read"), Left, 2 * Left);

        Task<long> ReadAsync(string index, string what) =>
            database.CountAsync($"select {what} from pg_stat_user_indexes where indexrelname = '{index}'");
    }
}
