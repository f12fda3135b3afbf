using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Elements;

/// <param name="Percent">Of 100, at most three decimals; the percents of a split add up to 100 (33.333 three times is
/// accepted as thirds).</param>
public sealed record Share(string Output, decimal Percent);

/// <summary>Draws a branch: the same for a profile each time, or again for each entry.</summary>
public sealed record Split(string Id, string Name, IReadOnlyList<Share> Branches, bool EachEntry) : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Operator,
        [],
        "branches",
        Schema.Object(
            $$$"""
            "branches": {"type": "array", "minItems": {{{ElementLimits.MinShares}}}, "maxItems": {{{ElementLimits.MaxShares}}}, "description": "The percentages must add up to 100.", "items": {
                "type": "object", "additionalProperties": false, "required": ["output", "percent"], "properties": {
                    "output": {"type": "string", "minLength": 1, "maxLength": {{{ElementLimits.MaxOutputLength}}}}, "percent": {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.001} } } },
            "draw": {"enum": ["stable", "eachEntry"], "default": "stable"}
            """,
            "\"required\": [\"branches\"]"
        ),
        Read
    );

    /// <summary>A percent has at most so many decimals.</summary>
    private const int Decimals = 3;

    /// <summary>What rounding to <see cref="Decimals"/> may take from a percent or add to it.</summary>
    private const decimal Rounding = 0.0005m;

    private enum Draw
    {
        Stable,
        EachEntry,
    }

    public override ElementType Type => ElementType.Split;
    public override IReadOnlyList<string> Outputs { get; } = [.. Branches.Select(b => b.Output)];

    internal override Arrival Arrive(in Step at) =>
        Arrival.Leave(
            SplitDraw.Choose(this, at.Facts.Tenant, at.Facts.Scenario, at.Run.ProfileId, at.Run.Id),
            Detail.Of("draw", EachEntry ? "eachEntry" : "stable")
        );

    private static Split Read(ElementReading reading)
    {
        var settings = reading.Settings;
        var shares = new List<Share>();
        foreach (
            var (value, path) in settings.Array(
                "branches",
                ElementLimits.MaxShares,
                required: true,
                min: ElementLimits.MinShares
            )
        )
        {
            var share = settings.Child(value, path);
            var output = OutputNames.Read(share, shares.Select(s => s.Output));
            var percent = share.Number("percent", 0, 100, required: true) ?? 0;
            if (percent != decimal.Round(percent, Decimals))
                share.Fault("percent", "outOfRange", "At most 3 decimal places are allowed.");
            share.Done();
            shares.Add(new Share(output, percent));
        }
        var sum = shares.Sum(s => s.Percent);
        if (settings.IsGood && Math.Abs(100 - sum) > Rounding * shares.Count)
            settings.Fault("branches", "sumNot100", $"The percentages must add up to 100, not {sum:0.###}.");
        return new Split(reading.Id, reading.Name, shares, (settings.OneOf<Draw>("draw") ?? Draw.Stable) == Draw.EachEntry);
    }
}
