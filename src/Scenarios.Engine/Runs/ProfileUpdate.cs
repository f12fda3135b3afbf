using System.Globalization;
using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Templates;

namespace Scenarios.Engine.Runs;

/// <summary>An <c>updateProfile</c> step, rendered for one run.</summary>
/// <param name="Operations">Each <c>[operator, field, value]</c>, for <c>apply_field_operations</c> in SQL.</param>
/// <param name="Overlay">The fields as they are after this, where they can be known without SQL (only sets); else null.</param>
public sealed record ProfileUpdate(IReadOnlyList<string> Operations, string? Subscriptions, JsonElement? Overlay)
{
    /// <exception cref="TemplateException">A template failed, or gave what the field's type does not allow (<c>wrongType</c>).</exception>
    public static ProfileUpdate Render(UpdateProfile update, TemplateScope scope, Facts facts)
    {
        var operations = new List<string>(update.Operations.Count);
        var overlay = facts.Profile.Fields;
        var known = update.Subscriptions is null;
        foreach (var operation in update.Operations)
        {
            var type = facts.FieldTypes.TypeOf(operation.Field) ?? FieldType.Text;
            var value = Value(operation, type, scope);
            var name = JsonSerializer.Serialize(operation.Field, EngineJson.Default.String);
            operations.Add($"[\"{Json.Name<FieldOperator>.Of(operation.Operator)}\",{name},{value}]");
            if (operation.Operator == FieldOperator.Set) overlay = JsonMerge.Overlay(overlay, JsonMerge.Parse($"{{{name}:{value}}}"));
            else known = false;
        }
        return new ProfileUpdate(operations, update.Subscriptions?.GetRawText(), known ? overlay : null);
    }

    /// <summary>Raw JSON. A text is a template, and becomes what the field's type asks for.</summary>
    private static string Value(FieldOperation operation, FieldType type, TemplateScope scope)
    {
        if (operation.Value.ValueKind != JsonValueKind.String) return operation.Value.GetRawText();
        var text = Template.Parse(operation.Value.GetString()!).Render(scope, Place.Text);
        if (operation.Operator is FieldOperator.Increment || type == FieldType.Number)
            return decimal.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number.ToString(CultureInfo.InvariantCulture)
                : throw new TemplateException("wrongType", $"'{operation.Field}' is a number.");
        if (type == FieldType.Boolean)
            return text.Trim() is "true" or "false" ? text.Trim() : throw new TemplateException("wrongType", $"'{operation.Field}' is true or false.");
        if (type == FieldType.List && operation.Operator == FieldOperator.Set)
            return "[" + JsonSerializer.Serialize(text, EngineJson.Default.String) + "]";
        var json = JsonSerializer.Serialize(text, EngineJson.Default.String);
        return FieldValues.Check(JsonMerge.Parse(json), type == FieldType.List ? FieldType.Text : type, "") is { } fault ? throw new TemplateException(fault.Code, fault.Message) : json;
    }
}
