using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.WebUtilities;
using Scenarios.Cluster.Tests.Effects;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>Webhooks of a whole node as it is set up by default: what a tenant can reach with them is the internet.</summary>
[Collection(ApiCollection.Name)]
public sealed class ReachTests(ApiFixture api, WebhookSink sink) : IClassFixture<WebhookSink>
{
    /// <summary>A name cannot be judged when it is saved; where it leads is looked at when it is resolved.</summary>
    [Fact]
    public async Task A_name_of_this_machine_can_be_saved_and_is_not_reached()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api, active: false);
        foreach (var scheme in new[] { "http", "https" })
        {
            var made = await scenario.Admin.PostAsync(
                "/api/v1/scenarios",
                $$"""
                {"title": "Hook", "database": "shop", "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "h", "type": "webhook", "settings": {"url": "{{scheme}}://{{Dns.GetHostName()}}:{{sink.Port}}/ok"} }],
                 "links": [{"from": "start", "output": "next", "to": "h"}]} }
                """
            );
            Assert.True(made.Status == 201, made.Text);
            Assert.Equal(200, (await scenario.Admin.PostAsync(made.Header("Location") + ":activate", "{}")).Status);
            var run = (
                await scenario.Admin.PostAsync(made.Header("Location") + "/captures", """{"profileId": "a", "profile": {}}""")
            )
                .Json.GetProperty("runId")
                .GetString();

            var ended = await Support.Api.UntilAsync(
                () => scenario.Admin.GetAsync($"{made.Header("Location")}/runs/{run}"),
                r => r.Json.GetProperty("state").GetString() == "failed"
            );

            Assert.Equal("addressNotAllowed", ended.Json.GetProperty("reason").GetString());
            Assert.Empty(sink.HitsOf(run + "/2"));
        }
    }
}

/// <summary>What a customer typed arrives as data, wherever a webhook puts it.</summary>
public sealed class PlacesTests(TestNode node, WebhookSink sink) : IClassFixture<TestNode>, IClassFixture<WebhookSink>
{
    private const string Nasty = "\"'<>&{}%\r\n\u2028{{ 7*7 }}{% raw %}\\u0041]]>--é";

    [Fact]
    public async Task A_profiles_text_is_data_in_json_html_xml_forms_texts_and_addresses()
    {
        foreach (
            var (type, body, read) in new (string, string, Func<string, string?>)[]
            {
                ("application/json", """{"x": "{{ profile.fields.tier }}"}""", text =>
                    JsonElement.Parse(text).GetProperty("x").GetString()
                ),
                ("application/vnd.api+json", """["{{ profile.fields.tier }}"]""", text =>
                    JsonElement.Parse(text)[0].GetString()
                ),
                ("application/xml", """<a b="{{ profile.fields.tier }}"/>""", text =>
                    XDocument.Parse(text).Root!.Attribute("b")!.Value
                ),
                ("text/html", "<p>{{ profile.fields.tier }}</p>", text =>
                    text.Count(c => c == '<') == 2 ? WebUtility.HtmlDecode(text[3..^4]) : null
                ),
                ("application/x-www-form-urlencoded", "a=1&x={{ profile.fields.tier }}&b=2", text =>
                    QueryHelpers.ParseQuery(text)["x"]
                ),
                ("text/plain", "{{ profile.fields.tier }}", text => text),
            }
        )
        {
            var hit = await HitAsync(
                new
                {
                    url = Url("{{ profile.fields.tier }}"),
                    headers = new Dictionary<string, string> { ["Content-Type"] = type },
                    body,
                }
            );
            Assert.Equal(Nasty, read(hit.Body));
            Assert.Equal(Nasty, QueryHelpers.ParseQuery(new Uri("http://x" + hit.Path).Query)["q"]);
        }
    }

    [Fact]
    public async Task A_text_with_a_line_end_splits_no_header_but_fails_its_run()
    {
        var number = await node.Api.ActiveAsync(
            Graph.Of(
                "start > h",
                (
                    "h",
                    "webhook",
                    new
                    {
                        url = Url("x"),
                        headers = new Dictionary<string, string> { ["X-Tier"] = "{{ profile.fields.tier }}" },
                    }
                )
            )
        );
        foreach (
            var (tier, reason) in new[]
            {
                ("a\r\nX-Evil: 1", "invalidHeader"),
                ("a\nb", "invalidHeader"),
                ("é", "invalidHeader"),
            }
        )
        {
            var capture = await node.Api.CaptureAsync(number, "p" + tier.Length, profile: new { fields = new { tier } });
            var run = await node.Api.EndOfAsync(number, capture.RunId);
            Assert.Equal(("failed", reason), (run.State, run.Reason));
            Assert.Empty(sink.HitsOf($"{capture.RunId}/2"));
        }
    }

    private string Url(string value) => $"http://127.0.0.1:{sink.Port}/ok?q={value}";

    private async Task<Hit> HitAsync(object webhook)
    {
        var number = await node.Api.ActiveAsync(Graph.Of("start > h", ("h", "webhook", webhook)));
        var capture = await node.Api.CaptureAsync(number, "nasty", profile: new { fields = new { tier = Nasty } });
        return await sink.ArrivalAsync($"{capture.RunId}/2");
    }
}
