using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;

namespace Scenarios.Engine.Elements;

public enum FieldOperator
{
    Set,
    Add,
    Remove,
    Increment,
}

/// <param name="Value">Set: the field's new value, null clears. Add, Remove: a value or a list of them. Increment: a
/// number.</param>
public sealed record FieldOperation(FieldOperator Operator, string Field, JsonElement Value);

/// <summary>Changes the profile in the commit of the step itself, as expressions in SQL.</summary>
/// <param name="Operations">In order: sets, adds, removes, increments; a text value is a Liquid template, rendered when
/// the step runs.</param>
public sealed record UpdateProfile(string Id, string Name, IReadOnlyList<FieldOperation> Operations, JsonElement? Subscriptions)
    : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Action,
        [Output.Next, Output.Error],
        null,
        Schema.Object(
            """
            "set": {"type": "object", "description": "Maps each field to its new value. null clears the field. Strings are Liquid templates."},
            "add": {"type": "object", "description": "Maps each list field to the values to add."},
            "remove": {"type": "object", "description": "Maps each list field to the values to remove."},
            "increment": {"type": "object", "additionalProperties": {"type": "number"}},
            "subscriptions": {"type": "array", "items": {"type": "object", "required": ["channel", "status"]}}
            """
        ),
        Read
    );

    public override ElementType Type => ElementType.UpdateProfile;
    public override IReadOnlyList<string> Outputs { get; } = Kind.Outputs;
    public override bool ReadsProfile => true;

    public override IEnumerable<(string Path, string Message)> Missing() =>
        Operations.Count == 0 && Subscriptions is null ? [("", "Specify what to change.")] : [];

    public override void CheckFields(FieldUse use, string path)
    {
        foreach (var operation in Operations)
            use.Operation(
                operation,
                $"{path}/{Name<FieldOperator>.Of(operation.Operator)}/{JsonObjectReader.Escape(operation.Field)}"
            );
    }

    internal override Arrival Arrive(in Step at)
    {
        try
        {
            return Arrival.Commit(ProfileUpdate.Render(this, at.Scope(), at.Facts), Output.Next);
        }
        catch (TemplateException e)
        {
            return Arrival.Leave(Output.Error, Detail.Of("code", e.Code));
        }
    }

    /// <summary>
    /// What a value may be in a field is checked with the fields of the database, by <see cref="FieldUse"/>; here only what no
    /// field could take is refused.
    /// </summary>
    private static UpdateProfile Read(ElementReading reading)
    {
        var (settings, checks) = (reading.Settings, reading.Checks);
        var operations = new List<FieldOperation>();
        foreach (var kind in Enum.GetValues<FieldOperator>())
        {
            if (settings.Object(Name<FieldOperator>.Of(kind)) is not { } fields)
                continue;
            foreach (var (field, value) in fields.Members())
            {
                if (!Names.IsField(field))
                    fields.Fault(field, "invalidName", "Not a valid name of a profile field.");
                else if (Refuse(kind, value) is { } fault)
                    fields.Fault(field, fault.Code, fault.Message);
                else
                    CheckTemplates(fields, field, value, checks);
                operations.Add(new FieldOperation(kind, field, value.Clone()));
            }
        }
        if (operations.Count > ElementLimits.MaxOperations)
            settings.FaultHere("tooMany", $"At most {ElementLimits.MaxOperations} changes are allowed.");
        JsonElement? subscriptions = null;
        if (settings.Has("subscriptions", out var list))
        {
            SubscriptionsReader.Check(settings, "subscriptions");
            subscriptions = list.Clone();
        }
        if (settings.Has("segments", out _))
            settings.Fault("segments", "notSupportedYet", "Static segments are not supported yet.");
        return new UpdateProfile(reading.Id, reading.Name, operations, subscriptions);
    }

    private static (string Code, string Message)? Refuse(FieldOperator kind, JsonElement value) =>
        kind switch
        {
            FieldOperator.Set => FieldValues.RefuseAny(value, orNull: true),
            FieldOperator.Add or FieldOperator.Remove => value.ValueKind
                is JsonValueKind.String
                    or JsonValueKind.Number
                    or JsonValueKind.Array
                ? FieldValues.RefuseAny(value, orNull: false)
                : ("wrongType", "Must be a string, a number or a list of them."),
            FieldOperator.Increment => value.ValueKind == JsonValueKind.Number
                ? FieldValues.RefuseAny(value, orNull: false)
                : ("wrongType", "Must be a number."),
        };

    private static void CheckTemplates(JsonObjectReader fields, string field, JsonElement value, DefinitionChecks checks)
    {
        if (value.ValueKind == JsonValueKind.String)
            checks.Template(fields, field, value.GetString()!);
        if (value.ValueKind != JsonValueKind.Array)
            return;
        foreach (var item in value.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String))
            checks.Template(fields, field, item.GetString()!);
    }
}
