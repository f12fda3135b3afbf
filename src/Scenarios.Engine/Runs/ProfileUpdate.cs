using System.Globalization;
using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Templates;

namespace Scenarios.Engine.Runs;

/// <summary>An <c>updateProfile</c> step, rendered for one run.</summary>
/// <param name="Operations">Each <c>[operator, field, value]</c>, for <c>apply_field_operations</c> in SQL.</param>
/// <param name="Overlay">The fields as they are after this, where they can be known without SQL (only sets); else null.</param>
public sealed record ProfileUpdate(IReadOnlyList<string> Operations, string? Subscriptions, JsonElement? Overlay)
{
    /// <exception cref="TemplateException">A template failed, or gave what the field's type does not allow
    /// (<c>wrongType</c>).</exception>
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
            if (operation.Operator == FieldOperator.Set)
                overlay = JsonMerge.Overlay(overlay, JsonMerge.Parse($"{{{name}:{value}}}"));
            else
                known = false;
        }
        return new ProfileUpdate(operations, update.Subscriptions?.GetRawText(), known ? overlay : null);
    }

    /// <summary>Raw JSON of what the field's type allows. A text, also one in a list, is a template.</summary>
    private static string Value(FieldOperation operation, FieldType type, TemplateScope scope)
    {
        // Add and remove take members of a list, one or several.
        var asked = operation.Operator switch
        {
            FieldOperator.Set => type,
            FieldOperator.Increment => FieldType.Number,
            FieldOperator.Add or FieldOperator.Remove => FieldType.List,
        };
        var json = operation.Value.ValueKind switch
        {
            JsonValueKind.String => Convert(Render(operation.Value, scope), asked, operation.Field),
            JsonValueKind.Array => "["
                + string.Join(
                    ',',
                    operation
                        .Value.EnumerateArray()
                        .Select(v => v.ValueKind == JsonValueKind.String ? Text(Render(v, scope)) : v.GetRawText())
                )
                + "]",
            JsonValueKind.Number when asked == FieldType.List => "[" + operation.Value.GetRawText() + "]",
            _ => operation.Value.GetRawText(),
        };
        return FieldValues.Check(JsonMerge.Parse(json), asked, "") is { } fault
            ? throw new TemplateException(fault.Code, fault.Message)
            : json;
    }

    private static string Render(JsonElement template, TemplateScope scope)
    {
        var text = Template.Parse(template.GetString()!).Render(scope, Place.Text);
        // A filter like url_decode can make one, and no text in PostgreSQL can hold it.
        return text.Contains('\0') ? throw new TemplateException("invalidText", "The text contains a NUL character.") : text;
    }

    private static string Convert(string text, FieldType type, string field) =>
        type switch
        {
            FieldType.Number => decimal.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number.ToString(CultureInfo.InvariantCulture)
                : throw new TemplateException("wrongType", $"'{field}' must be a number."),
            FieldType.Boolean => text.Trim() is "true" or "false"
                ? text.Trim()
                : throw new TemplateException("wrongType", $"'{field}' must be true or false."),
            FieldType.List => "[" + Text(text) + "]",
            FieldType.Date or FieldType.DateTime => Text(text.Trim()),
            FieldType.Text => Text(text),
        };

    private static string Text(string text) => JsonSerializer.Serialize(text, EngineJson.Default.String);
}
