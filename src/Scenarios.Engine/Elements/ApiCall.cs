namespace Scenarios.Engine.Elements;

/// <summary>
/// The trigger that every scenario has: captures by the API and by hand, and jumps from other scenarios, begin here.
/// </summary>
/// <param name="Enabled">Switched off, its captures are declined <c>startDisabled</c>.</param>
public sealed record ApiCall(string Id, string Name, bool Enabled) : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Trigger,
        [Output.Next],
        null,
        Schema.Object(
            """
            "enabled": {"type": "boolean", "default": true, "description": "When off, its captures are declined startDisabled."}
            """
        ),
        reading => new ApiCall(reading.Id, reading.Name, reading.Settings.Flag("enabled") ?? true)
    );

    public override ElementType Type => ElementType.ApiCall;
    public override IReadOnlyList<string> Outputs { get; } = Kind.Outputs;
    public override bool IsTrigger => true;

    internal override Arrival Arrive(in Step at) => Arrival.Leave(Output.Next);
}
