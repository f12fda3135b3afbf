using Scenarios.Engine.Json;

namespace Scenarios.Engine.Definitions;

/// <summary>What a reader of definitions cannot know by itself.</summary>
/// <param name="CheckTemplate">Null when the Liquid text parses, else what is wrong with it.</param>
/// <param name="CheckHost">Null when a webhook may go to the host, else why not; without it every host is good until a connection is made.</param>
internal sealed record DefinitionChecks(Func<string, string?> CheckTemplate, Func<string, string?>? CheckHost)
{
    public void Template(JsonObjectReader reader, string member, string text)
    {
        if (CheckTemplate(text) is { } fault) reader.Fault(member, "invalidTemplate", fault);
    }
}
