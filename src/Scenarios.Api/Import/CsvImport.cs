using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Import;

/// <summary>
/// CSV with a header of <c>id</c> and any of <c>email</c>, <c>phone</c>, <c>timeZone</c> and the database's fields. An empty
/// cell leaves what the profile has; members of a list are separated by <c>;</c>.
/// </summary>
internal static class CsvImport
{
    /// <exception cref="Refused">422: the header is not one. Faults of records are records.</exception>
    public static async IAsyncEnumerable<ImportRecord> ReadAsync(
        Stream source,
        DatabaseFields fields,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var csv = new CsvRecords(source);
        var header = HeaderOf(await csv.ReadAsync(cancellationToken), fields);
        while (await csv.ReadAsync(cancellationToken) is { } record)
        {
            if (record.Fault is var (code, message))
                yield return ImportRecord.Bad(record.Line, code, message);
            else if (record.Cells.Length != header.Length)
                yield return ImportRecord.Bad(
                    record.Line,
                    "raggedRow",
                    $"The header has {header.Length} cells, this record {record.Cells.Length}."
                );
            else if (record.Cells.AsSpan().SequenceEqual(header))
                yield return ImportRecord.Bad(record.Line, "repeatedHeader", "The header is repeated.");
            else
                yield return ImportRecord.Read(JsonOf(header, record.Cells, fields), record.Line, fields, time.GetUtcNow());
        }
    }

    private static string[] HeaderOf(CsvRecord? record, DatabaseFields fields)
    {
        if (record is null)
            throw Refused.Invalid("", "empty", "The file must begin with a header.");
        if (record.Fault is var (code, message))
            throw Refused.Invalid("", code, "The header is malformed: " + message);
        var problems = new List<Problem>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in record.Cells)
        {
            var path = "/" + JsonObjectReader.Escape(name);
            if (!DatabaseFields.IsOwnMember(name) && fields.TypeOf(name) is null)
                problems.Add(new Problem(path, "unknownField", $"The database has no field '{name}'."));
            else if (!seen.Add(name))
                problems.Add(new Problem(path, "duplicateField", $"Duplicate column '{name}'."));
        }
        if (!seen.Contains("id"))
            problems.Add(new Problem("/id", "required", "Missing column 'id'."));
        Refused.If(problems);
        return record.Cells;
    }

    /// <summary>The record as a line of NDJSON would say it, so that there is one reader and one set of faults.</summary>
    private static ReadOnlyMemory<byte> JsonOf(string[] header, string[] cells, DatabaseFields fields)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        for (var i = 0; i < header.Length; i++)
            if (DatabaseFields.IsOwnMember(header[i]) && (cells[i].Length > 0 || header[i] == "id"))
                json.WriteString(header[i], cells[i]);
        json.WriteStartObject("fields");
        for (var i = 0; i < header.Length; i++)
        {
            if (cells[i].Length == 0 || fields.TypeOf(header[i]) is not { } type)
                continue;
            json.WritePropertyName(header[i]);
            WriteCell(json, cells[i], type);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void WriteCell(Utf8JsonWriter json, string cell, FieldType type)
    {
        switch (type)
        {
            // What is no number or truth value stays a text, and is refused as one.
            case FieldType.Number when IsNumber(cell):
                json.WriteRawValue(cell, skipInputValidation: true);
                break;
            case FieldType.Boolean when cell is "true" or "false":
                json.WriteBooleanValue(cell == "true");
                break;
            case FieldType.List:
                json.WriteStartArray();
                foreach (var member in cell.Split(';', StringSplitOptions.RemoveEmptyEntries))
                    json.WriteStringValue(member);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(cell);
                break;
        }
    }

    private static bool IsNumber(string cell)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(cell));
        try
        {
            return reader.Read()
                && reader.TokenType == JsonTokenType.Number
                && reader.BytesConsumed == Encoding.UTF8.GetByteCount(cell)
                && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
