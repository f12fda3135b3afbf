using System.Globalization;
using System.Text.Json;
using Fluid;
using Fluid.Values;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Templates;

/// <summary>
/// What a template sees: <c>profile</c> (id, email, phone, timeZone, fields, subscriptions, createdAt, updatedAt),
/// <c>content</c>, <c>run</c> (id, enteredAt), <c>scenario</c> (number, title, timeZone) and <c>steps</c>, the kept answers
/// by element. Values are JSON, never objects of the program, so no member of a type can be reached.
/// </summary>
/// <param name="Now">What <c>'now'</c> means.</param>
public sealed record TemplateScope(Facts Facts, string RunId, DateTimeOffset EnteredAt, DateTimeOffset Now);

/// <summary>Members that are made when a template first asks for them.</summary>
internal sealed class PartValue(params (string Name, Func<FluidValue> Make)[] members) : MembersValue
{
    public IEnumerable<(string Name, FluidValue Value)> Members => members.Select(m => (m.Name, m.Make()));

    protected override FluidValue? Find(string name)
    {
        foreach (var member in members)
            if (member.Name == name)
                return member.Make();
        return null;
    }

    public static PartValue Root(TemplateScope scope) =>
        new(
            ("profile", () => Profile(scope.Facts.Profile)),
            ("content", () => JsonValues.Of(scope.Facts.Content)),
            ("apicontent", () => JsonValues.Of(scope.Facts.Content)),
            ("steps", () => JsonValues.Of(scope.Facts.Kept)),
            ("run", () =>
                new PartValue(("id", () => new StringValue(scope.RunId)), ("enteredAt", () => JsonValues.Of(scope.EnteredAt)))
            ),
            ("scenario", () =>
                new PartValue(
                    ("number", () => NumberValue.Create((decimal)scope.Facts.Scenario)),
                    ("title", () => new StringValue(scope.Facts.ScenarioTitle)),
                    ("timeZone", () => new StringValue(scope.Facts.ScenarioZone))
                )
            )
        );

    private static PartValue Profile(ProfileFacts profile) =>
        new(
            ("id", () => new StringValue(profile.Id)),
            ("email", () => JsonValues.Of(profile.Email)),
            ("phone", () => JsonValues.Of(profile.Phone)),
            ("timeZone", () => JsonValues.Of(profile.TimeZone)),
            ("fields", () => JsonValues.Of(profile.Fields)),
            ("subscriptions", () => JsonValues.Of(profile.Subscriptions)),
            ("createdAt", () => JsonValues.Of(profile.CreatedAt)),
            ("updatedAt", () => JsonValues.Of(profile.UpdatedAt))
        );
}

/// <summary>A value with members that are found by name and then remembered.</summary>
internal abstract class MembersValue : FluidValue
{
    private Dictionary<string, FluidValue>? _found;

    public override FluidValues Type => FluidValues.Dictionary;

    protected abstract FluidValue? Find(string name);

    public FluidValue Member(string name)
    {
        _found ??= new(StringComparer.Ordinal);
        if (!_found.TryGetValue(name, out var value))
            _found[name] = value = Find(name) ?? NilValue.Instance;
        return value;
    }

    public override ValueTask<FluidValue> GetValueAsync(string name, TemplateContext context) => Member(name);

    public override ValueTask<FluidValue> GetIndexAsync(FluidValue index, TemplateContext context) =>
        Member(index.ToStringValue());

    public override bool Equals(FluidValue? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    public override bool ToBooleanValue() => true;

    public override decimal ToNumberValue() => 1;

    public override string ToStringValue() => "";

    public override object ToObjectValue() => "";
}

/// <summary>A JSON object. Its own members come before <c>size</c>, which counts them.</summary>
internal sealed class JsonObjectValue(JsonElement json) : MembersValue
{
    public JsonElement Json => json;

    /// <summary>Bytes of its JSON.</summary>
    public int Size { get; } = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(json).Length;

    protected override FluidValue? Find(string name) =>
        json.TryGetProperty(name, out var member) ? JsonValues.Of(member)
        : name == "size" ? NumberValue.Create(ToNumberValue())
        : null;

    public override bool Equals(FluidValue? other) =>
        other is { Type: FluidValues.Empty } ? ToNumberValue() == 0 : ReferenceEquals(this, other);

    public override decimal ToNumberValue() => json.GetPropertyCount();

    public override bool Contains(FluidValue value) => json.TryGetProperty(value.ToStringValue(), out _);

    /// <summary>Pairs of name and value, as a loop over an object sees them.</summary>
    public override IEnumerable<FluidValue> Enumerate(TemplateContext context) =>
        json.EnumerateObject()
            .Select(member => (FluidValue)new ArrayValue([new StringValue(member.Name), JsonValues.Of(member.Value)]));
}

internal static class JsonValues
{
    public static FluidValue Of(string? text) => text is null ? NilValue.Instance : new StringValue(text);

    public static FluidValue Of(DateTimeOffset instant) => new StringValue(Instants.Format(instant));

    public static FluidValue Of(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => new JsonObjectValue(json),
            JsonValueKind.Array => new ArrayValue([.. json.EnumerateArray().Select(Of)]),
            JsonValueKind.String => new StringValue(json.GetString()!),
            // What a decimal cannot hold, like 1e300, stays as it was written.
            JsonValueKind.Number => json.TryGetDecimal(out var number)
                ? NumberValue.Create(number)
                : new StringValue(json.GetRawText()),
            JsonValueKind.True => BooleanValue.True,
            JsonValueKind.False => BooleanValue.False,
            JsonValueKind.Null or JsonValueKind.Undefined => NilValue.Instance,
        };

    /// <summary>Any value as JSON. It was weighed before, so it is bounded.</summary>
    public static void Write(Utf8JsonWriter writer, FluidValue value)
    {
        switch (value)
        {
            case JsonObjectValue json:
                json.Json.WriteTo(writer);
                break;
            case ArrayValue list:
                writer.WriteStartArray();
                foreach (var item in list.Values)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case NumberValue number:
                writer.WriteRawValue(number.ToNumberValue().ToString(CultureInfo.InvariantCulture));
                break;
            case BooleanValue boolean:
                writer.WriteBooleanValue(boolean.ToBooleanValue());
                break;
            case PartValue part:
                writer.WriteStartObject();
                foreach (var (name, member) in part.Members)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }
                writer.WriteEndObject();
                break;
            default:
                if (value.IsNil())
                    writer.WriteNullValue();
                else
                    writer.WriteStringValue(value.ToStringValue());
                break;
        }
    }
}
