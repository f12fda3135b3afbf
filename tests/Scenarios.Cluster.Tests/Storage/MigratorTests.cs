using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
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
        await database.ExecuteAsync("insert into schema_migration (number, name, hash) values (9999, '9999_of_a_later_version', 'ff')");

        Assert.Equal(0, await MigrateAsync(database));
    }

    /// <summary>A database as it was before the eighth migration: accounts and drafts were grain state, the number of the next scenario followed from those that were there.</summary>
    [Fact]
    public async Task What_an_account_said_and_the_numbers_that_were_given_are_carried_over()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("drop schema public cascade");
        await database.ExecuteAsync("create schema public");
        await database.ExecuteAsync("create table schema_migration (number integer primary key, name text not null, hash text not null, applied_at timestamptz not null default clock_timestamp())");
        foreach (var (number, file) in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Scenarios.Storage", "Migrations"), "*.sql").Order(StringComparer.Ordinal).Take(7).Index())
        {
            var sql = (await File.ReadAllTextAsync(file, Cancel)).ReplaceLineEndings("\n");
            await database.ExecuteAsync(sql);
            await database.ExecuteAsync("insert into schema_migration values ($1, $2, $3)", number + 1, Path.GetFileNameWithoutExtension(file), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
        }
        await database.ExecuteAsync("insert into tenant (name) values ('says something'), ('says nothing')");
        await database.ExecuteAsync("insert into profile_database (tenant_id, number, name, fields) values (1, 1, 'shop', '[]')");
        await database.ExecuteAsync("""insert into scenario (tenant_id, number, title, about, database, partitions, settings, definition) values (1, 7, 'x', '{}', 1, 1, '{}', '{"elements": [], "links": []}')""");
        await database.ExecuteAsync("insert into run_history (tenant_id, scenario, id, partition, generation, profile_id, state, element, step, entered_at, ended_at, has_content) values (1, 7, gen_random_uuid(), 0, 1, 'ann', 'completed', 'e', 1, now(), now(), false)");
        await database.ExecuteAsync("""
            insert into OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary)
            values (1, 0, 1, 1, 'account', '', 's', convert_to('{"TimeZone":"Europe/Berlin","RetentionDays":30,"RatePerSecond":100}', 'UTF8')), (2, 0, 2, 1, 'account', '', 's', null),
                   (3, 0, 0, 2, 'draft', '1/7', 's', convert_to('{"Json":"{\"elements\": []}","Version":5,"By":"ann","At":"2026-11-20T10:00:00+00:00"}', 'UTF8'))
            """);

        Assert.True(await MigrateAsync(database) > 0);

        Assert.Equal(1, await database.CountAsync("select count(*) from tenant where id = 1 and time_zone = 'Europe/Berlin' and retention_days = 30 and scenarios = 7 and rate_per_second = 100"));
        Assert.Equal(1, await database.CountAsync("select count(*) from scenario where number = 7 and draft -> 'elements' is not null and (draft_writes, draft_version, draft_by) = (5, 5, 'ann') and draft_at = '2026-11-20 10:00Z'"));
        Assert.Equal(1, await database.CountAsync("select count(*) from tenant where id = 2 and time_zone = 'UTC' and retention_days = 400 and scenarios = 0 and rate_per_second is null"));
        // Runs that lie in the default partition keep their month there; the months to come are made.
        Assert.Equal(1, await database.CountAsync("select count(*) from run_history_default"));
        Assert.Equal(3, await database.CountAsync("select count(*) from pg_class where relname ~ '^run_history_\\d{6}$' and relkind = 'r'"));
    }

    private static Task<int> MigrateAsync(TestDatabase database) =>
        Migrator.MigrateAsync(database.ConnectionString, NullLogger.Instance, TimeProvider.System, Cancel);
}
