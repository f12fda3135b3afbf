using Npgsql;

namespace Scenarios.Storage.Retention;

/// <summary>
/// The months of the history: created ahead of time, and dropped when everything in them has expired.
/// </summary>
public sealed class HistoryMonths(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// How long all nodes may be down at the turn of a month before ended runs go to the default partition, which is
    /// slower to maintain but equally safe.
    /// </summary>
    public const int MonthsAhead = 3;

    private readonly KeeperTurn _turn = new(dataSource);

    /// <param name="shift">Moves the database's clock, for tests.</param>
    /// <returns>The number of months created and dropped.</returns>
    public async Task<(int Made, int Dropped)> RunOnceAsync(TimeSpan shift, CancellationToken cancellationToken) =>
        (
            await _turn.DoAsync("select add_history_months(clock_timestamp() + $1, $2)", cancellationToken, shift, MonthsAhead)
                ?? 0,
            await _turn.DoAsync("select drop_empty_history_months(clock_timestamp() + $1)", cancellationToken, shift) ?? 0
        );
}
