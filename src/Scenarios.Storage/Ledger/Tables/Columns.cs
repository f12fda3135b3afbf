using System.Collections;
using System.Globalization;
using Npgsql;

namespace Scenarios.Storage.Ledger.Tables;

// Why this file is the way it is.
//
// A statement of the ledger takes its rows as arrays, one for each column: the plan is the same for one row and for a
// thousand. The
// column would then be spelled out four times, in the column list, as $n::type[], in the alias of unnest and as the
// array itself, and a
// new one forgotten in one of them. Here it is said once, with its type and where its value is. The text of a statement
// is made from
// that once, when the program starts, so it stays the same and its plan is prepared.

/// <summary>
/// The columns of the rows that one statement takes. Written as a collection: <c>{ "due", "timestamptz", r => r.Due }</c>.
/// </summary>
internal sealed class Columns<T> : IEnumerable<string>
{
    private readonly List<Column> _columns = [];

    public int Count => _columns.Count;

    /// <summary><c>tenant_id, scenario, …</c>: for the target of an insert.</summary>
    public string Names => string.Join(", ", this);

    /// <summary><c>unnest($1::int[], …)</c>.</summary>
    public string Unnest => $"unnest({string.Join(", ", _columns.Select((c, i) => $"{Place(i)}::{c.Type}[]"))})";

    /// <summary><c>unnest($1::int[], …) as x (tenant_id, …)</c>.</summary>
    public string Rows => $"{Unnest} as x ({Names})";

    /// <summary>The parameter behind those of the columns: <c>$n</c>.</summary>
    /// <param name="further">0 for the first.</param>
    public string After(int further) => Place(Count + further);

    /// <param name="type">Of PostgreSQL, for one value.</param>
    public void Add<TValue>(string name, string type, Func<T, TValue> value) =>
        _columns.Add(new Column(name, type, rows => Array(rows, value)));

    /// <summary>An array for each column, in their order.</summary>
    public IEnumerable<NpgsqlParameter> Of(IReadOnlyList<T> rows) => _columns.Select(c => c.Parameter(rows));

    public IEnumerator<string> GetEnumerator() => _columns.Select(c => c.Name).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static NpgsqlParameter<TValue[]> Array<TValue>(IReadOnlyList<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(rows[i]);
        return new NpgsqlParameter<TValue[]> { TypedValue = values };
    }

    private static string Place(int i) => "$" + (i + 1).ToString(CultureInfo.InvariantCulture);

    private sealed record Column(string Name, string Type, Func<IReadOnlyList<T>, NpgsqlParameter> Parameter);
}
