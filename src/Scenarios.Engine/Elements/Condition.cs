using System.Globalization;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Elements;

public sealed record Branch(string Output, Rule Rules);

/// <summary>Leaves by the first branch whose rules hold, otherwise by <c>else</c>.</summary>
public sealed record Condition(string Id, string Name, IReadOnlyList<Branch> Branches) : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Operator,
        [Output.Else],
        "branches",
        Schema.Object(
            $$$"""
            "branches": {"type": "array", "minItems": 1, "maxItems": {{{ElementLimits.MaxBranches}}}, "description": "The first branch whose rules hold wins.", "items": {
                "type": "object", "additionalProperties": false, "required": ["output", "rules"], "properties": {
                    "output": {"type": "string", "minLength": 1, "maxLength": {{{ElementLimits.MaxOutputLength}}}}, "rules": {"type": "object", "description": "A rule as described in the API reference: all, any, not, or a leaf."} } } }
            """,
            "\"required\": [\"branches\"]"
        ),
        Read
    );

    public override ElementType Type => ElementType.Condition;
    public override IReadOnlyList<string> Outputs { get; } = [.. Branches.Select(b => b.Output), Output.Else];
    public override bool ReadsProfile => true;

    public override IEnumerable<(string Path, Rule Rule)> Rules =>
        Branches.Select((branch, i) => ($"/branches/{i.ToString(CultureInfo.InvariantCulture)}/rules", branch.Rules));

    public override IEnumerable<(string Path, string Message)> Missing() =>
        Branches.Count == 0
            ? [("/branches", "A condition must have at least one branch.")]
            : Rules
                .Where(r => r.Rule is All { Rules.Count: 0 } or Any { Rules.Count: 0 })
                .Select(r => (r.Path, "This branch has no rules."));

    internal override Arrival Arrive(in Step at)
    {
        var seen = new List<Observation>();
        foreach (var branch in Branches)
            if (RuleEvaluator.Holds(branch.Rules, at.Facts, at.Now, seen))
                return Arrival.Leave(branch.Output, Detail.Of(seen));
        return Arrival.Leave(Output.Else, Detail.Of(seen));
    }

    /// <summary>No branches, or a branch without rules, is incomplete.</summary>
    private static Condition Read(ElementReading reading)
    {
        var branches = new List<Branch>();
        foreach (var (value, path) in reading.Settings.Array("branches", ElementLimits.MaxBranches))
        {
            var branch = reading.Settings.Child(value, path);
            var output = OutputNames.Read(branch, branches.Select(b => b.Output));
            var rules = branch.Has("rules", out var json)
                ? RuleReader.Read(json, branch.PathOf("rules"), reading.Problems, branch.ElementId)
                : null;
            branch.Done();
            branches.Add(new Branch(output, rules ?? All.Nothing));
        }
        return new Condition(reading.Id, reading.Name, branches);
    }
}
