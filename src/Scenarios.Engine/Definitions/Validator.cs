using System.Globalization;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// Finds every problem of a definition that could be read. Errors refuse activation: what is <c>incomplete</c>, and what does
/// not fit the fields of the database. Warnings (<c>unreachable</c>, <c>loopWithoutWait</c>) do not.
/// </summary>
public static class Validator
{
    /// <param name="fields">Null when the database is not known; then its fields are not looked at.</param>
    /// <param name="self">The scenario's own number, to which no <c>goto</c> may lead.</param>
    /// <param name="path">The JSON pointer of the definition.</param>
    public static IReadOnlyList<Problem> Validate(
        Definition definition,
        DatabaseFields? fields,
        int? self = null,
        string path = "/definition"
    )
    {
        var problems = new List<Problem>();
        var reachable = Reachable(definition);
        var looping = LoopingWithoutWait(definition);
        for (var i = 0; i < definition.Elements.Count; i++)
        {
            var element = definition.Elements[i];
            var at = path + "/elements/" + i.ToString(CultureInfo.InvariantCulture);
            foreach (var (member, message) in element.Missing())
                problems.Add(new Problem(at + "/settings" + member, "incomplete", message, element.Id));
            foreach (var (member, code, message) in element.Faults(self))
                problems.Add(new Problem(at + "/settings" + member, code, message, element.Id));
            if (!reachable.Contains(element.Id))
                problems.Add(
                    new Problem(
                        at,
                        "unreachable",
                        "No path leads from a trigger to this element.",
                        element.Id,
                        Severity.Warning
                    )
                );
            if (looping.Contains(element.Id))
                problems.Add(
                    new Problem(
                        at,
                        "loopWithoutWait",
                        "This element is in a loop without a wait. A run that takes 200 steps in it fails.",
                        element.Id,
                        Severity.Warning
                    )
                );
        }
        if (fields is not null)
            FieldUse.Check(definition, fields, path, problems);
        return problems;
    }

    private static HashSet<string> Reachable(Definition definition)
    {
        var next = definition.Links.ToLookup(l => l.From, l => l.To, StringComparer.Ordinal);
        var found = definition.Elements.Where(e => e.IsTrigger).Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var open = new Stack<string>(found);
        while (open.TryPop(out var id))
            foreach (var to in next[id])
                if (found.Add(to))
                    open.Push(to);
        return found;
    }

    /// <summary>The elements that can come back to themselves in the graph without its waits.</summary>
    private static HashSet<string> LoopingWithoutWait(Definition definition)
    {
        var next = definition
            .Links.Where(l => definition.Find(l.From) is not { Waits: true } && definition.Find(l.To) is not { Waits: true })
            .ToLookup(l => l.From, l => l.To, StringComparer.Ordinal);
        return next.Select(n => n.Key).Where(id => ComesBack(id, next)).ToHashSet(StringComparer.Ordinal);
    }

    private static bool ComesBack(string start, ILookup<string, string> next)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([start]);
        while (open.TryPop(out var id))
            foreach (var to in next[id])
            {
                if (to == start)
                    return true;
                if (found.Add(to))
                    open.Push(to);
            }
        return false;
    }
}
