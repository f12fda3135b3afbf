using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage;

namespace Scenarios.Cluster.Tests.Storage;

public sealed class MigratorTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Silos_that_start_at_once_migrate_once()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var all = await database.CountAsync("select count(*) from schema_migration");
        await database.ExecuteAsync("drop schema public cascade");
        await database.ExecuteAsync("create schema public");

        var ran = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => MigrateAsync(database)));

        Assert.Equal(all, ran.Sum());
        Assert.Equal(all, await database.CountAsync("select count(*) from schema_migration"));
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_ran_is_refused()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("update schema_migration set hash = repeat('0', 64) where number = 1");

        var refused = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database));

        Assert.Contains("0001_orleans", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_silo_starts_beside_newer_ones()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync(
            "insert into schema_migration (number, name, hash, since) values (9999, '9999_of_a_later_version', 'ff', $1)",
            Newest
        );

        Assert.Equal(0, await MigrateAsync(database));
    }

    [Fact]
    public async Task An_older_silo_does_not_start_on_a_schema_that_leaves_it_behind()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync(
            "insert into schema_migration (number, name, hash, since) values (9999, '9999_of_a_later_version', 'ff', $1)",
            Newest + 1
        );

        var refused = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database));

        Assert.Contains("9999_of_a_later_version", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Whose own number it is, it allows none. Up to 0010 nobody said it.</summary>
    [Fact]
    public void Each_migration_says_which_older_programs_work_on_its_schema() =>
        Assert.All(Migration.All.Where(m => m.Number > 10), m =>
            Assert.Matches($"^-- since {m.Since:0000}(, in steps)?\n", m.Sql)
        );

    /// <summary>Who wants a table that a migration waits for queues behind it; so it must not wait for long.</summary>
    [Fact]
    public async Task A_migration_that_waits_for_a_table_lets_the_others_pass()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("create table hot (id int)");
        Task<int> migrating;
        await using (var reader = await database.Ledger.OpenConnectionAsync(Cancel))
        await using (var reading = await reader.BeginTransactionAsync(Cancel))
        {
            await using var read = new NpgsqlCommand("select count(*) from hot", reader);
            await read.ExecuteScalarAsync(Cancel);
            migrating = MigrateAsync(database, Next("later", "alter table hot add column later int;", "-- since 0001"));
            await Support.Api.UntilAsync(
                () => database.CountAsync("select count(*) from pg_locks where relation = 'hot'::regclass and not granted"),
                waiting => waiting > 0
            );

            Assert.Equal(0, await database.CountAsync("select count(*) from hot").WaitAsync(TimeSpan.FromSeconds(20), Cancel));
            Assert.False(migrating.IsCompleted);
        }
        Assert.Equal(1, await migrating);
        Assert.Equal(0, await database.CountAsync("select count(later) from hot"));
    }

    /// <summary>
    /// An index that is built concurrently waits for every older transaction, so whoever waits for its turn must not be one;
    /// and what a death leaves is no index.
    /// </summary>
    [Fact]
    public async Task Steps_whose_node_died_in_the_middle_are_made_by_one_of_those_that_start_then()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("create table hot (id int, later int); insert into hot select generate_series(1, 100)");
        var steps = Next(
            "steps",
            """
            drop index concurrently if exists hot_id;
            -- step
            create index concurrently hot_id on hot (id);
            -- step
            do $$ begin
                for page in 0 .. 9 loop
                    update hot set later = id where id between page * 10 + 1 and page * 10 + 10 and later is null;
                    commit;
                end loop;
            end $$
            """,
            "-- since 0001, in steps"
        );
        await using (var writer = await database.Ledger.OpenConnectionAsync(Cancel))
        await using (var writing = await writer.BeginTransactionAsync(Cancel))
        {
            await using var write = new NpgsqlCommand("insert into hot values (0)", writer);
            await write.ExecuteNonQueryAsync(Cancel);
            var dying = MigrateAsync(database, steps);
            await Support.Api.UntilAsync(
                () =>
                    database.CountAsync(
                        """select count(*) from pg_stat_progress_create_index where datname = current_database() and lockers_total > 0"""
                    ),
                building => building > 0
            );
            await database.ExecuteAsync(
                """select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'scenarios migrations' and datname = current_database()"""
            );
            await Assert.ThrowsAsync<MigrationException>(() => dying);
            Assert.Equal(
                1,
                await database.CountAsync("select count(*) from pg_index where indrelid = 'hot'::regclass and not indisvalid")
            );
        }

        var ran = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => MigrateAsync(database, steps)));

        Assert.Equal(1, ran.Sum());
        Assert.Equal(
            1,
            await database.CountAsync("select count(*) from pg_index where indrelid = 'hot'::regclass and indisvalid")
        );
        Assert.Equal(100, await database.CountAsync("select count(*) from hot where later = id"));
    }

    /// <summary>
    /// A database as it was before the eighth migration: accounts and drafts were grain state, the number of the next scenario
    /// followed from those that were there.
    /// </summary>
    [Fact]
    public async Task What_an_account_said_and_the_numbers_that_were_given_are_carried_over()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("drop schema public cascade");
        await database.ExecuteAsync("create schema public");
        await Migrator.MigrateAsync(
            database.ConnectionString,
            [.. Migration.All.Take(7)],
            NullLogger.Instance,
            TimeProvider.System,
            Cancel
        );
        await database.ExecuteAsync("insert into tenant (name) values ('says something'), ('says nothing')");
        await database.ExecuteAsync(
            "insert into profile_database (tenant_id, number, name, fields) values (1, 1, 'shop', '[]')"
        );
        await database.ExecuteAsync(
            """insert into scenario (tenant_id, number, title, about, database, partitions, settings, definition) values (1, 7, 'x', '{}', 1, 1, '{}', '{"elements": [], "links": []}')"""
        );
        await database.ExecuteAsync(
            """insert into run_history (tenant_id, scenario, id, partition, generation, profile_id, state, element, step, entered_at, ended_at, has_content) values (1, 7, gen_random_uuid(), 0, 1, 'ann', 'completed', 'e', 1, now(), now(), false)"""
        );
        await database.ExecuteAsync(
            """
            insert into OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary)
            values (1, 0, 1, 1, 'account', '', 's', convert_to('{"TimeZone":"Europe/Berlin","RetentionDays":30,"RatePerSecond":100}', 'UTF8')), (2, 0, 2, 1, 'account', '', 's', null),
                   (3, 0, 0, 2, 'draft', '1/7', 's', convert_to('{"Json":"{\"elements\": []}","Version":5,"By":"ann","At":"2026-11-20T10:00:00+00:00"}', 'UTF8'))
            """
        );

        Assert.True(await MigrateAsync(database) > 0);

        Assert.Equal(
            1,
            await database.CountAsync(
                """select count(*) from tenant where id = 1 and time_zone = 'Europe/Berlin' and retention_days = 30 and scenarios = 7 and rate_per_second = 100"""
            )
        );
        Assert.Equal(
            1,
            await database.CountAsync(
                """select count(*) from scenario where number = 7 and draft -> 'elements' is not null and (draft_writes, draft_version, draft_by) = (5, 5, 'ann') and draft_at = '2026-11-20 10:00Z'"""
            )
        );
        Assert.Equal(
            1,
            await database.CountAsync(
                """select count(*) from tenant where id = 2 and time_zone = 'UTC' and retention_days = 400 and scenarios = 0 and rate_per_second is null"""
            )
        );
        // Runs that lie in the default partition keep their month there; the months to come are made.
        Assert.Equal(1, await database.CountAsync("select count(*) from run_history_default"));
        Assert.Equal(
            3,
            await database.CountAsync("select count(*) from pg_class where relname ~ '^run_history_\\d{6}$' and relkind = 'r'")
        );
    }

    private static int Newest => Migration.All[^1].Number;

    private static Migration Next(string name, string sql, string heading) =>
        new($"{Newest + 1:0000}_{name}", $"{heading}\n{sql}");

    /// <param name="next">What a program has besides ours.</param>
    private static Task<int> MigrateAsync(TestDatabase database, params Migration[] next) =>
        Migrator.MigrateAsync(
            database.ConnectionString,
            [.. Migration.All, .. next],
            NullLogger.Instance,
            TimeProvider.System,
            Cancel
        );
}
