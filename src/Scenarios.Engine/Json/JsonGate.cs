using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Scenarios.Engine.Json;

/// <summary>
/// One pass over bytes that claim to be JSON, before anything else touches them. What passes can be stored in PostgreSQL
/// and written back without loss: one document, valid UTF-8, no duplicate names, no NUL, no lone surrogate, no number that a
/// numeric cannot hold, a bounded depth. (The framework's own readers keep the last duplicate or throw later, jsonb does
/// the same: each was a trap.)
/// <para>
/// Every capture goes through here, so this pass allocates nothing: names are compared by their hashes, and whatever looks odd
/// is left to <see cref="JsonFault"/>, which decodes all names and tells the fault with its path, or that it is none.
/// </para>
/// </summary>
public static class JsonGate
{
    public const int MaxDigits = 64,
        MaxExponent = 1000;

    /// <summary>An object of more names is checked in the second pass, which does not compare each with each.</summary>
    private const int MaxNames = 64;

    /// <summary>
    /// Null when the bytes are good, else the first fault: <c>invalidJson</c>, <c>duplicateField</c>,
    /// <c>unsupportedCharacter</c>,
    /// <c>outOfRange</c> or <c>tooDeep</c>.
    /// </summary>
    public static Problem? Check(ReadOnlySpan<byte> utf8, int maxDepth) =>
        IsGood(utf8, maxDepth) ? null : JsonFault.Find(utf8, maxDepth);

    /// <summary>The number keeps its digits in PostgreSQL's numeric.</summary>
    internal static bool IsKept(ReadOnlySpan<byte> number)
    {
        var e = number.IndexOfAny((byte)'e', (byte)'E');
        if (e < 0)
            return number.Length <= MaxDigits || DigitsOf(number) <= MaxDigits;
        var exponent = number[(e + 1)..];
        if (exponent[0] == '+')
            exponent = exponent[1..];
        return DigitsOf(number[..e]) <= MaxDigits
            && Utf8Parser.TryParse(exponent, out int value, out _)
            && Math.Abs((long)value) <= MaxExponent;
    }

    private static bool IsGood(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        if (!Utf8.IsValid(utf8))
            return false;
        var names = ArrayPool<int>.Shared.Rent(MaxNames * maxDepth);
        var begins = ArrayPool<int>.Shared.Rent(maxDepth + 1);
        try
        {
            return IsGood(new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth }), names, begins);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, too deep, or half a surrogate pair: the second pass meets it again and tells where.
            return false;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(names);
            ArrayPool<int>.Shared.Return(begins);
        }
    }

    /// <param name="names">The hashes of the names of all open objects, one after another.</param>
    /// <param name="begins">For each depth, where its object's names begin in <paramref name="names"/>.</param>
    private static bool IsGood(Utf8JsonReader reader, int[] names, int[] begins)
    {
        var count = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    begins[reader.CurrentDepth] = count;
                    break;
                case JsonTokenType.EndObject:
                    count = begins[reader.CurrentDepth];
                    break;
                case JsonTokenType.PropertyName:
                    if (reader.ValueIsEscaped)
                        return false;
                    var begin = begins[reader.CurrentDepth - 1];
                    var hash = HashOf(reader.ValueSpan);
                    if (count - begin == MaxNames || names.AsSpan(begin, count - begin).Contains(hash))
                        return false;
                    names[count++] = hash;
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped && reader.ValueSpan.IndexOf("\\u"u8) >= 0:
                    if (!IsText(ref reader))
                        return false;
                    break;
                case JsonTokenType.Number:
                    if (!IsKept(reader.ValueSpan))
                        return false;
                    break;
            }
        }
        return true;
    }

    /// <summary>Unescapes, which throws for half a surrogate pair, and looks for NUL.</summary>
    private static bool IsText(ref Utf8JsonReader reader)
    {
        var text = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return !text.AsSpan(0, reader.CopyString(text)).Contains((byte)0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private static int HashOf(ReadOnlySpan<byte> name)
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        return hash.ToHashCode();
    }

    private static int DigitsOf(ReadOnlySpan<byte> number)
    {
        var digits = 0;
        foreach (var c in number)
            if (c is >= (byte)'0' and <= (byte)'9')
                digits++;
        return digits;
    }
}
