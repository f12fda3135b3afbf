using Scenarios.Engine.Elements;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Time;
using static Scenarios.Engine.Tests.Definitions.Reading;

namespace Scenarios.Engine.Tests.Definitions;

public class DefinitionReaderTests
{
    [Fact]
    public void The_definition_of_the_contract_is_read()
    {
        var read = Good(
            """
            {'elements': [
               {'id': 'start', 'type': 'apiCall', 'name': 'Default'},
               {'id': 'w1', 'type': 'wait', 'name': 'A day', 'settings': {'duration': {'days': 1}}},
               {'id': 'c1', 'type': 'condition', 'settings': {'branches': [{'output': 'vip', 'rules': {'all': [{'field': 'tier', 'op': 'equal', 'value': 'gold'}]}}]}},
               {'id': 'h1', 'type': 'webhook', 'settings': {'method': 'POST', 'url': 'https://example.com/hook', 'body': '{\'id\': \'{{ profile.id }}\'}'}}],
             'links': [{'from': 'start', 'output': 'next', 'to': 'w1'}, {'from': 'w1', 'output': 'next', 'to': 'c1'},
                       {'from': 'c1', 'output': 'vip', 'to': 'h1'}],
             'layout': {'start': {'x': 0, 'y': 0.5}}, 'bin': [{'id': 'old', 'type': 'end'}]}
            """.Replace("\\'", "\\\"", StringComparison.Ordinal)
        );
        Assert.Equal(["start", "w1", "c1", "h1"], read.Elements.Select(e => e.Id));
        Assert.Equal("h1", read.Next("c1", "vip"));
        Assert.Null(read.Next("c1", "else"));
        Assert.Equal("Default", read.Find("start")!.Name);
        Assert.Equal("c1", read.Find("c1")!.Name);
        Assert.True(read.ReadsProfile);
    }

    [Fact]
    public void An_api_call_is_enabled_unless_it_is_switched_off()
    {
        Assert.True(Assert.IsType<ApiCall>(Good(Graph("")).Find("start")).Enabled);
        Assert.False(
            Assert
                .IsType<ApiCall>(
                    Good("{'elements': [{'id': 'start', 'type': 'apiCall', 'settings': {'enabled': false}}]}").Find("start")
                )
                .Enabled
        );
    }

    [Fact]
    public void A_wait_of_each_kind_is_read()
    {
        Assert.Equal(
            new DurationWait(new WaitDuration(1, 2, 3, 4), ZoneChoice.Scenario, PastPolicy.Continue),
            Wait("{'duration': {'days': 1, 'hours': 2, 'minutes': 3, 'seconds': 4}}")
        );
        Assert.Equal(
            new UntilWait(new DateTimeOffset(2026, 11, 23, 11, 0, 0, TimeSpan.Zero), ZoneChoice.Scenario, PastPolicy.Exit),
            Wait("{'until': '2026-11-23T12:00:00+01:00', 'past': 'exit'}")
        );
        Assert.Equal(
            new FieldWait(
                "birthday",
                new WaitDuration(3, 0, 0, 0),
                true,
                new TimeOnly(9, 0),
                new ZoneChoice(ZoneSource.Profile, null),
                PastPolicy.Continue
            ),
            Wait("{'field': {'name': 'birthday', 'offset': {'days': 3}, 'before': true, 'at': '09:00'}, 'zone': 'profile'}")
        );
        var window = Assert.IsType<WindowWait>(
            Wait("{'window': {'weekdays': [5, 1], 'from': '22:00', 'to': '06:30'}, 'zone': 'Europe/Berlin'}")
        );
        Assert.Equal([1, 5], window.Weekdays);
        Assert.Equal((new TimeOnly(22, 0), new TimeOnly(6, 30)), (window.From, window.To));
        Assert.Equal(new ZoneChoice(ZoneSource.Fixed, "Europe/Berlin"), window.Zone);
        Assert.Equal(
            TimeOnly.MinValue,
            Assert.IsType<WindowWait>(Wait("{'window': {'weekdays': [1], 'from': '00:00', 'to': '24:00'}}")).To
        );

        static WaitRule? Wait(string settings) => Assert.IsType<Wait>(Good(With("wait", settings)).Find("x")).Rule;
    }

    [Fact]
    public void A_wait_lasts_from_one_second_to_ten_years()
    {
        Good(With("wait", "{'duration': {'seconds': 1}}"));
        Good(With("wait", "{'duration': {'days': 3653}}"));
    }

    [Fact]
    public void A_condition_has_its_outputs_in_order_and_else()
    {
        var condition = Good(
            With(
                "condition",
                """{'branches': [{'output': 'VIP customers', 'rules': {'not': {'content': 'a.b', 'op': 'exists'}}}, {'output': 'b', 'rules': {'scenario': {'number': 3, 'is': 'never'}}}]}"""
            )
        );
        Assert.Equal(["VIP customers", "b", "else"], condition.Find("x")!.Outputs);
        Assert.Equal([3], condition.ScenariosAsked);
    }

