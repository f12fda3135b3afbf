using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Grains;

/// <summary>What a save would do to the open runs, element by element (elements.md, save plan).</summary>
internal static class SavePlan
{
    /// <param name="beforeJson">The previous definition as it is stored; <paramref name="afterJson"/> is the new one
    /// as it will be stored.</param>
    public static PlannedChange[] Of(
        Definition before,
        Definition after,
        string beforeJson,
        string afterJson,
        IReadOnlyDictionary<string, long> standing,
        IReadOnlyDictionary<string, string> moveRuns,
        IReadOnlyCollection<string> keepTimes
    )
    {
        var changes = new List<PlannedChange>();
        var (former, saved) = (Elements(beforeJson), Elements(afterJson));
        foreach (var element in before.Elements)
        {
            var inside = standing.GetValueOrDefault(element.Id);
            if (after.Find(element.Id) is not { } later)
                changes.Add(
                    new PlannedChange(
                        element.Id,
                        "removed",
                        inside,
                        inside == 0 ? "none"
                            : moveRuns.ContainsKey(element.Id) ? "moves"
                            : "ends"
                    )
                );
            else if (former[element.Id] != saved[element.Id])
                changes.Add(
                    new PlannedChange(
                        element.Id,
                        "changed",
                        inside,
                        inside > 0 && element.Recomputes(later) && !keepTimes.Contains(element.Id) ? "recomputes" : "none"
                    )
                );
            else if (element.Outputs.Any(o => before.Next(element.Id, o) != after.Next(element.Id, o)))
                changes.Add(new PlannedChange(element.Id, "relinked", inside, "none"));
        }
        changes.AddRange(
            after.Elements.Where(e => before.Find(e.Id) is null).Select(e => new PlannedChange(e.Id, "added", 0, "none"))
        );
        return [.. changes];
    }

    /// <summary>Each element as it was sent, normalized so that equivalent JSON compares equal.</summary>
    private static Dictionary<string, string> Elements(string definition)
    {
        using var json = JsonDocument.Parse(definition);
        return json
            .RootElement.GetProperty("elements")
            .EnumerateArray()
            .ToDictionary(
                e => e.GetProperty("id").GetString()!,
                e => Convert.ToHexString(CanonicalJson.Hash(e)),
                StringComparer.Ordinal
            );
    }
}
