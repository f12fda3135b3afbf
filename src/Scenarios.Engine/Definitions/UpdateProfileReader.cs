using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// The settings of an <c>updateProfile</c>. What a value may be in a field is checked with the fields of the database, by the
/// <see cref="FieldUse"/>; here only what no field could take is refused.
/// </summary>
internal static class UpdateProfileReader
{
    private const int MaxOperations = 100;

    public static UpdateProfile Read(string id, string name, JsonObjectReader settings, DefinitionChecks checks)
    {
        var operations = new List<FieldOperation>();
        foreach (var kind in Enum.GetValues<FieldOperator>())
        {
            if (settings.Object(Name<FieldOperator>.Of(kind)) is not { } fields)
                continue;
            foreach (var (field, value) in fields.Members())
            {
                if (!Names.IsField(field))
                    fields.Fault(field, "invalidName", "This is not the name of a profile field.");
                else if (Refuse(kind, value) is { } fault)
                    fields.Fault(field, fault.Code, fault.Message);
                else
                    CheckTemplates(fields, field, value, checks);
                operations.Add(new FieldOperation(kind, field, value.Clone()));
            }
        }
        if (operations.Count > MaxOperations)
            settings.FaultHere("tooMany", $"At most {MaxOperations} changes are allowed.");
        JsonElement? subscriptions = null;
        if (settings.Has("subscriptions", out var list))
        {
            SubscriptionsReader.Check(settings, "subscriptions");
            subscriptions = list.Clone();
        }
        if (settings.Has("segments", out _))
            settings.Fault("segments", "notSupportedYet", "Static segments are not supported yet.");
        return new UpdateProfile(id, name, operations, subscriptions);
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
                : ("wrongType", "A text, a number or a list of them is expected."),
            FieldOperator.Increment => value.ValueKind == JsonValueKind.Number
                ? FieldValues.RefuseAny(value, orNull: false)
                : ("wrongType", "A number is expected."),
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
