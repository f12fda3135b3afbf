using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Storage.Reads;

/// <summary>The difference between two revisions.</summary>
/// <param name="Revision">From this one …</param>
/// <param name="With">… to this one.</param>
public sealed record RevisionDiff(
    int Revision,
    int With,
    IReadOnlyList<ElementDiff> Changes,
    IReadOnlyList<SettingDiff> Settings
)
{
    public static RevisionDiff Of(RevisionWhole from, RevisionWhole to)
    {
        var (before, after) = (Elements(from), Elements(to));
        var (former, later) = (Links(from), Links(to));
        var changes = new List<ElementDiff>();
        foreach (var (id, element) in before)
            if (!after.TryGetValue(id, out var now))
                changes.Add(new ElementDiff(id, "removed", element, null, former[id], []));
            else if (!Same(element, now) || !SameLinks(former[id], later[id]))
                changes.Add(
                    new ElementDiff(id, Same(element, now) ? "relinked" : "changed", element, now, former[id], later[id])
                );
        changes.AddRange(
            after
                .Where(e => !before.ContainsKey(e.Key))
                .Select(e => new ElementDiff(e.Key, "added", null, e.Value, [], later[e.Key]))
        );

        var (was, @is) = (
            from.Settings.EnumerateObject().ToDictionary(s => s.Name, s => s.Value),
            to.Settings.EnumerateObject().ToDictionary(s => s.Name, s => s.Value)
        );
        var settings = was
            .Keys.Union(@is.Keys)
            .Select(name => new SettingDiff(
                name,
                was.TryGetValue(name, out var b) ? b : null,
                @is.TryGetValue(name, out var a) ? a : null
            ))
            .Where(s => s.Before is null || s.After is null || !Same(s.Before.Value, s.After.Value));
        return new RevisionDiff(from.Revision, to.Revision, changes, [.. settings]);
    }

    private static Dictionary<string, JsonElement> Elements(RevisionWhole revision) =>
        revision
            .Definition.GetProperty("elements")
            .EnumerateArray()
            .ToDictionary(e => e.GetProperty("id").GetString()!, StringComparer.Ordinal);

    private static Dictionary<string, IReadOnlyList<JsonElement>> Links(RevisionWhole revision)
    {
        var links = revision.Definition.TryGetProperty("links", out var list)
            ? list.EnumerateArray().ToLookup(l => l.GetProperty("from").GetString()!)
            : Array.Empty<JsonElement>().ToLookup(_ => "");
        return Elements(revision)
            .Keys.ToDictionary(id => id, id => (IReadOnlyList<JsonElement>)[.. links[id]], StringComparer.Ordinal);
    }

    private static bool SameLinks(IReadOnlyList<JsonElement> a, IReadOnlyList<JsonElement> b) =>
        a.Select(Text).Order(StringComparer.Ordinal).SequenceEqual(b.Select(Text).Order(StringComparer.Ordinal));

    private static bool Same(JsonElement a, JsonElement b) => Text(a) == Text(b);

    /// <summary>A normalized text: equivalent JSON compares equal.</summary>
    private static string Text(JsonElement json) => Convert.ToHexString(CanonicalJson.Hash(json));
}

/// <param name="Kind">added, removed, changed or relinked.</param>
/// <param name="Before">The element before the change; <paramref name="LinksBefore"/> are the links that started at
/// it.</param>
public sealed record ElementDiff(
    string Element,
    string Kind,
    JsonElement? Before,
    JsonElement? After,
    IReadOnlyList<JsonElement> LinksBefore,
    IReadOnlyList<JsonElement> LinksAfter
);

public sealed record SettingDiff(string Setting, JsonElement? Before, JsonElement? After);
