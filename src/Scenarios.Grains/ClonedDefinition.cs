using System.Text.Json;
using System.Text.Json.Nodes;
using Scenarios.Engine.Definitions;

namespace Scenarios.Grains;

/// <summary>A graph under new element ids (the default trigger's id is the same in every scenario).</summary>
internal static class ClonedDefinition
{
    public static string Of(string definition, string layout)
    {
        var json = JsonNode.Parse(definition)!.AsObject();
        var ids = json["elements"]!
            .AsArray()
            .Select(e => (string)e!["id"]!)
            .ToDictionary(
                id => id,
                id => id == Definition.StartId ? id : "e" + Guid.CreateVersion7().ToString("N")[^12..],
                StringComparer.Ordinal
            );
        foreach (var element in json["elements"]!.AsArray())
            Rename(element!, "id", ids);
        foreach (var link in json["links"]?.AsArray() ?? [])
        {
            Rename(link!, "from", ids);
            Rename(link!, "to", ids);
        }
        // Kept answers are named by element (steps.h1.tier), in templates and in rules.
        foreach (var element in json["elements"]!.AsArray())
            if (element!["settings"] is { } settings)
                element["settings"] = WithSteps(settings, ids);
        json["layout"] = new JsonObject(
            JsonNode
                .Parse(layout)!
                .AsObject()
                .Where(p => ids.ContainsKey(p.Key))
                .Select(p => KeyValuePair.Create(ids[p.Key], p.Value?.DeepClone()))
        );
        return json.ToJsonString();
    }

    private static void Rename(JsonNode owner, string member, Dictionary<string, string> ids)
    {
        if ((string?)owner[member] is { } id && ids.TryGetValue(id, out var renamed))
            owner[member] = renamed;
    }

    private static JsonNode? WithSteps(JsonNode? node, Dictionary<string, string> ids) =>
        node switch
        {
            JsonObject o => new JsonObject(
                o.Select(p =>
                    KeyValuePair.Create(
                        p.Key,
                        p.Key == "step" && p.Value?.GetValueKind() == JsonValueKind.String
                            ? Step((string)p.Value!, ids)
                            : WithSteps(p.Value, ids)
                    )
                )
            ),
            JsonArray a => new JsonArray([.. a.Select(item => WithSteps(item, ids))]),
            JsonValue v when v.GetValueKind() == JsonValueKind.String => Templates((string)v!, ids),
            _ => node?.DeepClone(),
        };

    private static JsonNode Step(string path, Dictionary<string, string> ids)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && ids.TryGetValue(path[..dot], out var renamed) ? renamed + path[dot..] : path;
    }

    private static JsonNode Templates(string text, Dictionary<string, string> ids)
    {
        if (!text.Contains("steps.", StringComparison.Ordinal))
            return text;
        foreach (var (id, renamed) in ids)
            text = text.Replace($"steps.{id}.", $"steps.{renamed}.", StringComparison.Ordinal);
        return text;
    }
}
