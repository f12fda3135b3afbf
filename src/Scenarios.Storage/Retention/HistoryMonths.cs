using Npgsql;

namespace Scenarios.Storage.Retention;

/// <summary>The months of the history: made ahead of time, and taken away when all that they held was too old to keep.</summary>
public sealed class HistoryMonths(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// So long may every node be down at the turn of a month before what ends falls into the default partition, which
    /// is slower to keep and no less safe.
    /// </summary>
    public const int MonthsAhead = 3;

    private readonly KeeperTurn _turn = new(dataSource);

    /// <param name="shift">Moves the database's clock, for tests.</param>
    /// <returns>How many months were made, and taken away.</returns>
    public async Task<(int Made, int Dropped)> RunOnceAsync(TimeSpan shift, CancellationToken cancellationToken) =>
        (
            await _turn.DoAsync("select add_history_months(clock_timestamp() + $1, $2)", cancellationToken, shift, MonthsAhead)
                ?? 0,
            await _turn.DoAsync("select drop_empty_history_months(clock_timestamp() + $1)", cancellationToken, shift) ?? 0
        );
}
