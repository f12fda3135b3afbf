using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Tests.Definitions;

/// <summary>Definitions for tests, as JSON with single quotes.</summary>
internal static class Reading
{
    public static JsonElement Parsed(string text) => JsonDocument.Parse(text.Replace('\'', '"')).RootElement.Clone();

    public static Definition? Read(string definition, out List<Problem> problems)
    {
        problems = [];
        return DefinitionReader.Read(Parsed(definition), "/definition", problems, Template.Check, NetworkRules.Default);
    }

    public static Definition Good(string definition)
    {
        var read = Read(definition, out var problems);
        Assert.Empty(problems);
        return read!;
    }

    /// <summary>A definition of a start, the elements and the links.</summary>
    public static string Graph(string elements, string links = "") =>
        $$"""{'elements': [{'id': 'start', 'type': 'apiCall'}{{(elements.Length == 0 ? "" : ", ")}}{{elements}}], 'links': [{{links}}]}""";

    /// <summary>Start and one element, linked.</summary>
    public static string With(string type, string settings) =>
        Graph(
            $$"""{'id': 'x', 'type': '{{type}}', 'settings': {{settings}}}""",
            "{'from': 'start', 'output': 'next', 'to': 'x'}"
        );
}
