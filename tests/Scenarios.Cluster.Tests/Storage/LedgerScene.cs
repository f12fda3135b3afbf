using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>An active scenario in a tenant of its own, and writes such as its partitions make them.</summary>
internal sealed class LedgerScene
{
    public const int Database = 1;
    private static int _tenants;

    private readonly TestDatabase _database;

    private LedgerScene(TestDatabase database, int tenant, int number)
    {
        (_database, Tenant, Number) = (database, tenant, number);
        Ledger = new RunLedger(database.Ledger);
        Gate = new ScenarioGate(database.Ledger);
    }

    public int Tenant { get; }
    public int Number { get; }
    public RunLedger Ledger { get; }
    public ScenarioGate Gate { get; }
    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<LedgerScene> NewAsync(TestDatabase database, int partitions = 2)
    {
        var name = $"ledger {Interlocked.Increment(ref _tenants)}";
        await database.ExecuteAsync("insert into tenant (name) values ($1)", name);
        await using var command = database.Ledger.CreateCommand($"select id from tenant where name = '{name}'");
        var tenant = (int)(await command.ExecuteScalarAsync(Cancel))!;
        await database.ExecuteAsync(
            """insert into profile_database (tenant_id, number, name, fields) values ($1, 1, 'shop', '[{"name": "points", "type": "number"}]')""",
            tenant
        );
        var number = await new ScenarioStore(database.Ledger).CreateAsync(
            tenant,
            "Test",
            "{}",
            Database,
            partitions,
            "{}",
            """{"elements": [{"id": "start"}, {"id": "w1"}], "links": []}""",
            "{}",
            "test",
            Cancel
        );
        var scene = new LedgerScene(database, tenant, number!.Value);
        await scene.ActivateAsync();
        return scene;
    }

    public SliceKey Key(int partition = 0) => new(Tenant, Number, (short)partition);

    public async Task<Ownership> TakeOverAsync(int partition = 0) =>
        (await Ledger.TakeOverAsync(Key(partition), "test", Cancel))!.Ownership;

    public Task<GateMove> ActivateAsync() =>
        Gate.ActivateAsync(
            Tenant,
            Number,
            clear: false,
            dryRun: false,
            resumeRate: 1000,
            clockStops: false,
            "test",
            TimeSpan.Zero,
            Cancel
        );

    public Task<GateMove> DeactivateAsync(StopMode mode = StopMode.End) =>
        Gate.DeactivateAsync(Tenant, Number, mode, "test", TimeSpan.Zero, Cancel);

    public Task<GateMove> ClearAsync() => Gate.ClearAsync(Tenant, Number, "test", TimeSpan.Zero, Cancel);

    public Task<long> GateAsync() => NumberAsync($"select gate from scenario where tenant_id = {Tenant} and number = {Number}");

    public Task<long> RunsAsync() =>
        NumberAsync($"select count(*) from run where tenant_id = {Tenant} and scenario = {Number}");

    public async Task<decimal> PointsAsync(string profile)
    {
        await using var command = _database.Ledger.CreateCommand(
            $"select (fields ->> 'points')::numeric from profile where tenant_id = {Tenant} and id = '{profile}'"
        );
        return (decimal)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public async Task<long> NumberAsync(string sql)
    {
        await using var command = _database.Ledger.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel));
    }

    public async Task AssertConsistentAsync() =>
        Assert.Empty((await new VerifyReads(_database.Reads).VerifyAsync(Tenant, Number, Cancel)).Differences);

    /// <summary>An empty write, which still proves ownership and gate.</summary>
    public LedgerWrite Write(Ownership mine, long gate, int partition = 0) =>
        new(Key(partition), Database, gate, mine) { Now = Now };

    /// <summary>Profiles enter and wait at w1, as a partition writes it.</summary>
    public LedgerWrite Entering(Ownership mine, long gate, int partition, params string[] profiles)
    {
        var write = Write(mine, gate, partition);
        foreach (var profile in profiles)
        {
            var state = RunState.Begin(Guid.CreateVersion7(), profile, "start", write.Now, 1, 0, TimeSpan.Zero) with
            {
                Element = "w1",
                Phase = RunPhase.Waiting,
                Step = 1,
                Due = write.Now.AddDays(1),
                Stoppable = true,
            };
            write.Inserted.Add(new RunRow(1, state, HasContent: false, HasKept: false));
            write.Trails.Add((state.Id, 1, Trail.Write([new TrailStep(1, "start", write.Now, write.Now, "next", null, null)])));
            write.Entries[profile] = new EntryRow(1, [state.Id], 1, 0, 0, write.Now, null, [], null, null);
            write.Count(new Count("", "entered", ""), 1);
            write.Count(new Count("start", "entered", ""), 1);
            write.Count(new Count("start", "left", "next"), 1);
            write.Count(new Count("w1", "entered", ""), 1);
            write.Stand(1, "w1", 1);
        }
        return write;
    }

    /// <summary>Adds points to a profile, which is made where it does not exist.</summary>
    public static ProfileWrite Adding(string profile, int points) =>
        new(profile, Create: true, "{}", $$"""[["increment", "points", {{points}}]]""", null);

    public Task CommitAsync(params LedgerWrite[] writes) => Ledger.CommitAsync(writes, Cancel);

    /// <summary>The SQLSTATE with which the commit was refused.</summary>
    public async Task<string> RefusalAsync(params LedgerWrite[] writes) =>
        (await Assert.ThrowsAsync<PostgresException>(() => CommitAsync(writes))).SqlState;

    /// <summary>A transaction that has done this and stays open until it is ended.</summary>
    public async Task<Held> HoldAsync(params string[] statements)
    {
        var connection = await _database.Ledger.OpenConnectionAsync(Cancel);
        var transaction = await connection.BeginTransactionAsync(Cancel);
        foreach (var sql in statements)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
        return new Held(connection, transaction);
    }

    /// <summary>Waits until so many others wait for a lock.</summary>
    public Task UntilWaitingAsync(int n) =>
        Support.Api.UntilAsync(
            () =>
                NumberAsync(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                ),
            waiting => waiting == n
        );

    private static DateTimeOffset Now => new(DateTimeOffset.UtcNow.Ticks / 10 * 10, TimeSpan.Zero);
}

/// <summary>An open transaction; ends by a rollback unless it was committed.</summary>
internal sealed class Held(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    public Task CommitAsync() => transaction.CommitAsync(LedgerScene.Cancel);

    public async Task CommitAndCloseAsync()
    {
        await CommitAsync();
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
