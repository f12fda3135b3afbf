using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Retention;

/// <summary>
/// One small transaction of the keeper. One node of the cluster keeps at a time, and the keeper yields to all other
/// work: it gives up on what it cannot lock at once, and tries again later.
/// </summary>
internal sealed class KeeperTurn(NpgsqlDataSource dataSource)
{
    private const long Key = 0x5343_4B45_4550_4552; // "SCKEEPER"

    /// <summary>A deadlock with a commit would be detected after a second: by then the keeper has given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <param name="sql">One statement that returns the number of rows it affected.</param>
    /// <returns>Null when another node keeps.</returns>
    public async Task<int?> DoAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (
            var turn = connection.Command(
                "select pg_try_advisory_xact_lock($1) and set_config('lock_timeout', $2, true) is not null",
                Key,
                $"{Patience.TotalMilliseconds}ms"
            )
        )
            if (await turn.ExecuteScalarAsync(cancellationToken) is not true)
                return null;
        int rows;
        await using (var command = connection.Command(sql, values))
            rows = Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return rows;
    }
}
