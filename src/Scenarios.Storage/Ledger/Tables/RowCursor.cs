using Npgsql;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>
/// Reads the columns of a row one after the other, so that a reader is the list of its columns and no number has to be
/// kept equal to
/// a place in the text of a statement.
/// </summary>
internal ref struct RowCursor(NpgsqlDataReader reader)
{
    private int _at;

    public int Int() => reader.GetInt32(_at++);

    public short Short() => reader.GetInt16(_at++);

    public bool Flag() => reader.GetBoolean(_at++);

    public Guid Id() => reader.GetGuid(_at++);

    public string Text() => reader.GetString(_at++);

    public DateTimeOffset Instant() => reader.GetFieldValue<DateTimeOffset>(_at++);

    public T Value<T>() => reader.GetFieldValue<T>(_at++);

    public string? TextOrNull() => Skips() ? null : Text();

    public Guid? IdOrNull() => Skips() ? null : Id();

    public int? IntOrNull() => Skips() ? null : Int();

    public long? LongOrNull() => Skips() ? null : Value<long>();

    public short? ShortOrNull() => Skips() ? null : Short();

    public DateTimeOffset? InstantOrNull() => Skips() ? null : Instant();

    /// <summary>Empty for null.</summary>
    public T[] ListOrEmpty<T>() => Skips() ? [] : Value<T[]>();

    /// <summary>The next column is null, as all of a row are that an outer join did not find.</summary>
    public readonly bool IsNull => reader.IsDBNull(_at);

    public void Skip(int columns) => _at += columns;

    /// <summary>Passes over the next column if it is null.</summary>
    private bool Skips()
    {
        if (!IsNull)
            return false;
        _at++;
        return true;
    }
}
