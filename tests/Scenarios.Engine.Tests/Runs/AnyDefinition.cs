using System.Text.Json;
using CsCheck;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>
/// Definitions without taste: eight elements of any type, joined anyhow, in up to three revisions of which each may lack
/// some. An id keeps its type, as a save demands.
/// </summary>
internal static class AnyDefinition
{
    public static readonly string[] Ids = ["a", "b", "c", "d", "e", "f", "g", "h"];

    private static readonly string[] Templates =
    [
        "gold",
        "3",
        "{{ profile.fields.visits }}",
        "{{ content.n }}",
        "{{ steps.a.k }}{{ steps.b.k }}",
        "{{ 1 | divided_by: 0 }}",
        "{{ 'now' | date: '%Y' }}",
        "",
    ];

    private static readonly Gen<string> Texts = Gen.OneOfConst(Templates);

    private static readonly Gen<PastPolicy> Pasts = Gen.OneOfConst(PastPolicy.Continue, PastPolicy.Exit);

    private static readonly Gen<ZoneChoice> Zones = Gen.OneOfConst(
        ZoneChoice.Scenario,
        new ZoneChoice(ZoneSource.Profile, null),
        new ZoneChoice(ZoneSource.Fixed, "Australia/Lord_Howe")
    );

    private static readonly Gen<WaitDuration> Durations = Gen.Select(
        Gen.Int[0, 2],
        Gen.Int[0, 30],
        Gen.Int[1, 59],
        (days, hours, minutes) => new WaitDuration(days, hours, minutes, 0)
    );

    private static readonly Gen<TimeOnly> Times = Gen.Int[0, 24 * 60 - 1]
        .Select(minute => TimeOnly.MinValue.AddMinutes(minute));

    private static readonly Gen<WaitRule> Waits = Gen.OneOf<WaitRule>(
        Gen.Select(Durations, Zones, Pasts, (d, zone, past) => (WaitRule)new DurationWait(d, zone, past)),
        Gen.Select(Gen.Int[-50, 200], Zones, Pasts, (hours, zone, past) =>
            (WaitRule)new UntilWait(Journey.Monday.AddHours(hours), zone, past)
        ),
        Gen.Select(
            Gen.OneOfConst("born", "expires", "tier"),
            Durations,
            Gen.Bool,
            Zones,
            Pasts,
            (field, d, before, zone, past) => (WaitRule)new FieldWait(field, d, before, null, zone, past)
        ),
        Gen.Select(Gen.Int[1, 7], Times, Times, Zones, Pasts, (day, from, to, zone, past) =>
            (WaitRule)new WindowWait([day], from, to, zone, past)
        )
    );

    private static readonly Gen<Rule> Leaves = Gen.OneOf<Rule>(
        Gen.Select(Gen.Int[0, 5], n => (Rule)Leaf(ValueSource.Field, "visits", RuleOperator.GreaterOrEqual, n)),
        Gen.Select(Gen.OneOfConst("gold", "3", ""), text => (Rule)Leaf(ValueSource.Field, "tier", RuleOperator.Equal, text)),
        Gen.Const((Rule)Leaf(ValueSource.Field, "tags", RuleOperator.Contains, "gold")),
        Gen.Const((Rule)Leaf(ValueSource.Content, "n", RuleOperator.Exists, null)),
        Gen.Select(Gen.OneOfConst(Ids), id => (Rule)Leaf(ValueSource.Step, id + ".k", RuleOperator.Equal, 1)),
        Gen.Select(Gen.Int[0, 30], days => (Rule)Leaf(ValueSource.Field, "expires", RuleOperator.WithinNextDays, days)),
        Gen.Const((Rule)new SubscriptionRule("email", null, SubscriptionStatus.Subscribed)),
        Gen.Const((Rule)new ScenarioRule(3, ScenarioHistoryKind.Never))
    );

    private static readonly Gen<Rule> Rules = Gen.Select(Leaves, Leaves, Gen.Int[0, 3], (one, other, kind) => kind switch
        {
            0 => one,
            1 => new Not(one),
            2 => new All([one, other]),
            _ => new Any([one, other]),
        });

