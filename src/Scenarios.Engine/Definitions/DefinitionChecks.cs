using Scenarios.Engine.Json;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Definitions;

/// <summary>What a reader of definitions cannot know by itself.</summary>
/// <param name="CheckTemplate">Null when the Liquid text parses, else what is wrong with it.</param>
/// <param name="Networks">Where the literal address of a webhook may lie.</param>
public sealed record DefinitionChecks(Func<string, string?> CheckTemplate, NetworkRules Networks)
{
    public void Template(JsonObjectReader reader, string member, string text)
    {
        if (CheckTemplate(text) is { } fault)
            reader.Fault(member, "invalidTemplate", fault);
    }
}
