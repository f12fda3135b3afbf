using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Ledger.Tables;

namespace Scenarios.Storage.Ledger;

/// <summary>
/// The statements of one round trip for several slices, as they are added by the tables. One without rows is left out.
/// </summary>
internal sealed class LedgerBatch(NpgsqlConnection connection)
{
    private readonly List<Action<NpgsqlDataReader>> _takers = [];

    public NpgsqlBatch Commands { get; } = new(connection);

    /// <summary>A statement that writes.</summary>
    public void Add<T>(string sql, Columns<T> columns, IReadOnlyList<T> rows)
    {
        if (rows.Count > 0)
            Add(sql, columns.Of(rows));
    }

    /// <summary>A statement that reads.</summary>
    /// <param name="take">Called with each row.</param>
    /// <param name="further">Parameters behind those of the columns.</param>
    public void Add<T>(
        string sql,
        Columns<T> columns,
        IReadOnlyList<T> rows,
        Action<NpgsqlDataReader> take,
        params ReadOnlySpan<object> further
    )
    {
        if (rows.Count == 0)
            return;
        Add(sql, columns.Of(rows), further);
        _takers.Add(take);
    }

    /// <summary>A statement that reads without rows of its own.</summary>
    public void Add(string sql, Action<NpgsqlDataReader> take, params ReadOnlySpan<object> values)
    {
        Add(sql, [], values);
        _takers.Add(take);
    }

    /// <summary>Sends what reads, and hands each row to who asked for it.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var reader = await Commands.ExecuteReaderAsync(cancellationToken);
        foreach (var take in _takers)
        {
            while (await reader.ReadAsync(cancellationToken))
                take(reader);
            await reader.NextResultAsync(cancellationToken);
        }
    }

    /// <summary>What several slices write to one table.</summary>
    public static List<Written<T>> Rows<T>(IReadOnlyList<LedgerWrite> writes, Func<LedgerWrite, IEnumerable<T>> rows)
    {
        var all = new List<Written<T>>();
        foreach (var write in writes)
        foreach (var row in rows(write))
            all.Add(new Written<T>(write, row));
        return all;
    }

    /// <summary>What several slices ask of one table.</summary>
    public static List<Asked<T>> Asked<T>(IReadOnlyList<SliceRead> slices, Func<SliceRead, IEnumerable<T>> values)
    {
        var all = new List<Asked<T>>();
        for (var i = 0; i < slices.Count; i++)
            foreach (var value in values(slices[i]))
                all.Add(new Asked<T>(i, slices[i], value));
        return all;
    }

    private void Add(string sql, IEnumerable<NpgsqlParameter> columns, params ReadOnlySpan<object> further)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in columns)
            command.Parameters.Add(parameter);
        foreach (var value in further)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        Commands.BatchCommands.Add(command);
    }
}
