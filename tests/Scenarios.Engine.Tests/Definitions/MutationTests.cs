using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Tests.Definitions;

/// <summary>Reading never throws, and what it takes the validator and the definition take too.</summary>
public class MutationTests
{
    private const string Full = """
        {"elements": [
          {"id": "start", "type": "apiCall", "name": "Default", "settings": {"enabled": true}},
          {"id": "w1", "type": "wait", "settings": {"field": {"name": "born", "offset": {"days": 3}, "before": true, "at": "09:00"}, "zone": "profile", "past": "exit"}},
          {"id": "w2", "type": "wait", "settings": {"window": {"weekdays": [1, 5], "from": "22:00", "to": "06:00"}, "zone": "Europe/Berlin"}},
          {"id": "w3", "type": "wait", "settings": {"until": "2026-11-23T12:00:00Z"}},
          {"id": "c", "type": "condition", "settings": {"branches": [{"output": "a", "rules": {"all": [
             {"field": "visits", "op": "between", "value": [1, 2.5]}, {"not": {"field": "born", "op": "before", "value": "2026-11-23"}},
             {"any": [{"content": "a.0.b", "op": "in", "value": ["x", 1]}, {"scenario": {"number": 3, "is": "was"}}, {"subscription": {"channel": "email", "status": "pending"}}]}]}}]}},
          {"id": "s", "type": "split", "settings": {"branches": [{"output": "a", "percent": 33.5}, {"output": "b", "percent": 66.5}], "draw": "stable"}},
          {"id": "h", "type": "webhook", "settings": {"method": "PUT", "url": "https://example.com:8443/{{ profile.id }}?x=1", "headers": {"X-A": "b"}, "body": "{}", "timeout": 5, "retries": 2, "keep": {"k": "/a/b"}}},
          {"id": "u", "type": "updateProfile", "settings": {"set": {"tier": "x"}, "add": {"tags": ["a", 1]}, "increment": {"visits": 1}, "subscriptions": [{"channel": "email", "status": "subscribed", "at": "2026-11-23T12:00:00Z"}]}},
          {"id": "g", "type": "goto", "settings": {"scenario": 4, "start": "start"}}, {"id": "e", "type": "end", "settings": {"goal": "done"}}],
         "links": [{"from": "start", "output": "next", "to": "w1"}, {"from": "w1", "output": "next", "to": "c"}, {"from": "c", "output": "a", "to": "s"}, {"from": "s", "output": "b", "to": "w1"}],
         "layout": {"start": {"x": 1, "y": -2.5}}, "bin": []}
        """;

    private static readonly byte[] Bytes = System.Text.Encoding.UTF8.GetBytes(Full);

    private static readonly DatabaseFields Fields = new([new("visits", FieldType.Number), new("born", FieldType.Date), new("tags", FieldType.List), new("tier", FieldType.Text)]);

    private static readonly string[] Hostile =
        ["null", "true", "-1", "0", "1e400", "1e-400", "9223372036854775808", "\"\"", "\"__proto__\"", "\"\\r\\n\"", "\"{{\"", "\"2026-11-23T24:61:00Z\"", "\"9999-12-31T23:59:59+00:00\"", "[]", "{}", "[[[[]]]]", "[null]", "{\"a\": {}}", "\"start\"", "\"else\"", "\"https://[::1\""];

    [Fact]
    public void The_definition_that_is_mutated_is_good() => Assert.DoesNotContain(Take(Bytes)!, p => p.Severity == Severity.Error);

    [Fact]
    public void Changed_bytes_never_throw() => Gen.Select(Gen.Int[0, Bytes.Length - 1], Gen.Byte[32, 126]).Array[1, 6].Sample(changes =>
    {
        byte[] json = [.. Bytes];
        foreach (var (at, value) in changes) json[at] = value;
        Take(json);
    }, iter: 5_000);

    [Fact]
    public void A_hostile_value_anywhere_never_throws() => Gen.Select(Gen.Int[0, 10_000], Gen.OneOfConst(Hostile)).Array[1, 3].Sample(changes =>
    {
        var root = JsonNode.Parse(Full)!;
        foreach (var (at, value) in changes)
        {
            var places = Places(root).ToList();
            places[at % places.Count](JsonNode.Parse(value));
        }
        Take(System.Text.Encoding.UTF8.GetBytes(root.ToJsonString()));
    }, iter: 3_000);

    /// <summary>Null when the bytes do not pass the gate, else all problems.</summary>
    private static IReadOnlyList<Problem>? Take(byte[] json)
    {
        if (JsonGate.Check(json, 32) is not null) return null;
        List<Problem> problems = [];
        using var document = JsonDocument.Parse(json);
        var definition = DefinitionReader.Read(document.RootElement, "/definition", problems, Scenarios.Engine.Templates.Template.Check);
        Assert.Equal(problems.Count == 0, definition is not null);
        return definition is null ? problems : Validator.Validate(definition, Fields);
    }

    private static IEnumerable<Action<JsonNode?>> Places(JsonNode? node)
    {
        if (node is JsonArray array)
            for (var i = 0; i < array.Count; i++)
            {
                var at = i;
                yield return value => array[at] = value;
                foreach (var place in Places(array[i])) yield return place;
            }
        if (node is JsonObject members)
            foreach (var (name, inner) in members)
            {
                yield return value => members[name] = value;
                foreach (var place in Places(inner)) yield return place;
            }
    }
}
