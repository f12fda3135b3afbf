using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Tests.Rules;

public class RuleReaderTests
{
    [Theory]
    [InlineData("7", "", "wrongType")]
    [InlineData("{}", "", "exactlyOneOf")]
    [InlineData("{'all': [], 'any': []}", "", "exactlyOneOf")]
    [InlineData("{'all': {}}", "/all", "wrongType")]
    [InlineData("{'all': [{'any': [7]}]}", "/all/0/any/0", "wrongType")]
    [InlineData("{'not': []}", "/not", "wrongType")]
    [InlineData("{'all': [], 'x': 1}", "/x", "unknownField")]
    [InlineData("{'field': 'a b', 'op': 'exists'}", "/field", "invalidName")]
    [InlineData("{'field': '__proto__', 'op': 'exists'}", "/field", "invalidName")]
    [InlineData("{'field': 'a'}", "/op", "required")]
    [InlineData("{'field': 'a', 'op': 'matches', 'value': 'x'}", "/op", "unknownValue")]
    [InlineData("{'field': 'a', 'op': 'Equal', 'value': 'x'}", "/op", "unknownValue")]
    [InlineData("{'field': 'a', 'op': 'exists', 'value': 1}", "/value", "unknownField")]
    [InlineData("{'field': 'a', 'op': 'equal'}", "/value", "required")]
    [InlineData("{'field': 'a', 'op': 'equal', 'value': null}", "/value", "required")]
    [InlineData("{'field': 'a', 'op': 'equal', 'value': []}", "/value", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'equal', 'value': 1e400}", "/value", "outOfRange")]
    [InlineData("{'field': 'a', 'op': 'equal', 'value': 1e-400}", "/value", "outOfRange")]
    [InlineData("{'field': 'a', 'op': 'in', 'value': 'x'}", "/value", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'in', 'value': []}", "/value", "tooFew")]
    [InlineData("{'field': 'a', 'op': 'in', 'value': ['x', null]}", "/value/1", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'contains', 'value': ''}", "/value", "empty")]
    [InlineData("{'field': 'a', 'op': 'startsWith', 'value': 1}", "/value", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'less', 'value': '1'}", "/value", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'before', 'value': '23.11.2026'}", "/value", "invalidDate")]
    [InlineData("{'field': 'a', 'op': 'before', 'value': 1}", "/value", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'between', 'value': [2, 1]}", "/value", "reversed")]
    [InlineData("{'field': 'a', 'op': 'between', 'value': ['2026-11-24', '2026-11-23']}", "/value", "reversed")]
    [InlineData("{'field': 'a', 'op': 'between', 'value': ['2026-11-23', '2026-11-24T00:00:00Z']}", "/value", "wrongType")]
    [InlineData("{'field': 'a', 'op': 'between', 'value': [1]}", "/value", "tooFew")]
    [InlineData("{'field': 'a', 'op': 'between', 'value': [1, 2, 3]}", "/value", "tooMany")]
    [InlineData("{'field': 'a', 'op': 'withinNextDays', 'value': -1}", "/value", "outOfRange")]
    [InlineData("{'field': 'a', 'op': 'withinNextDays', 'value': 1.5}", "/value", "outOfRange")]
    [InlineData("{'content': 'a..b', 'op': 'exists'}", "/content", "invalidName")]
    [InlineData("{'content': '', 'op': 'exists'}", "/content", "empty")]
    [InlineData("{'step': 'h1', 'op': 'exists'}", "/step", "invalidName")]
    [InlineData("{'subscription': {'channel': 'email', 'status': 'on'}}", "/subscription/status", "unknownValue")]
    [InlineData("{'scenario': {'number': 0, 'is': 'in'}}", "/scenario/number", "outOfRange")]
    [InlineData("{'scenario': {'number': 1, 'is': 'out'}}", "/scenario/is", "unknownValue")]
    [InlineData("{'event': {'name': 'bought'}}", "/event", "notSupportedYet")]
    [InlineData("{'segment': 1}", "/segment", "notSupportedYet")]
    [InlineData("{'message': {'event': 'opened'}}", "/message", "notSupportedYet")]
    [InlineData("{'property': 'a', 'op': 'exists'}", "/property", "notSupportedYet")]
    public void A_bad_rule_is_refused(string rule, string path, string code) => Assert.Equal([(path, code)], Faults(rule));

    [Fact]
    public void Every_fault_is_reported_at_once() =>
        Assert.Equal(
            [("/all/0/op", "unknownValue"), ("/all/1/any/0/value", "required"), ("/all/1/x", "unknownField")],
            Faults("{'all': [{'field': 'a', 'op': 'is', 'value': 1}, {'any': [{'field': 'b', 'op': 'equal'}], 'x': 1}]}")
        );

    [Fact]
    public void Groups_stand_eight_deep()
    {
        Assert.Empty(Faults(Deep(8)));
        Assert.Equal(["tooDeep"], Faults(Deep(9)).Select(f => f.Code));
        Assert.Equal(["tooDeep"], Faults(Deep(500)).Select(f => f.Code));

        static string Deep(int groups) =>
            string.Concat(Enumerable.Repeat("{'not': ", groups)) + "{'field': 'a', 'op': 'exists'}" + new string('}', groups);
    }

    [Fact]
    public void Two_hundred_leaves_are_the_limit()
    {
        Assert.Empty(Faults(Leaves(100, 100)));
        Assert.Equal([("", "tooManyRules")], Faults(Leaves(100, 101)));

        static string Leaves(int first, int second) => $"{{'all': [{{'any': [{Many(first)}]}}, {{'any': [{Many(second)}]}}]}}";
        static string Many(int count) => string.Join(", ", Enumerable.Repeat("{'field': 'a', 'op': 'exists'}", count));
    }

    [Fact]
    public void A_text_of_a_megabyte_is_refused() =>
        Assert.Equal(
            [("/value", "tooLong")],
            Faults("{'field': 'a', 'op': 'contains', 'value': '" + new string('x', 1_000_000) + "'}")
        );

    private static List<(string Path, string Code)> Faults(string rule)
    {
        List<Problem> problems = [];
        var read = RuleReader.Read(Deeply(rule), "", problems);
        Assert.Equal(problems.Count == 0, read is not null);
        return [.. problems.Select(p => (p.Path, p.Code))];
    }

    private static System.Text.Json.JsonElement Deeply(string json) =>
        System
            .Text.Json.JsonDocument.Parse(json.Replace('\'', '"'), new System.Text.Json.JsonDocumentOptions { MaxDepth = 2000 })
            .RootElement.Clone();
}
