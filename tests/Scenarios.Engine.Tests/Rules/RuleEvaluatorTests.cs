using CsCheck;
using Scenarios.Engine.Rules;
using static Scenarios.Engine.Tests.Rules.RuleTests;

namespace Scenarios.Engine.Tests.Rules;

public class RuleEvaluatorTests
{
    [Theory]
    [InlineData("tier", "equal", "'gold'", true)]
    [InlineData("tier", "equal", "'Gold'", false)]
    [InlineData("tier", "notEqual", "'silver'", true)]
    [InlineData("visits", "equal", "10.0", true)]
    [InlineData("visits", "equal", "1e1", true)]
    [InlineData("visits", "equal", "'10'", false)]
    [InlineData("vip", "equal", "true", true)]
    [InlineData("vip", "equal", "false", false)]
    [InlineData("vip", "equal", "'true'", false)]
    [InlineData("tags", "equal", "'a'", false)]
    [InlineData("tier", "in", "['silver', 'gold']", true)]
    [InlineData("tier", "notIn", "['silver', 'gold']", false)]
    [InlineData("visits", "in", "['10', 10]", true)]
    [InlineData("tags", "in", "['a']", false)]
    [InlineData("tier", "contains", "'ol'", true)]
    [InlineData("tier", "contains", "'OL'", false)]
    [InlineData("tier", "contains", "'%'", false)]
    [InlineData("tags", "contains", "'a'", true)]
    [InlineData("tags", "contains", "7.0", true)]
    [InlineData("tags", "contains", "'7'", false)]
    [InlineData("visits", "contains", "1", false)]
    [InlineData("tags", "notContains", "'b'", true)]
    [InlineData("tier", "startsWith", "'go'", true)]
    [InlineData("tier", "startsWith", "'old'", false)]
    [InlineData("tier", "endsWith", "'ld'", true)]
    [InlineData("visits", "startsWith", "'1'", false)]
    [InlineData("visits", "less", "10", false)]
    [InlineData("visits", "less", "10.5", true)]
    [InlineData("visits", "lessOrEqual", "10", true)]
    [InlineData("visits", "greater", "9.999", true)]
    [InlineData("visits", "greater", "-11", true)]
    [InlineData("visits", "greaterOrEqual", "10.00", true)]
    [InlineData("tier", "greater", "0", false)]
    [InlineData("exact", "greater", "9007199254740991", true)]
    [InlineData("visits", "between", "[10, 20]", true)]
    [InlineData("visits", "between", "[11, 20]", false)]
    [InlineData("born", "before", "'2000-11-24'", true)]
    [InlineData("born", "before", "'2000-11-23'", false)]
    [InlineData("born", "after", "'2000-11-22'", true)]
    [InlineData("at", "before", "'2026-11-23T22:00:01Z'", true)]
    [InlineData("at", "after", "'2026-11-23T22:59:59+01:00'", true)]
    [InlineData("ahead", "after", "'2026-11-23'", true)] // 00:15 on the 24th in Berlin
    [InlineData("at", "after", "'2026-11-23'", false)] // 23:00 on the 23rd
    [InlineData("tier", "before", "'2000-11-24'", false)]
    [InlineData("born", "between", "['2000-11-23', '2000-11-23']", true)]
    [InlineData("at", "between", "['2026-11-23T21:00:00Z', '2026-11-23T22:00:00Z']", true)]
    [InlineData("at", "between", "['2026-11-24', '2026-11-25']", false)]
    [InlineData("soon", "withinNextDays", "3", true)]
    [InlineData("soon", "withinNextDays", "2", false)]
    [InlineData("lately", "withinNextDays", "9", false)]
    [InlineData("at", "withinNextDays", "1", false)] // today, but half an hour ago
    [InlineData("ahead", "withinNextDays", "1", true)]
    [InlineData("ahead", "withinNextDays", "0", false)] // tomorrow in Berlin
    [InlineData("lately", "withinLastDays", "3", true)]
    [InlineData("lately", "withinLastDays", "2", false)]
    [InlineData("at", "withinLastDays", "0", true)]
    [InlineData("ahead", "withinLastDays", "5", false)]
    [InlineData("soon", "inExactlyDays", "3", true)]
    [InlineData("soon", "inExactlyDays", "2", false)]
    [InlineData("ahead", "inExactlyDays", "1", true)]
    [InlineData("lately", "exactlyDaysAgo", "3", true)]
    [InlineData("soon", "exactlyDaysAgo", "3", false)]
    [InlineData("id", "equal", "'p1'", true)]
    [InlineData("email", "endsWith", "'@example.com'", true)]
    [InlineData("phone", "equal", "'1'", false)]
    [InlineData("timeZone", "equal", "'Asia/Tokyo'", true)]
    public void Each_operator_over_a_value(string field, string op, string value, bool holds) =>
        Assert.Equal(holds, Holds($$"""{'field': '{{field}}', 'op': '{{op}}', 'value': {{value}}}"""));

