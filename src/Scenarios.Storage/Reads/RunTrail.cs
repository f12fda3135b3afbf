using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Scenarios.Engine.Json;

namespace Scenarios.Storage.Reads;

/// <summary>A run with the way it went: the steps it left behind as they were committed, then the one where it stands.</summary>
/// <param name="Trail">Objects <c>{step, element, at, leftAt, output, detail?, end?}</c>; the last of an open run has <c>leavesAt</c> in place of <c>leftAt</c>.</param>
public sealed record RunTrail(
    Guid RunId, string ProfileId, string State, string? Reason, string? Goal, string Element, DateTimeOffset EnteredAt,
    DateTimeOffset? ArrivedAt, DateTimeOffset? EndedAt, DateTimeOffset? LeavesAt, bool HasContent, [property: JsonPropertyOrder(1)] JsonElement Trail)
    : RunView(RunId, ProfileId, State, Reason, Goal, Element, EnteredAt, ArrivedAt, EndedAt, LeavesAt, HasContent)
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
            foreach (var commit in commits)
            {
                using var steps = JsonDocument.Parse(commit);
                foreach (var left in steps.RootElement.EnumerateArray())
                {
                    left.WriteTo(json);
                    hasEnded = left.TryGetProperty("end", out _);
                }
            }
            // The last step of a run that ended with its whole generation was never written: nobody touched its row.
            if (!hasEnded) WriteStanding(json, run, step + 1);
            json.WriteEndArray();
        }
        var trail = JsonDocument.Parse(buffer.WrittenMemory).RootElement;
        return new RunTrail(
            run.RunId, run.ProfileId, run.State, run.Reason, run.Goal, run.Element, run.EnteredAt, run.ArrivedAt, run.EndedAt, run.LeavesAt, run.HasContent, trail);
    }

    /// <summary>For who may see the way of a run but no profile: what each decision looked at, without the values seen.</summary>
    public RunTrail WithoutValues()
    {
        var steps = JsonSerializer.SerializeToNode(Trail)!.AsArray();
        foreach (var observation in steps.Select(step => step!["detail"]?["seen"]).OfType<JsonArray>().SelectMany(seen => seen))
            observation!.AsObject().Remove("seen");
        return this with { Trail = JsonSerializer.SerializeToElement(steps) };
    }

    private static void WriteStanding(Utf8JsonWriter json, RunView run, int step)
    {
        json.WriteStartObject();
        json.WriteNumber("step", step);
        json.WriteString("element", run.Element);
        WriteInstant(json, "at", run.ArrivedAt ?? run.EndedAt);
        if (run.EndedAt is not null) WriteInstant(json, "leftAt", run.EndedAt);
        json.WriteNull("output");
        if (run.EndedAt is null)
        {
            WriteInstant(json, "leavesAt", run.LeavesAt);
        }
        else
        {
            json.WriteStartObject("end");
            json.WriteString("state", run.State);
            if (run.Reason is not null) json.WriteString("reason", run.Reason);
            if (run.Goal is not null) json.WriteString("goal", run.Goal);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? instant)
    {
        if (instant is { } at) json.WriteString(name, Instants.Format(at));
        else json.WriteNull(name);
    }
}
