using Scenarios.Engine.Definitions;
using static Scenarios.Engine.Tests.Definitions.Reading;

namespace Scenarios.Engine.Tests.Definitions;

public class ValidatorTests
{
    private static readonly DatabaseFields Fields = new([
        new("tier", FieldType.Text),
        new("visits", FieldType.Number),
        new("vip", FieldType.Boolean),
        new("born", FieldType.Date),
        new("seen", FieldType.DateTime),
        new("tags", FieldType.List),
    ]);

    [Theory]
    [InlineData("wait", "{}", "")]
    [InlineData("condition", "{}", "/branches")]
    [InlineData(
        "condition",
        """{'branches': [{'output': 'a', 'rules': {'all': [{'field': 'tier', 'op': 'exists'}]}}, {'output': 'b', 'rules': {'all': []}}]}""",
        "/branches/1/rules"
    )]
    [InlineData("goto", "{}", "/scenario")]
    [InlineData("webhook", "{}", "/url")]
    [InlineData("updateProfile", "{'set': {}}", "")]
    public void What_is_incomplete_is_an_error(string type, string settings, string path) =>
        Assert.Equal(
            [("/definition/elements/1/settings" + path, "incomplete", "x", Severity.Error)],
            Problems(With(type, settings))
        );

    [Fact]
    public void A_complete_scenario_has_no_problems() =>
        Assert.Empty(
            Problems(
                With(
                    "condition",
                    """
                    {'branches': [{'output': 'a', 'rules': {'any': [
                        {'field': 'tier', 'op': 'in', 'value': ['gold']}, {'field': 'visits', 'op': 'between', 'value': [1, 2]}, {'field': 'vip', 'op': 'equal', 'value': true},
                        {'field': 'born', 'op': 'anniversaryToday'}, {'field': 'seen', 'op': 'withinLastDays', 'value': 3}, {'field': 'tags', 'op': 'contains', 'value': 7},
                        {'field': 'email', 'op': 'endsWith', 'value': '@x'}, {'content': 'whatever', 'op': 'less', 'value': 3}]}}]}
                    """
                )
            )
        );

    [Theory]
    [InlineData("{'field': 'nowhere', 'op': 'exists'}", "/field", "unknownField")]
    [InlineData("{'field': 'tier', 'op': 'less', 'value': 1}", "/op", "wrongFieldType")]
    [InlineData("{'field': 'tier', 'op': 'before', 'value': '2026-11-23'}", "/op", "wrongFieldType")]
    [InlineData("{'field': 'tier', 'op': 'equal', 'value': 1}", "/value", "wrongType")]
    [InlineData("{'field': 'tier', 'op': 'contains', 'value': 1}", "/value", "wrongType")]
    [InlineData("{'field': 'visits', 'op': 'contains', 'value': 1}", "/op", "wrongFieldType")]
    [InlineData("{'field': 'visits', 'op': 'in', 'value': [1, '2']}", "/value", "wrongType")]
    [InlineData("{'field': 'visits', 'op': 'between', 'value': ['2026-11-23', '2026-11-24']}", "/value", "wrongType")]
    [InlineData("{'field': 'born', 'op': 'between', 'value': [1, 2]}", "/value", "wrongType")]
    [InlineData("{'field': 'born', 'op': 'equal', 'value': '23.11.'}", "/value", "wrongType")]
    [InlineData("{'field': 'seen', 'op': 'equal', 'value': '2026-11-23T12:00:00Z'}", "/op", "wrongFieldType")]
    [InlineData("{'field': 'tags', 'op': 'equal', 'value': 'a'}", "/op", "wrongFieldType")]
    [InlineData("{'field': 'tier', 'op': 'anniversaryToday'}", "/op", "wrongFieldType")]
    public void A_rule_must_fit_the_fields_of_the_database(string rule, string path, string code) =>
        Assert.Equal(
            [("/definition/elements/1/settings/branches/0/rules/all/0/not" + path, code, "x", Severity.Error)],
            Problems(With("condition", "{'branches': [{'output': 'a', 'rules': {'all': [{'not': " + rule + "}]}}]}"))
        );

