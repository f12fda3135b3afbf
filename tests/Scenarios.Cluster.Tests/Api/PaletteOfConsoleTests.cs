using System.Text.Json;
using System.Text.Json.Nodes;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>
/// The console's own tests have no server: they compare its types of element with <c>palette.json</c>. This test holds
/// that file to
/// what the server answers, so that neither side can add or change a type, a category or an output and forget the other.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class PaletteOfConsoleTests(ApiFixture api)
{
    private static readonly string Known = Path.Combine(
        Repository.Root,
        "src",
        "Scenarios.Console",
        "src",
        "editor",
        "elements",
        "palette.json"
    );

    [Fact]
    public async Task The_console_knows_the_palette_that_the_server_answers()
    {
        var items = (await api.Operator.GetAsync("/api/v1/element-types")).Json.GetProperty("items");

        var answered = WithoutSchemas(items);
        var known = JsonNode.Parse(await File.ReadAllTextAsync(Known, TestContext.Current.CancellationToken))!;
        Assert.True(
            JsonNode.DeepEquals(answered, known),
            $"The palette has changed: write this to {Path.GetFileName(Known)}, and the console's "
                + $"elements.test.ts will say what its kinds lack.\n{answered}"
        );
    }

    private static JsonArray WithoutSchemas(JsonElement items)
    {
        var types = JsonNode.Parse(items.GetRawText())!.AsArray();
        foreach (var type in types)
            type!.AsObject().Remove("settings");
        return types;
    }
}
