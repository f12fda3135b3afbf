using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Definitions;

/// <summary>What people say of a scenario, and who may see it.</summary>
/// <param name="Groups">Access groups; none: the whole tenant sees it.</param>
public sealed record About(string Description, IReadOnlyList<string> Tags, IReadOnlyList<string> Groups)
{
    public const int MaxDescriptionLength = 10_000,
        MaxNames = 100,
        MaxNameLength = 64;

    public static readonly About Default = new("", [], []);

    /// <returns>Null when a problem was added.</returns>
    public static About? Read(JsonElement about, string path, List<Problem> problems)
    {
        var reader = new JsonObjectReader(about, path, problems);
        var read = new About(
            reader.Text("description", MaxDescriptionLength) ?? "",
            ReadNames(reader, "tags"),
            ReadNames(reader, "groups")
        );
        reader.Done();
        return reader.IsGood ? read : null;
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("description", Description);
        WriteNames(json, "tags", Tags);
        WriteNames(json, "groups", Groups);
        json.WriteEndObject();
    }

    private static List<string> ReadNames(JsonObjectReader reader, string member)
    {
        var names = new List<string>();
        foreach (var (value, path) in reader.Array(member, MaxNames))
        {
            if (value.ValueKind != JsonValueKind.String)
                reader.FaultAt(path, "wrongType", "Must be a string.");
            else if (value.GetString()! is var name && JsonObjectReader.LengthOf(name) is 0 or > MaxNameLength)
                reader.FaultAt(path, name.Length == 0 ? "empty" : "tooLong", $"Must have 1 to {MaxNameLength} characters.");
            else if (names.Contains(name))
                reader.FaultAt(path, "duplicate", $"Duplicate '{name}'.");
            else
                names.Add(name);
        }
        return names;
    }

    private static void WriteNames(Utf8JsonWriter json, string member, IReadOnlyList<string> names)
    {
        json.WriteStartArray(member);
        foreach (var name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
