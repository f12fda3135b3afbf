using System.Buffers;
using System.Text;
using System.Text.Json;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Runs;

/// <summary>Trail steps as they are stored: one JSON list for each commit that moved a run.</summary>
public static class Trail
{
    public static string Write(IReadOnlyList<TrailStep> steps)
    {
        var buffer = new ArrayBufferWriter<byte>(128 * steps.Count);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var step in steps)
            {
                json.WriteStartObject();
                json.WriteNumber("step", step.Step);
                json.WriteString("element", step.Element);
                json.WriteString("at", Instants.Format(step.At));
                json.WriteString("leftAt", Instants.Format(step.LeftAt));
                json.WriteString("output", step.Output);
                if (step.Detail is not null)
                {
                    json.WritePropertyName("detail");
                    json.WriteRawValue(step.Detail, skipInputValidation: true);
                }
                if (step.End is { } end)
                {
                    json.WriteStartObject("end");
                    json.WriteString("state", Name<EndState>.Of(end.State));
                    if (end.Reason is not null)
                        json.WriteString("reason", end.Reason);
                    if (end.Goal is not null)
                        json.WriteString("goal", end.Goal);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

/// <summary>One movement of the numbers that operators watch.</summary>
/// <param name="Element">Empty for the scenario itself.</param>
/// <param name="Kind">entered, left, ended for elements; entered, completed, failed, left, declined, error for the
/// scenario.</param>
/// <param name="Name">The output, the reason or the goal; empty where there is none.</param>
public readonly record struct Count(string Element, string Kind, string Name);

/// <summary>
/// What a transition adds to the counters. For each element entered = inside + left (by output) + ended (by reason), and
/// for the scenario entered = inside + completed + failed + left: both follow from the trail alone, so they always hold.
/// </summary>
public static class Counting
{
    /// <param name="before">Where the run stood before; null when it begins here.</param>
    public static void Add(Tally tally, int generation, string? before, Transition transition)
    {
        var standing = before;
        if (before is null)
            tally.Count(new Count("", "entered", ""), 1);
        foreach (var step in transition.Steps)
        {
            if (standing is null)
                tally.Count(new Count(step.Element, "entered", ""), 1);
            if (step.Output is { } output)
                tally.Count(new Count(step.Element, "left", output), 1);
            else
                tally.Count(new Count(step.Element, "ended", step.End?.CountedAs ?? "moved"), 1);
            if (step.Output == Output.Error && step.End is null)
                tally.Count(new Count("", "error", step.Element), 1);
            standing = null;
        }
        if (transition.End is { } end)
            tally.Count(
                end.State switch
                {
                    EndState.Completed => new Count("", "completed", end.Goal ?? ""),
                    EndState.Failed => new Count("", "failed", end.Reason ?? ""),
                    EndState.Left => new Count("", "left", end.Reason ?? ""),
                },
                1
            );
        if (transition.Run is { } run && standing is null)
            tally.Count(new Count(run.Element, "entered", ""), 1);

        var after = transition.Run?.Element;
        if (before == after)
            return;
        if (before is not null)
            tally.Stand(generation, before, -1);
        if (after is not null)
            tally.Stand(generation, after, 1);
    }
}
