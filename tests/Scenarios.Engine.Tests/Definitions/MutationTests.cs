using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Tests.Parsers;

namespace Scenarios.Engine.Tests.Definitions;

/// <summary>Reading never throws, and what it takes the validator and the definition take too.</summary>
public class MutationTests
{
    private static readonly byte[] Bytes = System.Text.Encoding.UTF8.GetBytes(Seeds.Definition);

    private static readonly string[] Hostile =
    [
        "null",
        "true",
        "-1",
        "0",
        "1e400",
        "1e-400",
        "9223372036854775808",
        "\"\"",
        "\"__proto__\"",
        "\"\\r\\n\"",
        "\"{{\"",
        "\"2026-11-23T24:61:00Z\"",
        "\"9999-12-31T23:59:59+00:00\"",
        "[]",
        "{}",
        "[[[[]]]]",
        "[null]",
        "{\"a\": {}}",
        "\"start\"",
        "\"else\"",
        "\"https://[::1\"",
    ];

    [Fact]
    public void The_definition_that_is_mutated_is_good() =>
        Assert.DoesNotContain(Take(Bytes)!, p => p.Severity == Severity.Error);

    [Fact]
    public void Changed_bytes_never_throw() =>
        Gen.Select(Gen.Int[0, Bytes.Length - 1], Gen.Byte[32, 126])
            .Array[1, 6]
            .Sample(
                changes =>
                {
                    byte[] json = [.. Bytes];
                    foreach (var (at, value) in changes)
                        json[at] = value;
                    Take(json);
                },
                iter: 5_000
            );

    [Fact]
    public void A_hostile_value_anywhere_never_throws() =>
        Gen.Select(Gen.Int[0, 10_000], Gen.OneOfConst(Hostile))
            .Array[1, 3]
            .Sample(
                changes =>
                {
                    var root = JsonNode.Parse(Seeds.Definition)!;
                    foreach (var (at, value) in changes)
                    {
                        var places = Places(root).ToList();
                        places[at % places.Count](JsonNode.Parse(value));
                    }
                    Take(System.Text.Encoding.UTF8.GetBytes(root.ToJsonString()));
                },
                iter: 3_000
            );

    /// <summary>Null when the bytes do not pass the gate, else all problems.</summary>
    private static IReadOnlyList<Problem>? Take(byte[] json)
    {
        if (JsonGate.Check(json, 32) is not null)
            return null;
        List<Problem> problems = [];
        using var document = JsonDocument.Parse(json);
        var definition = DefinitionReader.Read(
            document.RootElement,
            "/definition",
            problems,
            Scenarios.Engine.Templates.Template.Check
        );
        Assert.Equal(problems.Count == 0, definition is not null);
        return definition is null ? problems : Validator.Validate(definition, Seeds.Fields);
    }

    private static IEnumerable<Action<JsonNode?>> Places(JsonNode? node)
    {
        if (node is JsonArray array)
            for (var i = 0; i < array.Count; i++)
            {
                var at = i;
                yield return value => array[at] = value;
                foreach (var place in Places(array[i]))
                    yield return place;
            }
        if (node is JsonObject members)
            foreach (var (name, inner) in members)
            {
                yield return value => members[name] = value;
                foreach (var place in Places(inner))
                    yield return place;
            }
    }
}
