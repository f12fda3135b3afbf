using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine;

namespace Scenarios.Api.Captures;

/// <summary>What became of one item of a batch.</summary>
/// <param name="Problem">Why it was no good; then it has no outcome.</param>
/// <param name="HasProfile">It brought a profile, which is merged also when the capture is declined.</param>
internal readonly record struct BatchOutcome(Problem? Problem, CaptureOutcome Outcome, bool HasProfile);

/// <summary>
/// The outcomes of a batch over HTTP, at once or as the result of a task: <c>{accepted, declined, failed, items}</c>.
/// </summary>
internal static class BatchAnswer
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<BatchOutcome> items)
    {
        json.WriteStartObject();
        json.WriteNumber("accepted", items.Count(i => i.Problem is null && i.Outcome.Result == CaptureResult.Accepted));
        json.WriteNumber("declined", items.Count(i => i.Problem is null && i.Outcome.Result == CaptureResult.Declined));
        json.WriteNumber(
            "failed",
            items.Count(i =>
                i.Problem is not null || i.Outcome.Result is not (CaptureResult.Accepted or CaptureResult.Declined)
            )
        );
        json.WriteStartArray("items");
        for (var i = 0; i < items.Count; i++)
            Write(json, items[i], i);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <param name="parts">As the task keeps them.</param>
    public static JsonElement Of(IEnumerable<string> parts)
    {
        var items = parts
            .SelectMany(part => JsonSerializer.Deserialize(part, ContractsJson.Default.CapturePartOutcome)!.Items)
            .Select(i => new BatchOutcome(
                i.Fault is { } fault ? new Problem(fault.Path, fault.Code, fault.Message) : null,
                i.Outcome,
                i.HasProfile
            ));
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
            Write(json, [.. items]);
        return JsonElement.Parse(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    private static void Write(Utf8JsonWriter json, BatchOutcome item, int index)
    {
        json.WriteStartObject();
        if (item.Problem is { } problem)
        {
            WriteError(json, StatusCodes.Status422UnprocessableEntity, problem.Code, problem.Path, problem.Message);
        }
        else if (item.Outcome.Result == CaptureResult.Accepted)
        {
            json.WriteBoolean("accepted", true);
            json.WriteString("runId", item.Outcome.RunId);
        }
        else if (item.Outcome.Result == CaptureResult.Declined)
        {
            CaptureAnswer.WriteDeclined(json, item.Outcome.Reason!, item.HasProfile);
        }
        else
        {
            var (status, code, detail) = CaptureAnswer.RefusalOf(item.Outcome);
            WriteError(json, status, code, $"/items/{index}", detail);
        }
        if (item.Problem is null && item.Outcome.Replayed)
            json.WriteBoolean("replayed", true);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, int status, string code, string path, string message)
    {
        json.WriteStartObject("error");
        json.WriteNumber("status", status);
        json.WriteString("code", code);
        json.WriteString("path", path);
        json.WriteString("message", message);
        json.WriteEndObject();
    }
}
