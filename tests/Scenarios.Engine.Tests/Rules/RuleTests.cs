using Scenarios.Engine.Definitions;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Runs;
using static Scenarios.Engine.Tests.Definitions.Reading;

namespace Scenarios.Engine.Tests.Rules;

internal static class RuleTests
{
    /// <summary>23 November 2026, 23:30 in Berlin.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 22, 30, 0, TimeSpan.Zero);

    public static readonly Facts Facts = FactsOf(
        """
        {'tier': 'gold', 'visits': 10, 'exact': 9007199254740993, 'vip': true, 'tags': ['a', 7], 'none': [], 'blank': '', 'gone': null,
         'born': '2000-11-23', 'leap': '2000-02-29', 'soon': '2026-11-26', 'lately': '2026-11-20', 'at': '2026-11-23T22:00:00Z', 'ahead': '2026-11-23T23:15:00Z'}
        """
    );

    public static Facts FactsOf(string fields) =>
        new(
            1,
            2,
            "UTC",
            "Europe/Berlin",
            new ProfileFacts(
                "p1",
                "a@example.com",
                null,
                "Asia/Tokyo",
                Parsed(fields),
                Parsed("[{'channel': 'email', 'resource': 'news', 'address': 'a@example.com', 'status': 'subscribed'}, 7]"),
                Now,
                Now
            ),
            Parsed("{'order': {'id': 'o1', 'lines': [{'sku': 'x'}]}, 'digits': 1" + new string('0', 400) + "}"),
            Parsed("{'h1': {'tier': 'silver'}}"),
            new Dictionary<int, ScenarioHistory> { [3] = new(2, 1, 1, 0), [4] = new(1, 1, 0, 0) },
            new DatabaseFields([])
        );

    public static Rule Rule(string json)
    {
        List<Problem> problems = [];
        var rule = RuleReader.Read(Parsed(json), "", problems);
        Assert.Empty(problems);
        return rule!;
    }

    public static bool Holds(string rule) => RuleEvaluator.Holds(Rule(rule), Facts, Now);
}
