using System.Globalization;
using System.Text.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Rules;

/// <summary>What a leaf found at its path: a JSON value, or nothing, which null also is.</summary>
internal readonly struct RuleValue
{
    private readonly JsonElement _json;
    private readonly string? _text;

    private RuleValue(JsonElement json) => _json = json;

    private RuleValue(string? text) => _text = text;

    public bool IsMissing => _text is null && _json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
    public bool IsNumber => _json.ValueKind == JsonValueKind.Number;
    public bool IsList => _json.ValueKind == JsonValueKind.Array;
    public JsonElement Json => _json;

    /// <summary>Null when the value is no text.</summary>
    public string? Text => _text ?? (_json.ValueKind == JsonValueKind.String ? _json.GetString() : null);

    public static RuleValue Find(Comparison leaf, Facts facts) =>
        leaf.Source switch
        {
            ValueSource.Field => leaf.Path switch
            {
                "id" => new RuleValue(facts.Profile.Id),
                "email" => new RuleValue(facts.Profile.Email),
                "phone" => new RuleValue(facts.Profile.Phone),
                "timeZone" => new RuleValue(facts.Profile.TimeZone),
                _ => new RuleValue(Member(facts.Profile.Fields, leaf.Path)),
            },
            ValueSource.Content => new RuleValue(Walk(facts.Content, leaf.Path)),
            ValueSource.Step => new RuleValue(Walk(facts.Kept, leaf.Path)),
        };

    public static RuleValue Of(JsonElement json) => new(json);

    /// <summary>Same kind and same value: texts ordinally, numbers by their digits. A list or an object equals nothing.</summary>
    public bool Equals(JsonElement other) =>
        other.ValueKind switch
        {
            JsonValueKind.String => Text is { } text && other.ValueEquals(text),
            JsonValueKind.Number => IsNumber && ExactNumber.Compare(_json, other) == 0,
            JsonValueKind.True or JsonValueKind.False => _text is null && _json.ValueKind == other.ValueKind,
            _ => false,
        };

    /// <summary>For the trail: null when missing, cut to 200 characters.</summary>
    public string? Show() =>
        IsMissing ? null
        : _text is not null ? Cut(_text)
        : Show(_json);

    public static string? Show(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.String => Cut(json.GetString()!),
            _ => Cut(json.GetRawText()),
        };

    private static string Cut(string text)
    {
        const int Most = 200;
        if (text.Length <= Most)
            return text;
        // Half of a surrogate pair could not be stored.
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[Most - 1]) ? Most - 1 : Most), "…");
    }

    /// <summary>A dotted path. A step of digits also goes into a list, counted from 0.</summary>
    private static JsonElement Walk(JsonElement json, string path)
    {
        foreach (var range in path.AsSpan().Split('.'))
        {
            var step = path.AsSpan()[range];
            if (json.ValueKind == JsonValueKind.Object)
                json = json.TryGetProperty(step, out var member) ? member : default;
            else if (
                json.ValueKind == JsonValueKind.Array
                && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < json.GetArrayLength()
            )
                json = json[index];
            else
                return default;
        }
        return json;
    }

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) ? member : default;
}
