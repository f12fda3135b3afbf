using Fluid;
using Fluid.Values;

namespace Scenarios.Engine.Templates;

/// <summary>One rendering: its place, what it used up, and the one way in which a value is written.</summary>
internal sealed class Rendering : TemplateContext
{
    public Rendering(TemplateScope scope, Place place)
        : base(PartValue.Root(scope), TemplateFilters.Options)
    {
        Place = place;
        Now = () => scope.Now;
        TimeZone = TimeZoneInfo.Utc;
    }

    public Place Place { get; }
    public TemplateMeter Meter { get; } = new();

    public void Write(TextWriter writer, FluidValue value)
    {
        switch (value)
        {
            case VerbatimValue verbatim:
                writer.Write(verbatim.ToStringValue());
                break;
            case NumberValue or BooleanValue:
                writer.Write(value.ToStringValue());
                break;
            case ArrayValue list:
                foreach (var item in list.Values)
                    Write(writer, item);
                break;
            default:
                writer.Write(Place.Encode(value.ToStringValue()));
                break;
        }
    }
}

/// <summary>
/// A text that is already in the language of its place: what was captured, JSON made by <c>json</c>, and what an author
/// vouches for with <c>raw</c>. A filter that is not made for it turns it back into data.
/// </summary>
internal sealed class VerbatimValue(string text) : FluidValue
{
    private readonly StringValue _text = new(text);

    public override FluidValues Type => FluidValues.String;

    public override bool Equals(FluidValue? other) => other is not null && _text.Equals(other);

    public override bool Equals(object? obj) => obj is FluidValue other && Equals(other);

    public override int GetHashCode() => _text.GetHashCode();

    public override bool ToBooleanValue() => true;

    public override decimal ToNumberValue() => _text.ToNumberValue();

    public override string ToStringValue() => text;

    public override object ToObjectValue() => text;

    public override bool Contains(FluidValue value) => _text.Contains(value);

    public override ValueTask<FluidValue> GetValueAsync(string name, TemplateContext context) =>
        _text.GetValueAsync(name, context);

    public override IEnumerable<FluidValue> Enumerate(TemplateContext context) => [this];
}
