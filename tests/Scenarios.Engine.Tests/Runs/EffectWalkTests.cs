using System.Text;
using System.Text.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>Runs that ask for work outside: webhooks and gotos, their requests and their outcomes.</summary>
public class EffectWalkTests
{
    private const string Graph = "start > h1 > e1; h1:error > e2";

    private static Journey Performing(
        string settings = "{'url': 'https://example.com/hook'}",
        string graph = Graph,
        string content = "{}"
    ) => Journey.Of(graph, ("h1", "webhook", settings)).Begin(content: content);

    private static WebhookRequest Request(Journey journey) =>
        WebhookRequest.FromBytes(Encoding.UTF8.GetBytes(journey.Effect!.Request));

    [Fact]
    public void A_webhook_is_rendered_once_and_the_run_performs_it()
    {
        var journey = Performing(
            """{'url': 'https://example.com/{{ content.id }}', 'body': '[{{ content.total }}]', 'headers': {'X-Run': '{{ run.id }}'}, 'keep': {'id': '/id'}}""",
            content: "{'id': 'ä/1', 'total': 12.50}"
        );
        Assert.Equal(
            ("start > h1 performing", 2, EffectKind.Webhook),
            (journey.Path, journey.Effect!.Step, journey.Effect.Kind)
        );
        var request = Request(journey);
        Assert.Equal(("POST", "https://example.com/%C3%A4%2F1", "[12.50]"), (request.Method, request.Url, request.Body));
        Assert.Equal(journey.Run.Id.ToString(), request.Headers["X-Run"]);
        Assert.Null(journey.Run.Due);
        Assert.Null(journey.Give(new RunInput.Due()));
    }

    [Theory]
    [InlineData("application/json", "{\\u0022a\\u0022}\\u0026=\\u002B")]
    [InlineData("application/x-www-form-urlencoded", "%7B%22a%22%7D%26%3D%2B")]
    [InlineData("text/xml; charset=utf-8", "{&quot;a&quot;}&amp;=&#x2B;")]
    [InlineData("text/plain", "{\"a\"}&=+")]
    public void Data_stays_data_in_whatever_the_body_is_written(string type, string body) =>
        Assert.Equal(
            body,
            Request(
                Journey
                    .Of(
                        Graph,
                        (
                            "h1",
                            "webhook",
                            $"{{'url': 'https://example.com/', 'headers': {{'content-type': '{type}'}}, 'body': "
                                + $"'{{{{ content.text }}}}'}}"
                        )
                    )
                    .Begin(content: "{'text': '{\\u0022a\\u0022}&=+'}")
            ).Body
        );

    [Fact]
    public void A_success_goes_on_and_a_later_condition_sees_what_was_kept()
    {
        var journey = Journey
            .Of(
                "start > h1 > c1:good > e1",
                ("h1", "webhook", "{'url': 'https://example.com/', 'keep': {'score': '/score'}}"),
                (
                    "c1",
                    "condition",
                    "{'branches': [{'output': 'good', 'rules': {'step': 'h1.score', 'op': 'greater', 'value': 5}}]}"
                )
            )
            .Begin();
        Assert.Equal("start > h1 > c1:good > e1 = completed", journey.Settle("success", kept: "{'score':7}").Path);
        Assert.Equal("""{"h1":{"score":7}}""", journey.Kept.GetRawText());
    }

    [Fact]
    public void What_was_kept_stays_through_later_batches()
    {
        var journey = Journey
            .Of(
                "start > h1 > h2 > h3",
                ("h1", "webhook", "{'url': 'https://example.com/'}"),
                ("h2", "webhook", "{'url': 'https://example.com/'}"),
                ("h3", "webhook", "{'url': 'https://example.com/{{ steps.h1.id }}/{{ steps.h2.id }}'}")
            )
            .Begin()
            .Settle("success", kept: "{'id': 1}")
            .Settle("success", kept: "{'id': 2}");
        Assert.Equal("https://example.com/1/2", Request(journey).Url);
    }

    [Fact]
    public void A_linked_error_goes_on() =>
        Assert.Equal("start > h1:error > e2 = completed", Performing().Settle("error", "http500").Path);

    [Fact]
    public void An_unlinked_error_fails_the_run_and_keeps_the_reason() =>
        Assert.Equal("start > h1:error = failed http500", Performing(graph: "start > h1 > e1").Settle("error", "http500").Path);

    [Fact]
    public void An_unlinked_success_completes_the_run() =>
        Assert.Equal("start > h1 = completed", Performing(graph: "start > h1").Settle("success").Path);

    [Fact]
    public void An_outcome_counts_once_and_only_for_the_step_that_asked()
    {
        var journey = Journey
            .Of(
                "start > h1 > w1",
                ("h1", "webhook", "{'url': 'https://example.com/'}"),
                ("w1", "wait", "{'duration': {'days': 1}}")
            )
            .Begin();
        var settled = new RunInput.Settled(2, "success", false, null, null, "{}");
        foreach (var stale in new[] { 0, 1, 3 })
            Assert.Null(journey.Give(settled with { Step = stale }));
        Assert.NotNull(journey.Give(settled));
        Assert.Null(journey.Give(settled));
        Assert.Null(journey.Give(settled with { Step = 3 }));
        Assert.Equal("start > h1 > w1 waiting", journey.Path);
    }

