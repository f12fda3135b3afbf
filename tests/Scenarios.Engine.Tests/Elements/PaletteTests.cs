using System.Text.Json.Nodes;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Tests.Elements;

/// <summary>
/// The palette's schema of an element's settings says what its reader does: for each type, settings that keep to the
/// schema are made from it
/// and read; then the schema is broken in each way that it can be, one at a time, and the reader must object at that place.
/// </summary>
public class PaletteTests
{
    /// <summary>What a schema cannot say: names, rules, templates and sums that have a meaning.</summary>
    private static readonly Dictionary<string, Func<int, JsonNode>> Meaningful = new()
    {
        ["name"] = _ => "renewal",
        ["output"] = i => $"branch {i}",
        ["percent"] = i => i == 0 ? 40 : 60,
        ["rules"] = _ => JsonNode.Parse("""{"field": "tier", "op": "equal", "value": "gold"}""")!,
        ["url"] = _ => "https://example.com/hook",
        ["headers"] = _ => new JsonObject { ["X-Source"] = "scenarios" },
        ["keep"] = _ => new JsonObject { ["id"] = "/customer/id" },
        ["zone"] = _ => "Europe/Berlin",
        ["set"] = _ => new JsonObject { ["tier"] = "gold" },
        ["add"] = _ => new JsonObject { ["tags"] = "vip" },
        ["remove"] = _ => new JsonObject { ["tags"] = "vip" },
        ["increment"] = _ => new JsonObject { ["points"] = 1 },
        ["subscriptions"] = _ => JsonNode.Parse("""[{"channel": "email", "status": "subscribed"}]""")!,
        ["weekdays"] = _ => new JsonArray(1, 5),
        ["start"] = _ => "start",
    };

