using System.Text.Json;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// Holds an answer against what the reference says of it: no member that it does not name, none left out that it promises, each
/// of its type.
/// </summary>
internal static class AnswerShape
{
    /// <summary>
    /// What is wrong with the answer of an operation; empty when nothing is, and where the reference leaves the shape open.
    /// </summary>
    public static IEnumerable<string> Faults(JsonElement document, string method, string path, int status, string text)
    {
        var operation = document.GetProperty("paths").GetProperty(path).GetProperty(method.ToLowerInvariant());
        if (!operation.GetProperty("responses").TryGetProperty($"{status}", out var response))
            return [$"answers {status}, of which the reference says nothing"];
        var schema = Content(response);
        if (text.Length == 0)
            return schema is null ? [] : ["answers nothing, where the reference names a shape"];
        return schema is { } expected ? Faults(document, expected, JsonElement.Parse(text), "") : [];
    }

    private static JsonElement? Content(JsonElement response) =>
        response.TryGetProperty("content", out var content)
        && content.TryGetProperty("application/json", out var json)
        && json.TryGetProperty("schema", out var schema)
            ? schema
            : null;

    private static IEnumerable<string> Faults(JsonElement document, JsonElement schema, JsonElement json, string at)
    {
        while (schema.TryGetProperty("$ref", out var reference))
            schema = reference
                .GetString()!
                .TrimStart('#', '/')
                .Split('/')
                .Aggregate(document, (place, name) => place.GetProperty(name));
        foreach (var choice in (string[])["oneOf", "anyOf"])
            if (schema.TryGetProperty(choice, out var some))
                return some.EnumerateArray().Any(one => !Faults(document, one, json, at).Any())
                    ? []
                    : [$"{at} is none of the shapes it may have: {json}"];
        if (!schema.TryGetProperty("type", out var type))
            return [];
        string[] types =
            type.ValueKind == JsonValueKind.Array
                ? [.. type.EnumerateArray().Select(t => t.GetString()!)]
                : [type.GetString()!];
        if (!types.Contains(TypeOf(json)) && !(TypeOf(json) == "integer" && types.Contains("number")))
            return [$"{at} is {TypeOf(json)} and not {string.Join(" or ", types)}"];
        return json.ValueKind switch
        {
            JsonValueKind.Object => Members(document, schema, json, at),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) => json.EnumerateArray()
                .SelectMany((item, i) => Faults(document, items, item, $"{at}/{i}")),
            _ => [],
        };
    }

    private static IEnumerable<string> Members(JsonElement document, JsonElement schema, JsonElement json, string at)
    {
        var isOpen = schema.TryGetProperty("additionalProperties", out var others);
        if (!schema.TryGetProperty("properties", out var named) && !isOpen)
            yield break;
        foreach (var member in json.EnumerateObject())
        {
            var place = $"{at}/{member.Name}";
            if (named.ValueKind == JsonValueKind.Object && named.TryGetProperty(member.Name, out var expected))
                foreach (var fault in Faults(document, expected, member.Value, place))
                    yield return fault;
            else if (!isOpen || others.ValueKind == JsonValueKind.False)
                yield return $"{place} is not in the reference";
            else if (others.ValueKind == JsonValueKind.Object)
                foreach (var fault in Faults(document, others, member.Value, place))
                    yield return fault;
        }
        if (!schema.TryGetProperty("required", out var required))
            yield break;
        foreach (var name in required.EnumerateArray().Where(name => !json.TryGetProperty(name.GetString()!, out _)))
            yield return $"{at}/{name} is missing";
    }

    private static string TypeOf(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Null => "null",
            JsonValueKind.Number => json.TryGetInt64(out _) ? "integer" : "number",
            _ => throw new ArgumentOutOfRangeException(nameof(json), json.ValueKind, "No value."),
        };
}
