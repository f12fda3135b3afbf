using Npgsql;
using Scenarios.Storage;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>A partition's row, held by a transaction of the test's own: no commit of that slice gets through until it is given back.</summary>
public sealed class HeldPartition : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private NpgsqlTransaction? _transaction;

    private HeldPartition(NpgsqlDataSource source, NpgsqlConnection connection) => (_source, _connection) = (source, connection);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<HeldPartition> HoldAsync(Database database, int tenant, int scenario, int partition) => HoldAsync(database.Ledger, tenant, scenario, partition);

    public static async Task<HeldPartition> HoldAsync(NpgsqlDataSource source, int tenant, int scenario, int partition)
    {
        var held = new HeldPartition(source, await source.OpenConnectionAsync(Cancel));
        held._transaction = await held._connection.BeginTransactionAsync(Cancel);
        await using var command = new NpgsqlCommand("select from partition where tenant_id = $1 and scenario = $2 and partition = $3 for update", held._connection)
        {
            Parameters = { new() { Value = tenant }, new() { Value = scenario }, new() { Value = (short)partition } },
        };
        await command.ExecuteNonQueryAsync(Cancel);
        return held;
    }

    /// <summary>How many wait for it.</summary>
    public async Task<long> WaitersAsync()
    {
        await using var command = _source.CreateCommand("select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))");
        command.Parameters.Add(new() { Value = _connection.ProcessID });
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public async Task ReleaseAsync()
    {
        if (_transaction is null) return;
        await _transaction.RollbackAsync(Cancel);
        _transaction = null;
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