    private static readonly Gen<FieldOperation> Operations = Gen.Select(
        Gen.Int[0, 5],
        Texts,
        Gen.Int[-3, 3],
        (kind, text, number) =>
            kind switch
            {
                0 => new FieldOperation(FieldOperator.Set, "tier", JsonSerializer.SerializeToElement(text)),
                1 => new FieldOperation(FieldOperator.Set, "visits", JsonSerializer.SerializeToElement(text)),
                2 => new FieldOperation(FieldOperator.Set, "born", JsonSerializer.SerializeToElement((string?)null)),
                3 => new FieldOperation(FieldOperator.Increment, "visits", JsonSerializer.SerializeToElement(number)),
                4 => new FieldOperation(FieldOperator.Add, "tags", JsonSerializer.SerializeToElement(new[] { text, "x" })),
                _ => new FieldOperation(FieldOperator.Remove, "tags", JsonSerializer.SerializeToElement(text)),
            }
    );

    /// <summary>Every element with its outputs linked to any other, itself too, or to nothing.</summary>
    public static readonly Gen<Definition[]> Revisions = Gen.OneOfConst(Enum.GetValues<ElementType>()[1..])
        .Array[Ids.Length]
        .SelectMany(types =>
            Gen.Select(
                Gen.Select(Of(Ids[0], types[0]), Of(Ids[1], types[1]), Of(Ids[2], types[2]), Of(Ids[3], types[3])),
                Gen.Select(Of(Ids[4], types[4]), Of(Ids[5], types[5]), Of(Ids[6], types[6]), Of(Ids[7], types[7])),
                Gen.Int[0, 65_535],
                Gen.Int[0, Ids.Length + 1].Array[32],
                (first, last, absent, targets) =>
                    Join(
                        [first.Item1, first.Item2, first.Item3, first.Item4, last.Item1, last.Item2, last.Item3, last.Item4],
                        absent,
                        targets
                    )
            ).Array[1, 3]
        );

    private static Gen<Element> Of(string id, ElementType type) =>
        type switch
        {
            ElementType.ApiCall => Gen.Const((Element)new ApiCall(id, "", true)),
            ElementType.Wait => Waits.Select(rule => (Element)new Wait(id, "", rule)),
            ElementType.Condition => Rules
                .Array[1, 3]
                .Select(rules => (Element)new Condition(id, "", [.. rules.Select((rule, i) => new Branch($"b{i}", rule))])),
            ElementType.Split => Gen.Select(Gen.Int[0, 100], Gen.Bool, (percent, each) =>
                (Element)new Split(id, "", [new Share("x", percent), new Share("y", 100 - percent)], each)
            ),
            ElementType.Goto => Gen.Const((Element)new Goto(id, "", 7, null)),
            ElementType.End => Gen.OneOfConst(null, "sale").Select(goal => (Element)new End(id, "", goal)),
            ElementType.Webhook => Gen.Select(Texts, Texts, (path, body) =>
                (Element)
                    new Webhook(
                        id,
                        "",
                        "POST",
                        "https://example.com/" + path,
                        new Dictionary<string, string> { ["X-A"] = body },
                        body,
                        10,
                        3,
                        new Dictionary<string, string>()
                    )
            ),
            ElementType.UpdateProfile => Gen.Select(Operations.Array[0, 3], Gen.Bool, (operations, subscribes) =>
                (Element)
                    new UpdateProfile(
                        id,
                        "",
                        operations,
                        subscribes ? JsonMerge.Parse("""[{"channel": "email", "status": "subscribed"}]""") : null
                    )
            ),
        };

    /// <param name="absent">An element is absent when both of its bits, in the lower and in the upper half, are set: few
    /// are.</param>
    private static Definition Join(Element[] elements, int absent, int[] targets)
    {
        Element[] present =
        [
            new ApiCall(Definition.StartId, "", true),
            .. elements.Where((_, i) => (absent & absent >> 8 & 1 << i) == 0),
        ];
        var ids = present.Skip(1).Select(e => e.Id).ToHashSet();
        var links = new List<Link>();
        var next = 0;
        foreach (var element in present)
        foreach (var output in element.Outputs)
            if (targets[next++ % targets.Length] is var target && target < Ids.Length && ids.Contains(Ids[target]))
                links.Add(new Link(element.Id, output, Ids[target]));
        return new Definition(present, links);
    }

    private static Comparison Leaf(ValueSource source, string path, RuleOperator op, object? operand) =>
        new(source, path, op, operand is null ? default : JsonSerializer.SerializeToElement(operand));
}
