using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Scenarios.Engine.Json;

/// <summary>
/// The second pass over bytes in which <see cref="JsonGate"/> found something odd: it decodes every name, so it knows the path of
/// the first fault, or that there is none.
/// </summary>
internal static class JsonFault
{
    public static Problem? Find(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        // For each open object the names seen so far, for each open array null and its index.
        var open = new Stack<(HashSet<string>? Names, int Index)>();
        var segments = new Stack<string>();
        try
        {
            while (reader.Read())
            {
                if (
                    reader.CurrentDepth > maxDepth
                    || (
                        reader.CurrentDepth == maxDepth
                        && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray
                    )
                )
                    return new Problem(PathOf(segments), "tooDeep", $"At most {maxDepth} levels are allowed.");
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        var name = Decode(ref reader, segments, out var fault);
                        if (fault is not null)
                            return fault;
                        segments.Push(name!);
                        if (!open.Peek().Names!.Add(name!))
                            return new Problem(PathOf(segments), "duplicateField", $"Duplicate field '{name}' in one object.");
                        break;
                    case JsonTokenType.StartObject:
                        EnterItem(open, segments);
                        open.Push((new HashSet<string>(StringComparer.Ordinal), -1));
                        break;
                    case JsonTokenType.StartArray:
                        EnterItem(open, segments);
                        open.Push((null, 0));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        open.Pop();
                        LeaveValue(open, segments);
                        break;
                    case JsonTokenType.String:
                        EnterItem(open, segments);
                        Decode(ref reader, segments, out fault);
                        if (fault is not null)
                            return fault;
                        LeaveValue(open, segments);
                        break;
                    case JsonTokenType.Number when !JsonGate.IsKept(reader.ValueSpan):
                        EnterItem(open, segments);
                        return new Problem(
                            PathOf(segments),
                            "outOfRange",
                            $"A number must have at most {JsonGate.MaxDigits} digits and an exponent from "
                                + $"-{JsonGate.MaxExponent} to {JsonGate.MaxExponent}."
                        );
                    default:
                        EnterItem(open, segments);
                        LeaveValue(open, segments);
                        break;
                }
            }
            return null;
        }
        catch (JsonException e)
        {
            // Depth was looked at above: what is left is no JSON, an end too early among it.
            return new Problem(
                PathOf(segments),
                "invalidJson",
                $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})."
            );
        }
    }

    private static void EnterItem(Stack<(HashSet<string>? Names, int Index)> open, Stack<string> segments)
    {
        if (open.TryPeek(out var parent) && parent.Names is null)
            segments.Push(parent.Index.ToString(CultureInfo.InvariantCulture));
    }

    private static void LeaveValue(Stack<(HashSet<string>? Names, int Index)> open, Stack<string> segments)
    {
        if (!open.TryPop(out var parent))
            return;
        segments.Pop();
        open.Push(parent.Names is null ? (null, parent.Index + 1) : parent);
    }

    private static string? Decode(ref Utf8JsonReader reader, Stack<string> segments, out Problem? fault)
    {
        fault = null;
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            fault = new Problem(
                PathOf(segments),
                "invalidJson",
                $"A string is not valid UTF-8 or contains half a surrogate pair (byte {reader.TokenStartIndex})."
            );
            return null;
        }
        if (text.Contains('\0', StringComparison.Ordinal))
            fault = new Problem(PathOf(segments), "unsupportedCharacter", "The character NUL is not supported.");
        return text;
    }

    private static string PathOf(Stack<string> segments)
    {
        var path = new StringBuilder();
        foreach (var segment in segments.Reverse())
            path.Append('/').Append(JsonObjectReader.Escape(segment));
        return path.ToString();
    }
}
