using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Scenarios.Engine.Json;

namespace Scenarios.Storage.Reads;

/// <summary>
/// A run with its trail: the completed steps as they were committed, then the current one. Entries that are not valid
/// steps (written by hand or by a newer version) are left out: steps are numbered without gaps, so a missing number
/// shows it.
/// </summary>
/// <param name="Trail">Objects <c>{step, element, at, leftAt, output, detail?, end?}</c>; the last of an open run has
/// <c>leavesAt</c> in place of <c>leftAt</c>.</param>
public sealed record RunTrail(
    Guid RunId,
    string ProfileId,
    string State,
    string? Reason,
    string? Goal,
    string Element,
    DateTimeOffset EnteredAt,
    DateTimeOffset? ArrivedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? LeavesAt,
    bool HasContent,
    [property: JsonPropertyOrder(1)] JsonElement Trail
) : RunView(RunId, ProfileId, State, Reason, Goal, Element, EnteredAt, ArrivedAt, EndedAt, LeavesAt, HasContent)
{
    /// <param name="step">Steps left behind.</param>
    /// <param name="commits">The JSON lists of <c>run_trail</c>, in order.</param>
    internal static RunTrail Of(RunView run, int step, IEnumerable<string> commits)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var hasEnded = false;
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (left, ends) in commits.SelectMany(StepsOf))
            {
                json.WriteRawValue(left, skipInputValidation: true);
                hasEnded = ends;
            }
            // The last step of a run that ended with its whole generation was never written, because its row was not
            // touched. A run in the history counts that step.
            if (!hasEnded)
                WriteStanding(json, run, run.ArrivedAt is null ? step : step + 1);
            json.WriteEndArray();
        }
        var trail = JsonDocument.Parse(buffer.WrittenMemory).RootElement;
        return new RunTrail(
            run.RunId,
            run.ProfileId,
            run.State,
            run.Reason,
            run.Goal,
            run.Element,
            run.EnteredAt,
            run.ArrivedAt,
            run.EndedAt,
            run.LeavesAt,
            run.HasContent,
            trail
        );
    }

    /// <summary>
    /// For viewers that may see a run's trail but no profile: the inputs of each decision, without their values.
    /// </summary>
    public RunTrail WithoutValues()
    {
        var steps = JsonSerializer.SerializeToNode(Trail)!.AsArray();
        foreach (var step in steps.OfType<JsonObject>())
            if (step["detail"] is not JsonObject detail)
                step.Remove("detail");
            else if (detail["seen"] is not JsonArray seen || !seen.All(observation => observation is JsonObject))
                detail.Remove("seen");
            else
                foreach (var observation in seen.OfType<JsonObject>())
                    observation.Remove("seen");
        return this with { Trail = JsonSerializer.SerializeToElement(steps) };
    }

    private static List<(byte[] Json, bool Ends)> StepsOf(string commit)
    {
        try
        {
            using var list = JsonDocument.Parse(commit);
            return list.RootElement.ValueKind != JsonValueKind.Array
                ? []
                :
                [
                    .. list
                        .RootElement.EnumerateArray()
                        .Where(IsStep)
                        .Select(step => (JsonSerializer.SerializeToUtf8Bytes(step), step.TryGetProperty("end", out _))),
                ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // invalid JSON, or a lone surrogate
        {
            return [];
        }
    }

    private static bool IsStep(JsonElement step) =>
        step.ValueKind == JsonValueKind.Object
        && step.TryGetProperty("step", out var number)
        && number.ValueKind == JsonValueKind.Number
        && step.TryGetProperty("element", out var element)
        && element.ValueKind == JsonValueKind.String;

    private static void WriteStanding(Utf8JsonWriter json, RunView run, int step)
    {
        json.WriteStartObject();
        json.WriteNumber("step", step);
        json.WriteString("element", run.Element);
        WriteInstant(json, "at", run.ArrivedAt ?? run.EndedAt);
        if (run.EndedAt is not null)
            WriteInstant(json, "leftAt", run.EndedAt);
        json.WriteNull("output");
        if (run.EndedAt is null)
        {
            WriteInstant(json, "leavesAt", run.LeavesAt);
        }
        else
        {
            json.WriteStartObject("end");
            json.WriteString("state", run.State);
            if (run.Reason is not null)
                json.WriteString("reason", run.Reason);
            if (run.Goal is not null)
                json.WriteString("goal", run.Goal);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? instant)
    {
        if (instant is { } at)
            json.WriteString(name, Instants.Format(at));
        else
            json.WriteNull(name);
    }
}