    public static TheoryData<ElementType> Types => [.. Enum.GetValues<ElementType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Settings_that_keep_to_the_schema_are_read(ElementType type)
    {
        foreach (var settings in Good(type))
            Assert.Equal([], Problems(type, settings).Select(p => $"{p.Path} {p.Code}: {settings.ToJsonString()}"));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Settings_that_break_the_schema_are_refused_where_they_break_it(ElementType type)
    {
        var schema = SchemaOf(type);
        foreach (var settings in Good(type))
        foreach (var (path, broken) in Breaks(schema, settings, ""))
        {
            var problems = Problems(type, broken);
            Assert.True(
                problems.Any(p => p.Path.StartsWith($"/settings{path}", StringComparison.Ordinal)),
                $"{type} takes {broken.ToJsonString()}; told: {string.Join(", ", problems.Select(p => $"{p.Path} {p.Code}"))}"
            );
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void An_element_has_the_outputs_that_the_palette_says(ElementType type)
    {
        var kind = ElementKind.Of(type);
        foreach (var settings in Good(type))
        {
            var named = kind.OutputsFrom is { } from
                ? settings[from]!.AsArray().Select(b => b!["output"]!.GetValue<string>())
                : [];
            Assert.Equal(named.Concat(kind.Outputs), Read(type, settings, []).Outputs);
        }
    }

    /// <summary>One for each way to choose among what excludes each other, with every other property.</summary>
    private static IEnumerable<JsonObject> Good(ElementType type)
    {
        var schema = SchemaOf(type);
        var choices = schema["oneOf"]?.AsArray().Select(o => o!["required"]![0]!.GetValue<string>()).ToArray() ?? [];
        if (choices.Length == 0)
            return [(JsonObject)Value(schema, "", 0)];
        return choices.Select(choice =>
        {
            var settings = (JsonObject)Value(schema, "", 0);
            foreach (var other in choices.Where(c => c != choice))
                settings.Remove(other);
            return settings;
        });
    }

    private static JsonNode Value(JsonObject schema, string name, int index)
    {
        if (Meaningful.TryGetValue(name, out var make))
            return make(index);
        if (schema["enum"] is { } members)
            return members.AsArray()[^1]!.DeepClone();
        switch (schema["type"]!.GetValue<string>())
        {
            case "object":
                var made = new JsonObject();
                foreach (var (member, inner) in schema["properties"]?.AsObject() ?? [])
                    made[member] = Value(inner!.AsObject(), member, index);
                return made;
            case "array":
                var count = Math.Max(2, schema["minItems"]?.GetValue<int>() ?? 0);
                return new JsonArray([.. Enumerable.Range(0, count).Select(i => Value(schema["items"]!.AsObject(), "", i))]);
            case "integer":
            case "number":
                return JsonValue.Create(schema["maximum"]?.GetValue<int>() ?? 1);
            case "boolean":
                return JsonValue.Create(true);
            default:
                return JsonValue.Create(
                    schema["format"]?.GetValue<string>() == "date-time" ? "2027-01-01T00:00:00Z"
                    : schema["pattern"] is not null ? "09:30"
                    : "text"
                );
        }
    }

    /// <summary>The settings with one thing wrong, and where.</summary>
    private static IEnumerable<(string Path, JsonObject Settings)> Breaks(JsonObject schema, JsonObject settings, string path)
    {
        foreach (var (at, wrong) in Wrong(schema, Find(settings, path)!, path))
        {
            var broken = (JsonObject)settings.DeepClone();
            Put(broken, at, wrong);
            yield return (at, broken);
        }
        foreach (var (member, inner) in schema["properties"]?.AsObject() ?? [])
            if (Find(settings, path) is JsonObject owner && owner.ContainsKey(member))
                foreach (var further in Breaks(inner!.AsObject(), settings, $"{path}/{member}"))
                    yield return further;
    }

    private static IEnumerable<(string At, JsonNode Wrong)> Wrong(JsonObject schema, JsonNode present, string path)
    {
        if (path.Length > 0)
            yield return (path, schema["type"]?.GetValue<string>() == "boolean" ? JsonValue.Create(1) : JsonValue.Create(true));
        if (schema["additionalProperties"] is JsonValue)
            yield return ($"{path}/surprise", JsonValue.Create(1));
        if (schema["enum"] is not null)
            yield return (path, JsonValue.Create("surprise"));
        if (schema["pattern"] is not null)
            yield return (path, JsonValue.Create("25:99"));
        if (schema["minimum"]?.GetValue<int>() is { } least)
            yield return (path, JsonValue.Create(least - 1));
        if (schema["maximum"]?.GetValue<int>() is { } most)
            yield return (path, JsonValue.Create(most + 1));
        if (schema["maxLength"]?.GetValue<int>() is { } length)
            yield return (path, JsonValue.Create(new string('x', length + 1)));
        if (schema["maxItems"]?.GetValue<int>() is { } items)
            yield return (
                path,
                new JsonArray([.. Enumerable.Range(0, items + 1).Select(i => Value(schema["items"]!.AsObject(), "", i))])
            );
        if (schema["maxProperties"]?.GetValue<int>() is { } members)
            yield return (
                path,
                new JsonObject(
                    Enumerable
                        .Range(0, members + 1)
                        .Select(i => KeyValuePair.Create($"x{i}", (JsonNode?)JsonValue.Create("/x")))
                )
            );
        if (schema["required"] is JsonArray required && path.Length > 0)
            foreach (var name in required.Select(r => r!.GetValue<string>()))
            {
                var without = (JsonObject)present.DeepClone();
                without.Remove(name);
                yield return (path, without);
            }
    }

    private static JsonNode? Find(JsonNode settings, string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate((JsonNode?)settings, (node, name) => node?[name]);

    private static void Put(JsonObject settings, string path, JsonNode value)
    {
        var owner = Find(settings, path[..path.LastIndexOf('/')])!.AsObject();
        owner[path[(path.LastIndexOf('/') + 1)..]] = value;
    }

    private static JsonObject SchemaOf(ElementType type) => JsonNode.Parse(ElementKind.Of(type).Settings)!.AsObject();

    private static List<Problem> Problems(ElementType type, JsonObject settings)
    {
        var problems = new List<Problem>();
        Read(type, settings, problems);
        return problems;
    }

    private static Element Read(ElementType type, JsonObject settings, List<Problem> problems)
    {
        var reader = new JsonObjectReader(JsonMerge.Parse(settings.ToJsonString()), "/settings", problems, "e1");
        var checks = new DefinitionChecks(Template.Check, new NetworkRules(NetworkRules.Parse("0.0.0.0/0 ::/0")));
        var element = ElementKind.Of(type).Read(new ElementReading("e1", "Element", reader, checks, problems));
        reader.Done();
        return element;
    }
}
