using System.Runtime.InteropServices;
using System.Text.Json;

namespace Scenarios.Engine.Rules;

/// <summary>
/// A JSON number compared by its digits, of whatever length: 9007199254740993 is not 9007199254740992, 1.0 is 1, and four
/// hundred digits throw nothing. The same order as PostgreSQL's numeric. The digits stay where they are in the text.
/// </summary>
public readonly ref struct ExactNumber
{
    private readonly ReadOnlySpan<byte> _digits;
    private readonly bool _negative;

    /// <summary>The value is 0.d1d2d3… × 10^magnitude, d1 not zero; meaningless for zero.</summary>
    private readonly long _magnitude;

    private ExactNumber(ReadOnlySpan<byte> digits, bool negative, long magnitude)
    {
        _digits = digits;
        _negative = negative;
        _magnitude = magnitude;
    }

    private bool IsZero => _digits.IsEmpty;

    /// <param name="number">An element of kind Number.</param>
    public static ExactNumber Of(JsonElement number) => Parse(JsonMarshal.GetRawUtf8Value(number));

    /// <param name="text">A number by the grammar of JSON.</param>
    public static ExactNumber Parse(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == '-';
        if (negative)
            text = text[1..];
        long exponent = 0;
        var e = text.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            exponent = Exponent(text[(e + 1)..]);
            text = text[..e];
        }
        var point = text.IndexOf((byte)'.');
        var first = text.IndexOfAnyExcept((byte)'0', (byte)'.');
        if (first < 0)
            return default;
        var last = text.LastIndexOfAnyExcept((byte)'0', (byte)'.');
        var wholeDigits = point < 0 ? text.Length : point;
        // The point is wholeDigits places from the left; a digit after it is one place further right in the text
        // than in the number.
        var magnitude = wholeDigits - (first < wholeDigits ? first : first - 1) + exponent;
        return new ExactNumber(text[first..(last + 1)], negative, magnitude);
    }

    public static int Compare(JsonElement a, JsonElement b) => Of(a).CompareTo(Of(b));

    public int CompareTo(ExactNumber other)
    {
        if (IsZero || other.IsZero)
            return (IsZero ? 0 : Sign) - (other.IsZero ? 0 : other.Sign);
        if (_negative != other._negative)
            return Sign;
        return Sign
            * (_magnitude != other._magnitude ? _magnitude.CompareTo(other._magnitude) : CompareDigits(_digits, other._digits));
    }

    private int Sign => _negative ? -1 : 1;

    private static int CompareDigits(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int i = 0,
            j = 0;
        while (true)
        {
            if (i < a.Length && a[i] == '.')
                i++;
            if (j < b.Length && b[j] == '.')
                j++;
            if (i == a.Length || j == b.Length)
                return (i == a.Length ? 0 : 1) - (j == b.Length ? 0 : 1);
            if (a[i] != b[j])
                return a[i].CompareTo(b[j]);
            i++;
            j++;
        }
    }

    /// <summary>An exponent beyond a thousand million is cut: no text of a permitted length could make up for it.</summary>
    private static long Exponent(ReadOnlySpan<byte> text)
    {
        const long Enough = 1_000_000_000;
        var negative = text[0] == '-';
        long value = 0;
        foreach (var c in text)
            if (c is >= (byte)'0' and <= (byte)'9' && value < Enough)
                value = (value * 10) + (c - '0');
        return negative ? -value : value;
    }
}
