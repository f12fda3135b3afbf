using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Scenarios.Engine.Definitions;

namespace Scenarios.Api.Import;

/// <summary>NDJSON: one JSON object a line. A bad line is an error of its own and spoils no other.</summary>
internal static class NdjsonImport
{
    public static async IAsyncEnumerable<ImportRecord> ReadAsync(
        Stream source,
        DatabaseFields fields,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var pipe = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: 64 << 10));
        var line = 1L;
        var skipping = false; // inside a line that was too long
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                if (!skipping && RecordOf(buffer.Slice(0, end), line, fields, time) is { } record)
                    yield return record;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                skipping = false;
                line++;
            }
            if (!skipping && buffer.Length > ImportRecord.MaxBytes)
            {
                skipping = true;
                yield return TooLong(line);
            }
            if (read.IsCompleted)
            {
                if (!skipping && RecordOf(buffer, line, fields, time) is { } last)
                    yield return last;
                break;
            }
            if (skipping)
                buffer = buffer.Slice(buffer.End);
            pipe.AdvanceTo(buffer.Start, read.Buffer.End);
        }
        await pipe.CompleteAsync();
    }

    /// <summary>Null for an empty line.</summary>
    private static ImportRecord? RecordOf(ReadOnlySequence<byte> bytes, long line, DatabaseFields fields, TimeProvider time)
    {
        if (bytes.Length > ImportRecord.MaxBytes)
            return TooLong(line);
        var json = bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
        if (line == 1 && json.Span.StartsWith("\uFEFF"u8))
            json = json[3..];
        return json.Span.Trim(" \t\r"u8).IsEmpty ? null : ImportRecord.Read(json, line, fields, time.GetUtcNow());
    }

    private static ImportRecord TooLong(long line) =>
        ImportRecord.Bad(line, "tooLong", $"A line has at most {ImportRecord.MaxBytes} bytes.");
}