    [Theory]
    [InlineData("wait", "{'field': {'name': 'tier'}}", "/field/name", "wrongFieldType")]
    [InlineData("wait", "{'field': {'name': 'nowhere'}}", "/field/name", "unknownField")]
    [InlineData("updateProfile", "{'set': {'nowhere': 1}}", "/set/nowhere", "unknownField")]
    [InlineData("updateProfile", "{'set': {'email': 'x'}}", "/set/email", "reservedName")]
    [InlineData("updateProfile", "{'set': {'visits': 'many'}}", "/set/visits", "wrongType")]
    [InlineData("updateProfile", "{'set': {'born': '23.11.'}}", "/set/born", "invalidDate")]
    [InlineData("updateProfile", "{'add': {'tier': 'x'}}", "/add/tier", "wrongFieldType")]
    [InlineData("updateProfile", "{'increment': {'tier': 1}}", "/increment/tier", "wrongFieldType")]
    public void A_wait_and_an_update_must_fit_them_too(string type, string settings, string path, string code) =>
        Assert.Equal([("/definition/elements/1/settings" + path, code, "x", Severity.Error)], Problems(With(type, settings)));

    [Fact]
    public void A_template_may_come_to_any_value() =>
        Assert.Empty(
            Problems(
                With(
                    "updateProfile",
                    "{'set': {'visits': '{{ content.visits }}'}, 'add': {'tags': 'a'}, 'increment': {'visits': -1}}"
                )
            )
        );

    [Fact]
    public void A_jump_to_itself_is_an_error() =>
        Assert.Equal(
            ["gotoItself"],
            Validator.Validate(Good(With("goto", "{'scenario': 12}")), Fields, self: 12).Select(p => p.Code)
        );

    [Fact]
    public void What_no_way_leads_to_is_a_warning() =>
        Assert.Equal(
            [("/definition/elements/1", "unreachable", "e", Severity.Warning)],
            Problems(Graph("{'id': 'e', 'type': 'end'}"))
        );

    [Fact]
    public void A_loop_without_a_wait_is_a_warning_on_its_elements_only()
    {
        const string Elements =
            """{'id': 'g', 'type': 'goto', 'settings': {'scenario': 1}}, {'id': 'u', 'type': 'updateProfile', 'settings': {'set': {'tier': 'x'}}}, {'id': 'v', 'type': 'updateProfile', 'settings': {'set': {'tier': 'y'}}}, {'id': 'w', 'type': 'wait', 'settings': {'duration': {'days': 1}}}""";
        const string Way =
            """{'from': 'start', 'output': 'next', 'to': 'g'}, {'from': 'g', 'output': 'declined', 'to': 'u'}, {'from': 'u', 'output': 'next', 'to': 'v'}, """;
        Assert.Equal(
            [
                ("/definition/elements/2", "loopWithoutWait", "u", Severity.Warning),
                ("/definition/elements/3", "loopWithoutWait", "v", Severity.Warning),
            ],
            Problems(
                Graph(Elements, Way + "{'from': 'v', 'output': 'next', 'to': 'u'}, {'from': 'v', 'output': 'error', 'to': 'w'}")
            )
        );
        Assert.Empty(
            Problems(
                Graph(Elements, Way + "{'from': 'v', 'output': 'next', 'to': 'w'}, {'from': 'w', 'output': 'next', 'to': 'u'}")
            )
        );
    }

    [Fact]
    public void Every_problem_is_reported_at_once() =>
        Assert.Equal(
            [("w", "incomplete"), ("h", "incomplete"), ("h", "unreachable"), ("u", "unreachable"), ("u", "unknownField")],
            Problems(
                    Graph(
                        """{'id': 'w', 'type': 'wait'}, {'id': 'h', 'type': 'webhook'}, {'id': 'u', 'type': 'updateProfile', 'settings': {'set': {'x': 1}}}""",
                        "{'from': 'start', 'output': 'next', 'to': 'w'}"
                    )
                )
                .Select(p => (p.Element!, p.Code))
        );

    private static List<(string Path, string Code, string? Element, Severity Severity)> Problems(string definition) =>
        [.. Validator.Validate(Good(definition), Fields).Select(p => (p.Path, p.Code, p.Element, p.Severity))];
}
