using System.Text.Json;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// Holds a definition's rules, waits and updates against the typed fields of its database. Codes: <c>unknownField</c> for a
/// field that the database does not have, <c>wrongFieldType</c> for an operator, wait or change that its type does not
/// take, <c>wrongType</c> and the
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
        {
            use._element = definition.Elements[i].Id;
            definition.Elements[i].CheckFields(use, $"{path}/elements/{i}/settings");
        }
    }

    /// <summary>Rules outside an element: of a segment, of an exit.</summary>
    public static void Check(Rule rule, DatabaseFields fields, string path, List<Problem> problems) =>
        new FieldUse(fields, problems).Rule(rule, path);

    /// <summary>A rule, with all that are inside it.</summary>
    internal void Rule(Rule rule, string path)
    {
        if (rule is Comparison { Source: ValueSource.Field } leaf && TypeOf(leaf.Path, path + "/field") is { } type)
            Leaf(leaf, type, path);
        foreach (var (at, inner) in rule.Inner)
            Rule(inner, path + at);
    }

    /// <summary>A field that must hold a date or an instant.</summary>
    internal void Date(string field, string path)
    {
        if (TypeOf(field, path) is { } type && type is not (FieldType.Date or FieldType.DateTime))
            Fault(path, "wrongFieldType", $"'{field}' must be a date or dateTime field.");
    }

    private void Leaf(Comparison leaf, FieldType type, string path)
    {
        if (!Takes(type, leaf.Operator))
            Fault(
                path + "/op",
                "wrongFieldType",
                $"'{leaf.Path}' is of type {Name<FieldType>.Of(type)}, which "
                    + $"{Name<RuleOperator>.Of(leaf.Operator)} does not support."
            );
        else if (!Fits(leaf, type))
            Fault(
                path + "/value",
                "wrongType",
                $"The value does not fit the field '{leaf.Path}' of type {Name<FieldType>.Of(type)}."
            );
    }

    /// <summary>
    /// The operators that have a meaning for a field of the type. No <c>equal</c> over a dateTime: one instant can be
    /// written in many ways.
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

    internal void Operation(FieldOperation operation, string path)
    {
        if (TypeOf(operation.Field, path) is not { } type)
            return;
        if (DatabaseFields.IsOwnMember(operation.Field))
            Fault(path, "reservedName", $"'{operation.Field}' is not a field and cannot be changed here.");
        else if (operation.Operator == FieldOperator.Increment && type != FieldType.Number)
            Fault(path, "wrongFieldType", $"'{operation.Field}' is not a number.");
        else if (operation.Operator is FieldOperator.Add or FieldOperator.Remove && type != FieldType.List)
            Fault(path, "wrongFieldType", $"'{operation.Field}' is not a list.");
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
}
