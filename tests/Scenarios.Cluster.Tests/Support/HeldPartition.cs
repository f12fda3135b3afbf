using Npgsql;
using Scenarios.Storage;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// A partition's row, held by a transaction of the test's own: no commit of that slice gets through until it is given back.
/// Or the row of its last run at an element: the slice gets on to there, page by page, and no further.
/// </summary>
public sealed class HeldPartition : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private NpgsqlTransaction? _transaction;

    private HeldPartition(NpgsqlDataSource dataSource, NpgsqlConnection connection) =>
        (_source, _connection) = (dataSource, connection);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<HeldPartition> HoldAsync(Database database, int tenant, int scenario, int partition) =>
        HoldAsync(database.Ledger, tenant, scenario, partition);

    public static Task<HeldPartition> HoldAsync(NpgsqlDataSource dataSource, int tenant, int scenario, int partition) =>
        HoldAsync(
            dataSource,
            "select from partition where tenant_id = $1 and scenario = $2 and partition = $3 for update",
            tenant,
            scenario,
            (short)partition
        );

    public static Task<HeldPartition> HoldLastAsync(
        NpgsqlDataSource dataSource,
        int tenant,
        int scenario,
        int partition,
        string element
    ) =>
        HoldAsync(
            dataSource,
            """select from run where tenant_id = $1 and scenario = $2 and partition = $3 and element = $4 order by id desc limit 1 for update""",
            tenant,
            scenario,
            (short)partition,
            element
        );

    private static async Task<HeldPartition> HoldAsync(NpgsqlDataSource dataSource, string row, params object[] key)
    {
        var held = new HeldPartition(dataSource, await dataSource.OpenConnectionAsync(Cancel));
        held._transaction = await held._connection.BeginTransactionAsync(Cancel);
        await using var command = new NpgsqlCommand(row, held._connection);
        foreach (var value in key)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(Cancel);
        return held;
    }

    /// <summary>How many wait for it.</summary>
    public async Task<long> WaitersAsync()
    {
        await using var command = _source.CreateCommand(
            "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))"
        );
        command.Parameters.Add(new() { Value = _connection.ProcessID });
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public async Task ReleaseAsync()
    {
        if (_transaction is null)
            return;
        await _transaction.RollbackAsync(Cancel);
        _transaction = null;
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