    [Fact]
    public void An_attempt_that_will_be_repeated_is_nothing_to_the_run()
    {
        var journey = Performing();
        Assert.Null(journey.Give(new RunInput.Settled(2, null, false, "http503", null, null)));
        Assert.Equal("start > h1 performing", journey.Path);
    }

    [Fact]
    public void A_run_that_performs_cannot_be_moved_released_or_postponed()
    {
        var journey = Performing();
        Assert.Null(journey.Give(new RunInput.Moved("e1")));
        Assert.Null(journey.Give(new RunInput.Released(null)));
        Assert.Null(journey.Give(new RunInput.Postponed(Journey.Monday.AddDays(1))));
        Assert.Equal("start > h1 = left removed", journey.Take(new RunInput.Removed(LeftReason.Removed)).Path);
    }

    [Fact]
    public void The_outcome_for_a_deleted_element_ends_the_run() =>
        Assert.Equal("start > h1 = left elementDeleted", Performing().Edit("start > e1").Settle("success").Path);

    [Theory]
    [InlineData("{'url': 'https://example.com/{{ 1 | divided_by: 0 }}'}", "templateFailed")]
    [InlineData(
        "{'url': 'https://example.com/', 'body': '{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}'}",
        "templateLimit"
    )]
    [InlineData("{'url': 'https://example.com/', 'headers': {'X-Name': '{{ content.name }}'}}", "invalidHeader")]
    public void A_template_that_fails_takes_the_error_output_and_sends_nothing(string settings, string code)
    {
        var linked = Performing(settings, content: "{'name': 'a\\r\\nX-Admin: 1'}");
        Assert.Equal(("start > h1:error > e2 = completed", $"{{'code':'{code}'}}"), (linked.Path, linked.Told("h1")));
        Assert.Null(linked.Effect);
        Assert.Equal($"start > h1:error = failed {code}", Performing(settings, "start > h1", "{'name': 'Jürgen'}").Path);
    }

    [Fact]
    public void A_goto_asks_for_a_capture_with_its_content_and_depth()
    {
        var journey = Journey
            .Of("start > g1:declined > e1", ("g1", "goto", "{'scenario': 7, 'start': 'x'}"))
            .Begin(content: "{'order': 12.50}");
        Assert.Equal(("start > g1 performing", EffectKind.Goto), (journey.Path, journey.Effect!.Kind));
        var request = JsonSerializer.Deserialize(journey.Effect.Request, EngineJson.Default.GotoRequest)!;
        Assert.Equal(
            (7, "x", 1, "12.50"),
            (request.Scenario, request.Start, request.Depth, request.Content!.Value.GetProperty("order").GetRawText())
        );
    }

    [Fact]
    public void A_goto_that_was_accepted_completes_this_run()
    {
        var journey = Journey
            .Of("start > g1:declined > e1", ("g1", "goto", "{'scenario': 7}"))
            .Begin()
            .Take(new RunInput.Settled(2, null, true, null, """{"run":"r2"}""", null));
        Assert.Equal(("start > g1 = completed", "{'run':'r2'}"), (journey.Path, journey.Told("g1")));
    }

    [Theory]
    [
        InlineData("start > g1:declined > e1", "start > g1:declined > e1 = completed"),
        InlineData("start > g1", "start > g1:declined = completed")
    ]
    public void A_goto_that_was_declined_leaves_by_that_output(string graph, string path) =>
        Assert.Equal(path, Journey.Of(graph, ("g1", "goto", "{'scenario': 7}")).Begin().Settle("declined", "engaged").Path);

    [Fact]
    public void Fifty_gotos_may_follow_one_another_and_the_next_fails()
    {
        var journey = Journey.Of("start > g1", ("g1", "goto", "{'scenario': 7}"));
        journey.Run = journey.Run with { Depth = 49 };
        Assert.Equal("start > g1 performing", journey.Begin().Path);
        journey = Journey.Of("start > g1", ("g1", "goto", "{'scenario': 7}"));
        journey.Run = journey.Run with { Depth = 50 };
        Assert.Equal("start > g1 = failed loopGuard", journey.Begin().Path);
    }

    [Fact]
    public void A_wait_forgets_the_gotos_before_it()
    {
        var journey = Journey.Of(
            "start > w1 > g1",
            ("w1", "wait", "{'duration': {'days': 1}}"),
            ("g1", "goto", "{'scenario': 7}")
        );
        journey.Run = journey.Run with { Depth = 50 };
        journey.Begin().After(TimeSpan.FromDays(1)).Due();
        Assert.Equal(
            ("start > w1 > g1 performing", 1),
            (journey.Path, JsonSerializer.Deserialize(journey.Effect!.Request, EngineJson.Default.GotoRequest)!.Depth)
        );
    }
}
