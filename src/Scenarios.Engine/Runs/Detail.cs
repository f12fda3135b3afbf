using System.Text;
using System.Text.Json;
using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Runs;

/// <summary>What a trail step tells besides its output, as a small JSON object.</summary>
public static class Detail
{
    /// <summary>Observations kept of one decision, the last ones, which decided; a rule may have 200 leaves.</summary>
    private const int ObservationsLimit = 50;

    public static string Of(string name, string value) => Write(json => json.WriteString(name, value));

    public static string Of(string name, bool value) => Write(json => json.WriteBoolean(name, value));

    public static string Of(IReadOnlyList<Observation> seen) =>
        Write(json =>
        {
            json.WriteStartArray("seen");
            foreach (var one in seen.TakeLast(ObservationsLimit))
            {
                json.WriteStartObject();
                json.WriteString("what", one.What);
                json.WriteString("op", one.Op);
                if (one.Expected is not null)
                    json.WriteString("expected", one.Expected);
                json.WriteString("seen", one.Seen);
                json.WriteBoolean("held", one.Held);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });

    /// <summary>The stable code that a failure's detail names.</summary>
    public static string? CodeOf(string? detail)
    {
        if (detail is null)
            return null;
        using var document = JsonDocument.Parse(detail);
        return document.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null;
    }

    public static string Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
