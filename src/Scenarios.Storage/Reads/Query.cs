using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A statement with positional parameters and how its rows become values.</summary>
internal static class Query
{
    public static NpgsqlCommand Command(this NpgsqlDataSource dataSource, string sql, params ReadOnlySpan<object?> values) =>
        Fill(dataSource.CreateCommand(sql), values);

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        Fill(new NpgsqlCommand(sql, connection), values);

    public static async Task<List<T>> ListAsync<T>(
        this NpgsqlCommand command,
        Func<NpgsqlDataReader, T> row,
        CancellationToken cancellationToken
    )
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(row(reader));
            return rows;
        }
    }

    public static async Task<T?> FirstAsync<T>(
        this NpgsqlCommand command,
        Func<NpgsqlDataReader, T> row,
        CancellationToken cancellationToken
    )
        where T : class
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? row(reader) : null;
        }
    }

    public static string? Text(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset At(this NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? AtOrNull(this NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.At(column);

    private static NpgsqlCommand Fill(NpgsqlCommand command, ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }
}

/// <summary>
/// The viewer: sees nothing of another tenant, and of scenarios with groups only those that share one.
/// </summary>
/// <param name="Groups">The token's access groups; null sees all (admins).</param>
public readonly record struct Viewer(int Tenant, string[]? Groups);
