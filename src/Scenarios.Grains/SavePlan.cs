using Scenarios.Contracts;
using Scenarios.Engine.Definitions;

namespace Scenarios.Grains;

/// <summary>What a save would do to those inside, element by element (elements.md, save plan).</summary>
internal static class SavePlan
{
    public static PlannedChange[] Of(Definition before, Definition after, IReadOnlyDictionary<string, long> standing, IReadOnlyDictionary<string, string> moveRuns)
    {
        var changes = new List<PlannedChange>();
        foreach (var element in before.Elements)
        {
            var inside = standing.GetValueOrDefault(element.Id);
            if (after.Find(element.Id) is not { } later)
                changes.Add(new PlannedChange(element.Id, "removed", inside, inside == 0 ? "none" : moveRuns.ContainsKey(element.Id) ? "moves" : "ends"));
            else if (!Equal(element, later))
                changes.Add(new PlannedChange(element.Id, "changed", inside, inside > 0 && element is Wait ? "recomputes" : "none"));
            else if (element.Outputs.Any(o => before.Next(element.Id, o) != after.Next(element.Id, o)))
                changes.Add(new PlannedChange(element.Id, "relinked", inside, "none"));
        }
        changes.AddRange(after.Elements.Where(e => before.Find(e.Id) is null).Select(e => new PlannedChange(e.Id, "added", 0, "none")));
        return [.. changes];
    }

    /// <summary>Records with lists compare by reference inside, so they are compared as they print, names aside.</summary>
    private static bool Equal(Element a, Element b) => a.Equals(b) || (a is Wait { Rule: { } x } && b is Wait { Rule: { } y } && x.Equals(y) && a.Name == b.Name);
}
