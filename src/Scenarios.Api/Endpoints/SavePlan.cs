using System.Text.Json;
using Scenarios.Contracts;

namespace Scenarios.Api.Endpoints;

/// <summary>What a save will do to those inside, and what is incomplete (elements.md, save plan).</summary>
internal static class SavePlan
{
    public static void Write(Utf8JsonWriter json, SaveAnswer answer)
    {
        json.WriteStartObject();
        json.WriteStartArray("changes");
        foreach (var change in answer.Plan)
        {
            json.WriteStartObject();
            json.WriteString("element", change.Element);
            json.WriteString("kind", change.Kind);
            json.WriteNumber("inside", change.Inside);
            json.WriteString("effect", change.Effect);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteProblems(json, answer.Problems);
        json.WriteEndObject();
    }

    public static void WriteProblems(Utf8JsonWriter json, IEnumerable<Fault> problems)
    {
        json.WriteStartArray("problems");
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteString("element", problem.Element);
            json.WriteString("code", problem.Code);
            json.WriteString("message", problem.Message);
            json.WriteString("severity", problem.IsWarning ? "warning" : "error");
            json.WriteString("path", problem.Path);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
