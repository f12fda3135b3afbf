using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;

namespace Scenarios.Engine.Tests.Templates;

internal static class Some
{
    public static TemplateScope Scope(string content = "{}", string fields = "{}", string kept = "{}") =>
        new(
            new Facts(
                7,
                12,
                "UTC",
                "Europe/Berlin",
                new(
                    "p1",
                    "ann@example.com",
                    null,
                    "Asia/Tokyo",
                    JsonElement.Parse(fields),
                    JsonElement.Parse("""[{"channel": "email", "status": "subscribed"}]"""),
                    At,
                    At
                ),
                JsonElement.Parse(content),
                JsonElement.Parse(kept),
                new Dictionary<int, ScenarioHistory>(),
                new DatabaseFields([])
            )
            {
                ScenarioTitle = "Win back",
            },
            "0198c5d0",
            At,
            At
        );

    public static readonly DateTimeOffset At = new(2026, 11, 23, 12, 30, 0, TimeSpan.Zero);

    public static string Render(
        string template,
        string content = "{}",
        Place place = Place.Text,
        string fields = "{}",
        string kept = "{}"
    ) => Template.Parse(template).Render(Scope(content, fields, kept), place);
}
