using System.Text.Json;

namespace Scenarios.Engine.Runs;

/// <summary>Shallow merges of JSON objects, as text.</summary>
public static class JsonMerge
{
    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>An object with one member set (or replaced) by raw JSON.</summary>
    public static string With(JsonElement present, string name, string rawValue) =>
        Detail.Write(json =>
        {
            foreach (var member in present.EnumerateObject())
                if (member.Name != name)
                    member.WriteTo(json);
            json.WritePropertyName(name);
            json.WriteRawValue(rawValue);
        });

    /// <summary>An object overlaid by another; a null takes the member away.</summary>
    public static JsonElement Overlay(JsonElement present, JsonElement later) =>
        Parse(
            Detail.Write(json =>
            {
                foreach (var member in present.EnumerateObject())
                    if (!later.TryGetProperty(member.Name, out _))
                        member.WriteTo(json);
                foreach (var member in later.EnumerateObject())
                    if (member.Value.ValueKind != JsonValueKind.Null)
                        member.WriteTo(json);
            })
        );
}
