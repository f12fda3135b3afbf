using System.Text.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>What <c>apply_field_operations</c> does in SQL, for tests that play the ledger.</summary>
internal static class FieldOperations
{
    public static JsonElement Apply(JsonElement fields, JsonElement change)
    {
        var (name, operand) = (change[1].GetString()!, change[2]);
        var present = fields.TryGetProperty(name, out var value) ? value : default;
        var result = change[0].GetString() switch
        {
            "set" => operand,
            "increment" => JsonSerializer.SerializeToElement(
                (present.ValueKind == JsonValueKind.Number ? present.GetDecimal() : 0) + operand.GetDecimal()
            ),
            "add" => List(Members(present).Concat(Members(operand).Where(m => !Members(present).Contains(m)).Distinct())),
            "remove" => List(Members(present).Where(m => !Members(operand).Contains(m))),
            var other => throw new InvalidOperationException($"No SQL is known for '{other}'."),
        };
        return JsonMerge.Overlay(
            fields,
            JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { [name] = result })
        );
    }

    private static IEnumerable<string> Members(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(m => m.GetRawText()) : [];

    private static JsonElement List(IEnumerable<string> members) => JsonMerge.Parse("[" + string.Join(',', members) + "]");
}
