using System.Globalization;
using System.Text.Json;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// Holds a definition's rules, waits and updates against the typed fields of its database. Codes: <c>unknownField</c> for a
/// field that the database has not, <c>wrongFieldType</c> for an operator, wait or change that its type does not take, <c>wrongType</c> and the
/// others of <see cref="FieldValues"/> for a value.
/// </summary>
public sealed class FieldUse
{
    private readonly DatabaseFields _fields;
    private readonly List<Problem> _problems;
    private string? _element;

    private FieldUse(DatabaseFields fields, List<Problem> problems)
    {
        _fields = fields;
        _problems = problems;
    }

    public static void Check(Definition definition, DatabaseFields fields, string path, List<Problem> problems)
    {
        var use = new FieldUse(fields, problems);
        for (var i = 0; i < definition.Elements.Count; i++)
            use.Element(definition.Elements[i], path + "/elements/" + Index(i) + "/settings");
    }

    /// <summary>Rules that stand alone: of a segment, of an exit.</summary>
    public static void Check(Rule rule, DatabaseFields fields, string path, List<Problem> problems) =>
        new FieldUse(fields, problems).Rule(rule, path);

    private void Element(Element element, string path)
    {
        _element = element.Id;
        switch (element)
        {
            case Wait { Rule: FieldWait wait }:
                if (TypeOf(wait.Field, path + "/field/name") is { } type && type is not (FieldType.Date or FieldType.DateTime))
                    Fault(path + "/field/name", "wrongFieldType", $"'{wait.Field}' is no date and no dateTime.");
                break;
            case Condition condition:
                for (var i = 0; i < condition.Branches.Count; i++)
                    Rule(condition.Branches[i].Rules, path + "/branches/" + Index(i) + "/rules");
                break;
            case UpdateProfile update:
                foreach (var operation in update.Operations)
                    Operation(
                        operation,
                        path + "/" + Name<FieldOperator>.Of(operation.Operator) + "/" + JsonObjectReader.Escape(operation.Field)
                    );
                break;
        }
    }

    private void Rule(Rule rule, string path)
    {
        switch (rule)
        {
            case All all:
                for (var i = 0; i < all.Rules.Count; i++)
                    Rule(all.Rules[i], path + "/all/" + Index(i));
                break;
            case Any any:
                for (var i = 0; i < any.Rules.Count; i++)
                    Rule(any.Rules[i], path + "/any/" + Index(i));
                break;
            case Not not:
                Rule(not.Inner, path + "/not");
                break;
            case Comparison { Source: ValueSource.Field } leaf when TypeOf(leaf.Path, path + "/field") is { } type:
                Leaf(leaf, type, path);
                break;
        }
    }

    private void Leaf(Comparison leaf, FieldType type, string path)
    {
        if (!Takes(type, leaf.Operator))
            Fault(
                path + "/op",
                "wrongFieldType",
                $"'{leaf.Path}' is of type {Name<FieldType>.Of(type)}, which {Name<RuleOperator>.Of(leaf.Operator)} does not take."
            );
        else if (!Fits(leaf, type))
            Fault(
                path + "/value",
                "wrongType",
                $"The value does not fit the field '{leaf.Path}' of type {Name<FieldType>.Of(type)}."
            );
    }

    /// <summary>
    /// The operators that have a meaning for a field of the type. No <c>equal</c> over a dateTime: one instant can be written in many ways.
    /// </summary>
    private static bool Takes(FieldType type, RuleOperator op) =>
        OperandReader.Kind(op) switch
        {
            OperandKind.Nothing => op != RuleOperator.AnniversaryToday || type is FieldType.Date or FieldType.DateTime,
            OperandKind.Scalar or OperandKind.Scalars => type is not (FieldType.List or FieldType.DateTime),
            OperandKind.Part => type is FieldType.Text or FieldType.List,
            OperandKind.Text => type == FieldType.Text,
            OperandKind.Number => type == FieldType.Number,
            OperandKind.Range => type is FieldType.Number or FieldType.Date or FieldType.DateTime,
            OperandKind.Moment or OperandKind.Days => type is FieldType.Date or FieldType.DateTime,
        };

    private static bool Fits(Comparison leaf, FieldType type) =>
        OperandReader.Kind(leaf.Operator) switch
        {
            OperandKind.Scalar => IsOf(leaf.Value, type),
            OperandKind.Scalars => leaf.Value.EnumerateArray().All(member => IsOf(member, type)),
            OperandKind.Part => type == FieldType.List || leaf.Value.ValueKind == JsonValueKind.String,
            OperandKind.Range => leaf.Value[0].ValueKind == JsonValueKind.Number == (type == FieldType.Number),
            OperandKind.Nothing or OperandKind.Text or OperandKind.Number or OperandKind.Moment or OperandKind.Days => true,
        };

    private static bool IsOf(JsonElement value, FieldType type) => FieldValues.Check(value, type, "") is null;

    private void Operation(FieldOperation operation, string path)
    {
        if (TypeOf(operation.Field, path) is not { } type)
            return;
        if (DatabaseFields.IsOwnMember(operation.Field))
            Fault(path, "reservedName", $"'{operation.Field}' is no field and cannot be changed here.");
        else if (operation.Operator == FieldOperator.Increment && type != FieldType.Number)
            Fault(path, "wrongFieldType", $"'{operation.Field}' is no number.");
        else if (operation.Operator is FieldOperator.Add or FieldOperator.Remove && type != FieldType.List)
            Fault(path, "wrongFieldType", $"'{operation.Field}' is no list.");
        // A template may come to any text, which only the run will see.
        else if (
            operation.Operator == FieldOperator.Set
            && !IsTemplate(operation.Value)
            && FieldValues.Check(operation.Value, type, path, _element) is { } problem
        )
            _problems.Add(problem);
    }

    private static bool IsTemplate(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && LiquidTags.Stand(value.GetString()!);

    private FieldType? TypeOf(string field, string path)
    {
        if (DatabaseFields.IsOwnMember(field))
            return FieldType.Text;
        var type = _fields.TypeOf(field);
        if (type is null)
            Fault(path, "unknownField", $"The database has no field '{field}'.");
        return type;
    }

    private void Fault(string path, string code, string message) => _problems.Add(new Problem(path, code, message, _element));

    private static string Index(int i) => i.ToString(CultureInfo.InvariantCulture);
}
