using System.Buffers;
using System.Text;

namespace Scenarios.Api.Import;

/// <summary>A record of a CSV file.</summary>
/// <param name="Line">Where it began, from 1.</param>
internal sealed record CsvRecord(long Line, string[] Cells, (string Code, string Message)? Fault);

/// <summary>
/// Reads CSV (RFC 4180) as bytes: commas, quotes doubled inside quotes, line ends of any kind, mixed too. What is wrong with a
/// record is reported with the line on which it began, and reading goes on after it; only a quote that is never closed takes the
/// rest of the file with it.
/// </summary>
internal sealed class CsvRecords(Stream source)
{
    private enum At
    {
        CellStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<int> _ends = [];
    private int _next,
        _filled;
    private At _at = At.CellStart;
    private bool _afterReturn,
        _quoted;
    private long _line = 1,
        _begin = 1;
    private (string Code, string Message)? _fault;

    /// <summary>Null at the end of the file.</summary>
    public async ValueTask<CsvRecord?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_next == _filled && !await FillAsync(cancellationToken))
                return Last();
            while (_next < _filled)
                if (Take(_buffer[_next++]) && Finish() is { } record)
                    return record;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        var isFirst = _filled == 0;
        _filled = await source.ReadAtLeastAsync(_buffer, isFirst ? 3 : 1, throwOnEndOfStream: false, cancellationToken);
        _next = isFirst && _buffer.AsSpan(0, _filled).StartsWith("\uFEFF"u8) ? 3 : 0;
        return _filled > 0;
    }

    /// <summary>True when a record ended.</summary>
    private bool Take(byte b)
    {
        // CR LF is one end of line; inside quotes both belong to the text.
        var endedByReturn = _afterReturn && b == '\n';
        _afterReturn = b == '\r';
        if (b is (byte)'\r' or (byte)'\n' && !endedByReturn)
            _line++;
        if (endedByReturn && _at != At.Quoted)
        {
            if (_ends.Count == 0)
                _begin = _line;
            return false;
        }
        switch (_at, b)
        {
            case (At.CellStart, (byte)'"'):
                (_at, _quoted) = (At.Quoted, true);
                return false;
            case (At.Quoted, (byte)'"'):
                _at = At.QuoteInQuoted;
                return false;
            case (At.QuoteInQuoted, (byte)'"'):
                _at = At.Quoted;
                Put(b);
                return false;
            case (not At.Quoted, (byte)','):
                EndCell();
                return false;
            case (not At.Quoted, (byte)'\r' or (byte)'\n'):
                EndCell();
                return true;
            case (At.QuoteInQuoted, _):
                _fault ??= ("invalidCsv", "There is text after a closing quote.");
                _at = At.Plain;
                Put(b);
                return false;
            case (At.CellStart, _):
                _at = At.Plain;
                Put(b);
                return false;
            default:
                Put(b);
                return false;
        }
    }

    private void Put(byte b)
    {
        if (_text.WrittenCount >= ImportRecord.MaxBytes)
            _fault ??= ("tooLong", $"A record has at most {ImportRecord.MaxBytes} bytes.");
        else
        {
            _text.GetSpan(1)[0] = b;
            _text.Advance(1);
        }
    }

    private void EndCell()
    {
        _ends.Add(_text.WrittenCount);
        _at = At.CellStart;
    }

    /// <summary>Null for an empty line.</summary>
    private CsvRecord? Finish()
    {
        var record = _ends is [0] && !_quoted && _fault is null ? null : Record();
        _ends.Clear();
        _text.ResetWrittenCount();
        (_fault, _quoted, _begin) = (null, false, _line);
        return record;
    }

    private CsvRecord? Last()
    {
        if (_at == At.Quoted)
            _fault = ("unclosedQuote", "A quote of this record is never closed: nothing from here on was read.");
        if (_at == At.CellStart && _ends.Count == 0)
            return null;
        EndCell();
        return Finish();
    }

    private CsvRecord Record()
    {
        var cells = new string[_ends.Count];
        try
        {
            for (var i = 0; i < cells.Length; i++)
                cells[i] = Utf8.GetString(_text.WrittenSpan[(i == 0 ? 0 : _ends[i - 1]).._ends[i]]);
        }
        catch (DecoderFallbackException)
        {
            return new CsvRecord(_begin, [], _fault ?? ("invalidUtf8", "A cell is not valid UTF-8."));
        }
        if (_text.WrittenSpan.Contains((byte)0))
            _fault ??= ("unsupportedCharacter", "The character NUL is not supported.");
        return new CsvRecord(_begin, cells, _fault);
    }
}
