using System.Text.Json;
using System.Text.Json.Nodes;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;

namespace Scenarios.Storage.Scenarios;

/// <summary>
/// Exit times of waiting runs that were kept when a save changed their wait, stored beside the scenario: <c>{"w1":
/// [{"until", "element"}]}</c>, the earliest first. A later save that recomputes or removes the wait deletes them.
/// </summary>
internal static class KeptTimes
{
    public const string None = "{}";

    /// <param name="kept">The kept times before the save.</param>
    /// <param name="keep">Elements whose exit times the save keeps.</param>
    public static string After(string kept, string before, string after, int revision, IReadOnlyCollection<string> keep)
    {
        if (kept == None && keep.Count == 0)
            return kept;
        var waits = JsonNode.Parse(kept)!.AsObject();
        using var former = JsonDocument.Parse(before);
        using var saved = JsonDocument.Parse(after);
        var present = Elements(saved).ToDictionary(IdOf, StringComparer.Ordinal);
        foreach (var gone in waits.Select(w => w.Key).Where(id => !present.ContainsKey(id)).ToList())
            waits.Remove(gone);
        foreach (
            var element in Elements(former).Where(e => present.TryGetValue(IdOf(e), out var later) && !SameSettings(e, later))
        )
        {
            var id = IdOf(element);
            if (!keep.Contains(id))
                waits.Remove(id);
            else
            {
                if (!waits.ContainsKey(id))
                    waits[id] = new JsonArray();
                waits[id]!
                    .AsArray()
                    .Add(new JsonObject { ["until"] = revision, ["element"] = JsonNode.Parse(element.GetRawText()) });
            }
        }
        return waits.ToJsonString();
    }

    /// <summary>
    /// The definition with what it keeps. What this version cannot read is left out: the waits of those runs are then
    /// computed again.
    /// </summary>
    public static Definition Of(Definition definition, string kept)
    {
        if (kept == None)
            return definition;
        var waits = new Dictionary<string, IReadOnlyList<KeptWait>>(StringComparer.Ordinal);
        using var json = JsonDocument.Parse(kept);
        foreach (var wait in json.RootElement.EnumerateObject().Where(w => w.Value.ValueKind == JsonValueKind.Array))
            waits[wait.Name] =
            [
                .. wait
                    .Value.EnumerateArray()
                    .Where(k =>
                        k.ValueKind == JsonValueKind.Object
                        && k.TryGetProperty("until", out var until)
                        && until.ValueKind == JsonValueKind.Number
                        && k.TryGetProperty("element", out _)
                    )
                    .Select(k =>
                        (
                            Until: k.GetProperty("until").GetInt32(),
                            Former: StoredDefinition.Read(
                                $$"""{"elements":[{"id":"start","type":"apiCall"},{{k.GetProperty("element").GetRawText()}}]}"""
                            )
                        )
                    )
                    .Select(k => (k.Until, (k.Former?.Find(wait.Name) as Wait)?.Rule))
                    .Where(k => k.Rule is not null)
                    .Select(k => new KeptWait(k.Until, k.Rule!)),
            ];
        return new Definition(definition.Elements, definition.Links, waits);
    }

    /// <summary>
    /// The deleted elements, latest first; an element that is in the graph again is no longer in the bin.
    /// </summary>
    public static string Bin(string bin, string before, string after)
    {
        const int Limit = 300;
        using var old = JsonDocument.Parse(bin);
        using var former = JsonDocument.Parse(before);
        using var saved = JsonDocument.Parse(after);
        var present = Elements(saved).Select(IdOf).ToHashSet(StringComparer.Ordinal);
        var deleted = Elements(former)
            .Concat(old.RootElement.EnumerateArray())
            .Where(e => !present.Contains(IdOf(e)))
            .DistinctBy(IdOf)
            .Take(Limit);
        return $"[{string.Join(',', deleted.Select(e => e.GetRawText()))}]";
    }

    private static JsonElement[] Elements(JsonDocument definition) =>
        [.. definition.RootElement.GetProperty("elements").EnumerateArray()];

    private static string IdOf(JsonElement element) => element.GetProperty("id").GetString()!;

    private static bool SameSettings(JsonElement a, JsonElement b) =>
        (a.TryGetProperty("settings", out var x), b.TryGetProperty("settings", out var y)) switch
        {
            (true, true) => CanonicalJson.Hash(x).AsSpan().SequenceEqual(CanonicalJson.Hash(y)),
            (false, false) => true,
            _ => false,
        };
}