    [Theory]
    [InlineData("tier", "exists", true)]
    [InlineData("gone", "exists", false)]
    [InlineData("nowhere", "exists", false)]
    [InlineData("phone", "exists", false)]
    [InlineData("gone", "notExists", true)]
    [InlineData("blank", "notExists", false)]
    [InlineData("blank", "empty", true)]
    [InlineData("none", "empty", true)]
    [InlineData("nowhere", "empty", true)]
    [InlineData("vip", "empty", false)]
    [InlineData("tags", "notEmpty", true)]
    [InlineData("gone", "notEmpty", false)]
    [InlineData("born", "anniversaryToday", true)]
    [InlineData("soon", "anniversaryToday", false)]
    [InlineData("ahead", "anniversaryToday", false)]
    public void Each_operator_without_a_value(string field, string op, bool holds) =>
        Assert.Equal(holds, Holds($$"""{'field': '{{field}}', 'op': '{{op}}'}"""));

    [Fact]
    public void A_missing_field_makes_every_operator_false_but_the_negative_ones()
    {
        foreach (var op in Enum.GetValues<RuleOperator>())
        {
            var value = OperandReader.Kind(op) switch
            {
                OperandKind.Nothing => "null",
                OperandKind.Scalars => "['x']",
                OperandKind.Scalar or OperandKind.Part or OperandKind.Text => "'x'",
                OperandKind.Number or OperandKind.Days => "1",
                OperandKind.Moment => "'2026-11-23'",
                OperandKind.Range => "[1, 2]",
            };
            var rule =
                $$"""{'field': 'nowhere', 'op': '{{Scenarios.Engine.Json.Name<RuleOperator>.Of(op)}}', 'value': {{value}}}""";
            var negative =
                op
                is RuleOperator.NotEqual
                    or RuleOperator.NotIn
                    or RuleOperator.NotContains
                    or RuleOperator.NotExists
                    or RuleOperator.Empty;
            Assert.True(Holds(rule) == negative, rule);
            Assert.True(Holds(rule.Replace("nowhere", "gone", StringComparison.Ordinal)) == negative, rule);
        }
    }

    [Theory]
    [InlineData(2027, 2, 28, true)]
    [InlineData(2027, 3, 1, false)]
    [InlineData(2028, 2, 28, false)]
    [InlineData(2028, 2, 29, true)]
    public void A_birthday_on_29_February_is_kept_on_the_28th_where_there_is_none(int year, int month, int day, bool holds) =>
        Assert.Equal(
            holds,
            RuleEvaluator.Holds(
                Rule("{'field': 'leap', 'op': 'anniversaryToday'}"),
                RuleTests.Facts,
                new DateTimeOffset(year, month, day, 12, 0, 0, TimeSpan.Zero)
            )
        );

    [Theory]
    [InlineData("{'content': 'order.id', 'op': 'equal', 'value': 'o1'}", true)]
    [InlineData("{'content': 'order.lines.0.sku', 'op': 'equal', 'value': 'x'}", true)]
    [InlineData("{'content': 'order.lines.1.sku', 'op': 'exists'}", false)]
    [InlineData("{'content': 'order.lines.-1.sku', 'op': 'exists'}", false)]
    [InlineData("{'content': 'order.id.x', 'op': 'exists'}", false)]
    [InlineData("{'content': 'order', 'op': 'exists'}", true)]
    [InlineData("{'content': 'order', 'op': 'equal', 'value': 'x'}", false)]
    [InlineData("{'content': 'digits', 'op': 'greater', 'value': 9007199254740991}", true)]
    [InlineData("{'step': 'h1.tier', 'op': 'equal', 'value': 'silver'}", true)]
    [InlineData("{'step': 'h2.tier', 'op': 'notExists'}", true)]
    [InlineData("{'subscription': {'channel': 'email', 'resource': 'news', 'status': 'subscribed'}}", true)]
    [InlineData("{'subscription': {'channel': 'email', 'status': 'subscribed'}}", true)]
    [InlineData("{'subscription': {'channel': 'email', 'resource': 'other', 'status': 'subscribed'}}", false)]
    [InlineData("{'subscription': {'channel': 'sms', 'status': 'subscribed'}}", false)]
    [InlineData("{'scenario': {'number': 3, 'is': 'in'}}", true)]
    [InlineData("{'scenario': {'number': 3, 'is': 'was'}}", true)]
    [InlineData("{'scenario': {'number': 4, 'is': 'was'}}", false)]
    [InlineData("{'scenario': {'number': 4, 'is': 'never'}}", false)]
    [InlineData("{'scenario': {'number': 5, 'is': 'never'}}", true)]
    [InlineData("{'scenario': {'number': 3, 'is': 'completed'}}", true)]
    [InlineData("{'scenario': {'number': 3, 'is': 'failed'}}", false)]
    [InlineData("{'all': []}", true)]
    [InlineData("{'any': []}", false)]
    public void Each_other_leaf(string rule, bool holds) => Assert.Equal(holds, Holds(rule));

