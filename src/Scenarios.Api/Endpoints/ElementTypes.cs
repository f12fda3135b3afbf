using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Endpoints;

/// <summary>The palette: each element type with its category, its outputs and the JSON schema of its settings.</summary>
internal static class ElementTypes
{
    public static void MapElementTypes(this IEndpointRouteBuilder api) =>
        api.MapGet("/element-types", () => Answer.Written(Write))
            .Needs(Role.Viewer)
            .Produces<Palette>()
            .WithSummary("List the types of element, with outputs and settings");

    internal static void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("items");
        foreach (var type in Enum.GetValues<ElementType>())
        {
            var kind = ElementKind.Of(type);
            json.WriteStartObject();
            json.WriteString("type", Name<ElementType>.Of(type));
            json.WriteString("category", Name<ElementCategory>.Of(kind.Category));
            json.WriteStartArray("outputs");
            foreach (var output in kind.Outputs)
                json.WriteStringValue(output);
            json.WriteEndArray();
            json.WriteString("outputsFrom", kind.OutputsFrom);
            json.WritePropertyName("settings");
            json.WriteRawValue(kind.Settings);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("nextCursor");
        json.WriteEndObject();
    }
}
