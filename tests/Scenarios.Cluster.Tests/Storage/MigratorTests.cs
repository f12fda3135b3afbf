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

    private static Task<int> MigrateAsync(TestDatabase database) =>
        Migrator.MigrateAsync(database.ConnectionString, NullLogger.Instance, TimeProvider.System, Cancel);
}