    [Fact]
    public void What_each_leaf_saw_is_recorded_in_order_up_to_the_one_that_decided()
    {
        List<Observation> seen = [];
        var rule = Rule(
            """
            {'all': [{'field': 'tier', 'op': 'in', 'value': ['gold', 'silver']}, {'not': {'content': 'order.id', 'op': 'exists'}}, {'field': 'visits', 'op': 'less', 'value': 1}]}
            """
        );
        Assert.False(RuleEvaluator.Holds(rule, RuleTests.Facts, Now, seen));
        Assert.Equal(
            [
                new("field tier", "in", "[\"gold\", \"silver\"]", "gold", true),
                new Observation("content order.id", "exists", null, "o1", true),
            ],
            seen
        );
    }

    [Fact]
    public void A_long_value_is_cut_in_the_trail_between_characters()
    {
        List<Observation> seen = [];
        RuleEvaluator.Holds(
            Rule("{'field': 'x', 'op': 'exists'}"),
            FactsOf("{'x': '" + new string('a', 199) + "😀😀'}"),
            Now,
            seen
        );
        Assert.Equal(new string('a', 199) + "…", seen[0].Seen);
    }

    [Fact]
    public void A_zone_that_is_not_known_falls_back_to_the_accounts()
    {
        var rule = Rule("{'field': 'ahead', 'op': 'inExactlyDays', 'value': 0}");
        Assert.False(RuleEvaluator.Holds(rule, RuleTests.Facts, Now));
        Assert.True(RuleEvaluator.Holds(rule, RuleTests.Facts with { ScenarioZone = "Mars/Base" }, Now));
        Assert.True(RuleEvaluator.Holds(rule, RuleTests.Facts with { ScenarioZone = "Mars/Base", AccountZone = "" }, Now));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("9999-12-31")]
    [InlineData("2026-11-23T12:00:00.12345678901Z")]
    [InlineData("2026-02-30")]
    [InlineData("2026-11-23T")]
    public void An_odd_date_in_a_profile_never_throws(string date)
    {
        foreach (var op in new[] { "before", "after" })
            Evaluate($$"""{'field': 'x', 'op': '{{op}}', 'value': '2026-11-23'}""");
        foreach (var op in new[] { "withinNextDays", "withinLastDays", "inExactlyDays", "exactlyDaysAgo" })
            Evaluate($$"""{'field': 'x', 'op': '{{op}}', 'value': 36500}""");
        Evaluate("{'field': 'x', 'op': 'anniversaryToday'}");

        void Evaluate(string rule) =>
            RuleEvaluator.Holds(
                Rule(rule),
                FactsOf($$"""{'x': '{{date}}'}""") with
                {
                    ScenarioZone = "Pacific/Kiritimati",
                },
                Now
            );
    }

    [Fact]
    public void Groups_obey_the_laws_of_logic() =>
        Gen.Select(AnyRule(3), AnyRule(3), AnyRule(2))
            .Sample(
                (a, b, c) =>
                {
                    Assert.Equal(Holds(a), Holds(new Not(new Not(a))));
                    Assert.Equal(Holds(a) && Holds(b) && Holds(c), Holds(new All([a, b, c])));
                    Assert.Equal(Holds(a) || Holds(b) || Holds(c), Holds(new Any([a, b, c])));
                    Assert.Equal(Holds(new Not(new All([a, b]))), Holds(new Any([new Not(a), new Not(b)])));
                    Assert.Equal(Holds(new All([a, new All([b, c])])), Holds(new All([a, b, c])));

                    static bool Holds(Rule rule) => RuleEvaluator.Holds(rule, RuleTests.Facts, Now);
                }
            );

    private static Gen<Rule> AnyRule(int depth)
    {
        var leaf = Gen.OneOfConst(
            Rule("{'field': 'tier', 'op': 'equal', 'value': 'gold'}"),
            Rule("{'field': 'visits', 'op': 'less', 'value': 5}"),
            Rule("{'field': 'gone', 'op': 'notEqual', 'value': 'x'}"),
            Rule("{'content': 'order.id', 'op': 'exists'}"),
            Rule("{'scenario': {'number': 3, 'is': 'failed'}}"),
            Rule("{'field': 'born', 'op': 'anniversaryToday'}")
        );
        if (depth == 0)
            return leaf;
        var inner = AnyRule(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Array[0, 3].Select(Rule (r) => new All(r)),
            inner.Array[0, 3].Select(Rule (r) => new Any(r)),
            inner.Select(Rule (r) => new Not(r))
        );
    }
}
