using System.Text;
using System.Text.Json;

namespace Scenarios.Engine.Json;

/// <summary>
/// One pass over bytes that claim to be JSON, before anything else touches them. What passes can be stored in PostgreSQL
/// and written back without loss: one document, valid UTF-8, no duplicate names, no NUL, no lone surrogate, a bounded
/// depth. (The framework's own readers keep the last duplicate or throw later, jsonb does the same: each was a trap.)
/// </summary>
public static class JsonGate
{
    /// <summary>Null when the bytes are good, else the first fault: <c>invalidJson</c>, <c>duplicateField</c>, <c>unsupportedCharacter</c> or <c>tooDeep</c>.</summary>
    public static Problem? Check(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        // For each open object the names seen so far, for each open array null and its index.
        var open = new Stack<(HashSet<string>? Names, int Index)>();
        var segments = new Stack<string>();
        try
        {
            var tokens = 0;
            while (reader.Read())
            {
                tokens++;
                if (reader.CurrentDepth > maxDepth || (reader.CurrentDepth == maxDepth && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray))
                    return new Problem(PathOf(segments), "tooDeep", $"At most {maxDepth} levels are allowed.");
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        var name = Decode(ref reader, segments, out var fault);
                        if (fault is not null) return fault;
                        segments.Push(name!);
                        if (!open.Peek().Names!.Add(name!))
                            return new Problem(PathOf(segments), "duplicateField", $"The field '{name}' stands twice in one object.");
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
                        if (fault is not null) return fault;
                        LeaveValue(open, segments);
                        break;
                    default:
                        EnterItem(open, segments);
                        LeaveValue(open, segments);
                        break;
                }
            }
            return tokens == 0 ? new Problem("", "invalidJson", "The body is empty.") : null;
        }
        catch (JsonException e)
        {
            return e.Message.Contains("depth", StringComparison.OrdinalIgnoreCase)
                ? new Problem(PathOf(segments), "tooDeep", $"At most {maxDepth} levels are allowed.")
                : new Problem(PathOf(segments), "invalidJson", $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}).");
        }
    }

    private static void EnterItem(Stack<(HashSet<string>? Names, int Index)> open, Stack<string> segments)
    {
        if (open.TryPeek(out var parent) && parent.Names is null) segments.Push(parent.Index.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void LeaveValue(Stack<(HashSet<string>? Names, int Index)> open, Stack<string> segments)
    {
        if (!open.TryPop(out var parent)) return;
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
            fault = new Problem(PathOf(segments), "invalidJson", $"A text is not valid UTF-8 or has half a surrogate pair (byte {reader.TokenStartIndex}).");
            return null;
        }
        if (text.Contains('\0', StringComparison.Ordinal)) fault = new Problem(PathOf(segments), "unsupportedCharacter", "The character NUL is not supported.");
        return text;
    }

    private static string PathOf(Stack<string> segments)
    {
        var path = new StringBuilder();
        foreach (var segment in segments.Reverse()) path.Append('/').Append(JsonObjectReader.Escape(segment));
        return path.ToString();
    }
}
