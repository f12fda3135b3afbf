using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Batches;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>The scan of what is due is the truth behind every timer: what it does not find, it must announce.</summary>
public sealed class DueScanTests(TestDatabase database, TestPostgres postgres) : IClassFixture<TestDatabase>
{
    /// <summary>
    /// Once, what is due and when something is due next were looked up at two readings of the clock: a run due in between was in
    /// neither, and where it was the last one its slice slept for ever.
    /// </summary>
    [Fact]
    public async Task A_run_that_falls_due_while_it_is_looked_for_is_found_or_announced()
    {
        const int Runs = 4000;
        var scene = await LedgerScene.NewAsync(database);
        var write = scene.Entering(
            await scene.TakeOverAsync(),
            await scene.GateAsync(),
            0,
            [.. Enumerable.Range(0, Runs).Select(Graph.Profile)]
        );
        await scene.CommitAsync(write);

        // A starved machine may look too late: then once more, with later instants.
        for (var during = 0; during == 0; )
        {
            var due = await SpreadAsync(scene);
            int found;
            do
            {
                var read = new SliceRead(scene.Key(), LedgerScene.Database);
                read.Ranges.Add(new DueRange(false, DateTimeOffset.MinValue, null, Runs));
                var now = await scene.Ledger.ReadAsync([read], TimeSpan.Zero, LedgerScene.Cancel);
                found = read.Due[0].Count;
                if (found is > 0 and < Runs)
                    during++;
                Assert.Equal(due.Count(d => d <= now), found);
                Assert.Equal(found < Runs ? due[found] : null, read.NextDue);
            } while (found < Runs);
        }
    }

    /// <summary>One run falls due each tenth of a millisecond, beginning in a moment.</summary>
    private async Task<List<DateTimeOffset>> SpreadAsync(LedgerScene scene)
    {
        await using var command = database.Ledger.CreateCommand(
            """
            update run r set due = x.due, stoppable = false
            from (select id, statement_timestamp() + interval '0.3 s' + row_number() over (order by id) * interval '0.0001 s' as due from run where tenant_id = $1) as x
            where r.tenant_id = $1 and r.scenario = $2 and r.id = x.id
            returning r.due
            """
        );
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = scene.Tenant });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = scene.Number });
        await using var rows = await command.ExecuteReaderAsync(LedgerScene.Cancel);
        var due = new List<DateTimeOffset>();
        while (await rows.ReadAsync(LedgerScene.Cancel))
            due.Add(rows.GetFieldValue<DateTimeOffset>(0));
        due.Sort();
        return due;
    }

    /// <summary>
    /// An interval's days are days of the session's zone: in one with daylight saving, SQL and the batch would disagree on what
    /// is due by an hour.
    /// </summary>
    [Fact]
    public async Task A_day_has_24_hours_in_every_time_zone_of_the_server()
    {
        await using var fresh = await TestDatabase.NewAsync(postgres);
        await fresh.ExecuteAsync(
            $"alter database {new NpgsqlConnectionStringBuilder(fresh.ConnectionString).Database} set timezone = 'Europe/Berlin'"
        );
        await using var opened = await Scenarios.Storage.Database.OpenAsync(
            new Scenarios.Storage.DatabaseOptions { ConnectionString = fresh.ConnectionString },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            LedgerScene.Cancel
        );
        foreach (var pool in (NpgsqlDataSource[])[opened.Ledger, opened.Reads])
        {
            await using var command = pool.CreateCommand(
                """select extract(epoch from timestamptz '2026-10-26 00:00:00Z' - (timestamptz '2026-10-26 00:00:00Z' - interval '2 days'))::int"""
            );
            Assert.Equal(48 * 3600, await command.ExecuteScalarAsync(LedgerScene.Cancel));
        }
    }
}
