using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Elements;

/// <summary>The run is completed, with a goal where one is named.</summary>
public sealed record End(string Id, string Name, string? Goal) : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Operator,
        [],
        null,
        Schema.Object(
            $$"""
            "goal": {"type": "string", "minLength": 1, "maxLength": {{ElementLimits.MaxNameLength}}}
            """
        ),
        reading => new End(reading.Id, reading.Name, reading.Settings.Text("goal", ElementLimits.MaxNameLength, min: 1))
    );

    public override ElementType Type => ElementType.End;
    public override IReadOnlyList<string> Outputs { get; } = Kind.Outputs;

    internal override Arrival Arrive(in Step at) => Arrival.End(RunEnd.Complete with { Goal = Goal });
}