    [Theory]
    [InlineData("33.333", "33.333", "33.333")]
    [InlineData("33.33", "33.33", "33.34")]
    [InlineData("100", "0", "0")]
    public void A_split_of_a_hundred_is_accepted_also_as_three_thirds(string a, string b, string c)
    {
        var split = Assert.IsType<Split>(
            Good(
                    With(
                        "split",
                        $$"""{'branches': [{'output': 'a', 'percent': {{a}}}, {'output': 'b', 'percent': {{b}}}, {'output': 'c', 'percent': {{c}}}], 'draw': 'eachEntry'}"""
                    )
                )
                .Find("x")
        );
        Assert.True(split.EachEntry);
        Assert.Equal(3, split.Branches.Count);
    }

    [Fact]
    public void A_goto_and_an_end_are_read()
    {
        var go = Assert.IsType<Goto>(Good(With("goto", "{'scenario': 7, 'start': 'start'}")).Find("x"));
        Assert.Equal((7, "start"), (go.Scenario, go.Start));
        Assert.Equal("bought", Assert.IsType<End>(Good(With("end", "{'goal': 'bought'}")).Find("x")).Goal);
    }

    [Fact]
    public void A_webhook_is_read_with_its_defaults()
    {
        var webhook = Assert.IsType<Webhook>(
            Good(
                    With(
                        "webhook",
                        """{'url': 'https://example.com:8443/{{ profile.id }}/a?b={{ content.x }}&c={apicontent.y}', 'headers': {'X-Key': '{{ content.key }}'}, 'keep': {'tier': '/customer/tier', 'all': ''}}"""
                    )
                )
                .Find("x")
        );
        Assert.Equal(("POST", 10, 3, (string?)null), (webhook.Method, webhook.TimeoutSeconds, webhook.Retries, webhook.Body));
        Assert.Equal("{{ content.key }}", webhook.Headers["x-key"]);
        Assert.Equal("/customer/tier", webhook.Keep["tier"]);
    }

    [Fact]
    public void An_update_has_its_operations_in_order()
    {
        var update = Assert.IsType<UpdateProfile>(
            Good(
                    With(
                        "updateProfile",
                        """
                        {'increment': {'visits': 1}, 'set': {'tier': 'gold', 'old': null}, 'add': {'tags': ['a', 1]}, 'remove': {'tags': 'b'},
                         'subscriptions': [{'channel': 'email', 'resource': 'news', 'status': 'subscribed'}]}
                        """
                    )
                )
                .Find("x")
        );
        Assert.Equal(
            [
                (FieldOperator.Set, "tier"),
                (FieldOperator.Set, "old"),
                (FieldOperator.Add, "tags"),
                (FieldOperator.Remove, "tags"),
                (FieldOperator.Increment, "visits"),
            ],
            update.Operations.Select(o => (o.Operator, o.Field))
        );
        Assert.Equal(1, update.Subscriptions!.Value.GetArrayLength());
    }

    [Fact]
    public void What_is_merely_incomplete_is_read()
    {
        Assert.Null(Assert.IsType<Wait>(Good(With("wait", "{}")).Find("x")).Rule);
        Assert.Null(Assert.IsType<Webhook>(Good(With("webhook", "{'url': ''}")).Find("x")).Url);
        Assert.Null(Assert.IsType<Goto>(Good(With("goto", "{}")).Find("x")).Scenario);
        Assert.Empty(Assert.IsType<Condition>(Good(With("condition", "{}")).Find("x")).Branches);
        Assert.Same(
            All.Nothing,
            Assert.IsType<Condition>(Good(With("condition", "{'branches': [{'output': 'a'}]}")).Find("x")).Branches[0].Rules
        );
    }

    [Fact]
    public void Every_fault_is_reported_at_once()
    {
        var read = Read(
            """
            {'elements': [{'id': 'start', 'type': 'apiCall', 'colour': 'red'}, {'id': 'w', 'type': 'wait', 'settings': {'duration': {'days': 99999}, 'zone': 'Mars/Base'}},
                          {'id': 'w', 'type': 'email'}, {'type': 'end'}],
             'links': [{'from': 'start', 'output': 'next', 'to': 'nobody'}, {'from': 'w', 'output': 'later', 'to': 'start'}], 'title': 'no'}
            """,
            out var problems
        );
        Assert.Null(read);
        Assert.Equal(
            [
                ("/definition/elements/0/colour", "unknownField", "start"),
                ("/definition/elements/1/settings/zone", "unknownZone", "w"),
                ("/definition/elements/1/settings/duration", "outOfRange", "w"),
                ("/definition/elements/2/type", "unknownType", "w"),
                ("/definition/elements/2/id", "duplicateId", "w"),
                ("/definition/elements/3/id", "required", null),
                ("/definition/links/0/to", "unknownElement", "start"),
                ("/definition/links/1/output", "unknownOutput", "w"),
                ("/definition/links/1/to", "linkToTrigger", "w"),
                ("/definition/title", "unknownField", null),
            ],
            problems.Select(p => (p.Path, p.Code, p.Element))
        );
        Assert.All(problems, p => Assert.Equal(Severity.Error, p.Severity));
    }

    [Fact]
    public void Three_hundred_elements_are_the_limit()
    {
        Good(Graph(Ends(299)));
        Assert.Null(Read(Graph(Ends(300)), out var problems));
        Assert.Equal([("/definition/elements", "tooMany")], problems.Select(p => (p.Path, p.Code)));

        static string Ends(int count) =>
            string.Join(", ", Enumerable.Range(0, count).Select(i => $$"""{'id': 'e{{i}}', 'type': 'end'}"""));
    }
}
