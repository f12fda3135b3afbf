using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Rules;

/// <summary>What kind of operand an operator takes.</summary>
public enum OperandKind
{
    /// <summary>None.</summary>
    Nothing,

    /// <summary>A text, a number, true or false.</summary>
    Scalar,

    /// <summary>1 to 1,000 texts or numbers.</summary>
    Scalars,

    /// <summary>A text of at least one character, or a number (a member of a list).</summary>
    Part,

    /// <summary>A text of at least one character.</summary>
    Text,
    Number,

    /// <summary>A date or an instant.</summary>
    Moment,

    /// <summary>Two numbers, or two dates, or two instants, the smaller first.</summary>
    Range,

    /// <summary>A whole number from 0 to 36,500.</summary>
    Days,
}

/// <summary>The <c>value</c> of a leaf, read for its operator.</summary>
public static class OperandReader
{
    public static OperandKind Kind(RuleOperator op) =>
        op switch
        {
            RuleOperator.Exists
            or RuleOperator.NotExists
            or RuleOperator.Empty
            or RuleOperator.NotEmpty
            or RuleOperator.AnniversaryToday => OperandKind.Nothing,
            RuleOperator.Equal or RuleOperator.NotEqual => OperandKind.Scalar,
            RuleOperator.In or RuleOperator.NotIn => OperandKind.Scalars,
            RuleOperator.Contains or RuleOperator.NotContains => OperandKind.Part,
            RuleOperator.StartsWith or RuleOperator.EndsWith => OperandKind.Text,
            RuleOperator.Less or RuleOperator.LessOrEqual or RuleOperator.Greater or RuleOperator.GreaterOrEqual =>
                OperandKind.Number,
            RuleOperator.Before or RuleOperator.After => OperandKind.Moment,
            RuleOperator.Between => OperandKind.Range,
            RuleOperator.WithinNextDays
            or RuleOperator.WithinLastDays
            or RuleOperator.InExactlyDays
            or RuleOperator.ExactlyDaysAgo => OperandKind.Days,
        };

    /// <summary>Undefined when the operator takes none, and when a fault was noted.</summary>
    public static JsonElement Read(JsonObjectReader leaf, RuleOperator op)
    {
        var kind = Kind(op);
        var given = leaf.Has("value", out var value);
        if (kind == OperandKind.Nothing)
        {
            if (given)
                leaf.Fault("value", "unknownField", $"The operator {Name<RuleOperator>.Of(op)} does not accept a value.");
            return default;
        }
        if (!given)
        {
            leaf.Fault("value", "required", $"The operator {Name<RuleOperator>.Of(op)} requires a value.");
            return default;
        }
        var good = kind switch
        {
            OperandKind.Nothing => true,
            OperandKind.Scalar => IsScalar(leaf, leaf.PathOf("value"), value, orFlag: true, min: 0),
            OperandKind.Part => IsScalar(leaf, leaf.PathOf("value"), value, orFlag: false, min: 1),
            OperandKind.Scalars => AreScalars(leaf),
            OperandKind.Text => leaf.Text("value", RuleReader.MaxTextLength, min: 1) is not null,
            OperandKind.Number => IsNumber(leaf, leaf.PathOf("value"), value),
            OperandKind.Moment => IsMoment(leaf, leaf.PathOf("value"), value, out _),
            OperandKind.Range => IsRange(leaf),
            OperandKind.Days => leaf.Whole("value", 0, RuleReader.MaxDays) is not null,
        };
        return good ? value.Clone() : default;
    }

    private static bool IsScalar(JsonObjectReader leaf, string path, JsonElement value, bool orFlag, int min)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var length = JsonObjectReader.LengthOf(value.GetString()!);
                if (length < min)
                    leaf.FaultAt(path, "empty", "Must have at least one character.");
                else if (length > RuleReader.MaxTextLength)
                    leaf.FaultAt(path, "tooLong", $"At most {RuleReader.MaxTextLength} characters are allowed, not {length}.");
                else
                    return true;
                return false;
            case JsonValueKind.Number:
                return IsNumber(leaf, path, value);
            case JsonValueKind.True or JsonValueKind.False when orFlag:
                return true;
            default:
                leaf.FaultAt(
                    path,
                    "wrongType",
                    orFlag ? "Must be a string, a number, true or false." : "Must be a string or a number."
                );
                return false;
        }
    }

    private static bool IsNumber(JsonObjectReader leaf, string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
            leaf.FaultAt(path, "wrongType", "Must be a number.");
        else if (!FieldValues.IsNumberInRange(value))
            leaf.FaultAt(path, "outOfRange", FieldValues.NumberRange);
        else
            return true;
        return false;
    }

    private static bool AreScalars(JsonObjectReader leaf)
    {
        var good = true;
        var items = leaf.Array("value", RuleReader.MaxListLength, min: 1);
        foreach (var (value, path) in items)
            good &= IsScalar(leaf, path, value, orFlag: false, min: 0);
        return good && items.Count > 0;
    }

    private static bool IsMoment(JsonObjectReader leaf, string path, JsonElement value, out Moment moment)
    {
        if (value.ValueKind == JsonValueKind.String && Moment.TryParse(value.GetString(), out moment))
            return true;
        moment = default;
        leaf.FaultAt(
            path,
            value.ValueKind == JsonValueKind.String ? "invalidDate" : "wrongType",
            "Must be a date like 2026-11-23 or an instant like 2026-11-23T12:00:00Z."
        );
        return false;
    }

    private static bool IsRange(JsonObjectReader leaf)
    {
        var ends = leaf.Array("value", 2, min: 2);
        if (ends.Count != 2)
            return false;
        var ((from, fromPath), (to, toPath)) = (ends[0], ends[1]);
        if (from.ValueKind == JsonValueKind.Number && to.ValueKind == JsonValueKind.Number)
        {
            if (!IsNumber(leaf, fromPath, from) | !IsNumber(leaf, toPath, to))
                return false;
            return InOrder(ExactNumber.Compare(from, to));
        }
        if (!IsMoment(leaf, fromPath, from, out var first) | !IsMoment(leaf, toPath, to, out var second))
            return false;
        if (first.IsDate == second.IsDate)
            return InOrder(first.CompareTo(second, NodaTime.DateTimeZone.Utc));
        leaf.Fault("value", "wrongType", "Must be two numbers, two dates or two instants.");
        return false;

        bool InOrder(int comparison)
        {
            if (comparison > 0)
                leaf.Fault("value", "reversed", "The smaller value must come first.");
            return comparison <= 0;
        }
    }
}
