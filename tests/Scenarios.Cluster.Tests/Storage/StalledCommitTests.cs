using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Ledger;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>A commit that stops half-way on the line holds its locks, and no time limit of PostgreSQL's ends it.</summary>
public sealed class StalledCommitTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_half_sent_commit_is_ended_and_its_locks_are_released()
    {
        await database.ExecuteAsync("create table locked (n int); insert into locked values (1)");
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var line = new Relay(settings.Port);
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Port = line.Port }.ConnectionString
        );
        var stalled = new StalledCommits(database.Ledger);
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("update locked set n = 2"),
                new NpgsqlBatchCommand("select $1") { Parameters = { new() { Value = new string('x', 1 << 20) } } },
            },
        };

        line.Rate = 20_000; // bytes a second: the second statement would take a minute
        var commit = batch.ExecuteNonQueryAsync(Cancel);
        await Support.Api.UntilAsync(
            () =>
                database.CountAsync(
                    """select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and wait_event = 'ClientRead' and xact_start is not null"""
                ),
            n => n == 1
        );
        Assert.Equal(0, await stalled.EndAsync(TimeSpan.FromMinutes(1), Cancel));

        Assert.Equal(1, await stalled.EndAsync(TimeSpan.Zero, Cancel));
        line.Mend();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => commit);
        await database.ExecuteAsync("update locked set n = 3 where n = 1");
        Assert.Equal(1, await database.CountAsync("select count(*) from locked where n = 3"));
    }
}
