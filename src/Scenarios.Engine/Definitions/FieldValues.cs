using System.Globalization;
using System.Text.Json;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// What a field of each type may hold: in an upsert of a profile, in an import, in an <c>updateProfile</c>. Null is always
/// good: it clears. Codes: <c>wrongType</c>, <c>outOfRange</c>, <c>tooLong</c>, <c>tooMany</c>, <c>invalidDate</c>,
/// <c>invalidInstant</c>.
/// </summary>
public static class FieldValues
{
    public const int MaxTextLength = 10_000,
        MaxListLength = 1000;

    /// <summary>The largest whole number that every reader of JSON, a browser too, reads back as it was.</summary>
    private const decimal MaxNumber = 9_007_199_254_740_991m;

    public const string NumberRange = "Must be a number from -9007199254740991 to 9007199254740991 with at most 28 digits.";

    /// <summary>Null when the field can hold the value.</summary>
    public static Problem? Check(JsonElement value, FieldType type, string path, string? element = null) =>
        value.ValueKind == JsonValueKind.Null ? null
        : Refuse(value, type) is { } fault ? new Problem(path, fault.Code, fault.Message, element)
        : null;

    /// <summary>
    /// True when the number is kept by its digits everywhere: never rounded, never written back with hundreds of zeros.
    /// 400 digits, 1e400 and 1e-400 are not.
    /// </summary>
    public static bool IsNumberInRange(JsonElement number)
    {
        if (!number.TryGetDecimal(out var value) || Math.Abs(value) > MaxNumber)
            return false;
        // A decimal takes 28 digits and rounds the rest away: by its digits it must still be the same number.
        Span<byte> text = stackalloc byte[64];
        return value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture)
            && ExactNumber.Of(number).CompareTo(ExactNumber.Parse(text[..length])) == 0;
    }

    /// <summary>What no field of any type could hold.</summary>
    internal static (string Code, string Message)? RefuseAny(JsonElement value, bool orNull) =>
        value.ValueKind switch
        {
            JsonValueKind.Null when orNull => null,
            JsonValueKind.String => Refuse(value, FieldType.Text),
            JsonValueKind.Number => Refuse(value, FieldType.Number),
            JsonValueKind.True or JsonValueKind.False => null,
            JsonValueKind.Array => Refuse(value, FieldType.List),
            _ => ("wrongType", "Must be a string, a number, true, false or a list."),
        };

    private static (string Code, string Message)? Refuse(JsonElement value, FieldType type) =>
        type switch
        {
            FieldType.Text => value.ValueKind != JsonValueKind.String ? ("wrongType", "Must be a string.")
            : IsTooLong(value) ? TooLong
            : null,
            FieldType.Number => value.ValueKind != JsonValueKind.Number ? ("wrongType", "Must be a number.")
            : IsNumberInRange(value) ? null
            : ("outOfRange", NumberRange),
            FieldType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? null
                : ("wrongType", "Must be true or false."),
            FieldType.Date => value.ValueKind != JsonValueKind.String ? ("wrongType", "Must be a date.")
            : Moment.TryParse(value.GetString(), out var date) && date.IsDate ? null
            : ("invalidDate", "Must be a date like 2026-11-23."),
            FieldType.DateTime => value.ValueKind != JsonValueKind.String ? ("wrongType", "Must be an instant.")
            : Moment.TryParse(value.GetString(), out var instant) && !instant.IsDate ? null
            : ("invalidInstant", "Must be an instant like 2026-11-23T12:00:00Z, with its zone."),
            FieldType.List => value.ValueKind != JsonValueKind.Array ? ("wrongType", "Must be a list.")
            : value.GetArrayLength() > MaxListLength ? ("tooMany", $"At most {MaxListLength} list members are allowed.")
            : value.EnumerateArray().Select(RefuseMember).FirstOrDefault(fault => fault is not null),
        };

    private static (string Code, string Message)? RefuseMember(JsonElement member) =>
        member.ValueKind switch
        {
            JsonValueKind.String => IsTooLong(member) ? TooLong : null,
            JsonValueKind.Number => IsNumberInRange(member) ? null : ("outOfRange", NumberRange),
            _ => ("wrongType", "A list may hold strings and numbers only."),
        };

    private static (string, string) TooLong => ("tooLong", $"At most {MaxTextLength} characters are allowed.");

    private static bool IsTooLong(JsonElement text) => JsonObjectReader.LengthOf(text.GetString()!) > MaxTextLength;
}
