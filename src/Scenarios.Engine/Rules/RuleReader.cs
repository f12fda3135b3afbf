using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Rules;

/// <summary>
/// Reads rules (api.md): <c>{"all": […]}</c>, <c>{"any": […]}</c>, <c>{"not": …}</c> or a leaf. At most 200 leaves, and
/// groups 8 deep.
/// An operand of a wrong kind, a reversed <c>between</c>, an unknown member or operator is refused here; whether a
/// field exists and has a suitable type is checked by <see cref="FieldUse"/>.
/// </summary>
public static class RuleReader
{
    public const int MaxLeaves = 200,
        MaxDepth = 8,
        MaxPathLength = 200,
        MaxPathSteps = 16,
        MaxTextLength = 1000,
        MaxListLength = 1000,
        MaxDays = 36_500;

    /// <summary>The member that says of which kind a rule is.</summary>
    private enum Member
    {
        All,
        Any,
        Not,
        Field,
        Content,
        Step,
        Subscription,
        Scenario,
        Event,
        Segment,
        Message,
        Property,
    }

    /// <returns>Null when a problem was added.</returns>
    public static Rule? Read(JsonElement json, string path, List<Problem> problems, string? element = null)
    {
        var before = problems.Count;
        var leaves = 0;
        var rule = Read(new JsonObjectReader(json, path, problems, element), 0, ref leaves);
        if (leaves > MaxLeaves)
            problems.Add(new Problem(path, "tooManyRules", $"At most {MaxLeaves} rules are allowed, not {leaves}.", element));
        return problems.Count == before ? rule : null;
    }

    private static Rule? Read(JsonObjectReader reader, int depth, ref int leaves)
    {
        if (!reader.IsObject)
            return null;
        Member[] given = [.. Enum.GetValues<Member>().Where(kind => reader.Has(Name<Member>.Of(kind), out _))];
        if (given is not [var member])
        {
            reader.FaultHere("exactlyOneOf", $"Must be one of {string.Join(", ", Name<Member>.All)}.");
            return null;
        }
        var isGroup = member is Member.All or Member.Any or Member.Not;
        if (!isGroup)
            leaves++;
        else if (depth == MaxDepth)
        {
            reader.FaultHere("tooDeep", $"Groups must be nested at most {MaxDepth} deep.");
            return null;
        }
        Rule? rule = member switch
        {
            Member.All => new All(Group(reader, "all", depth, ref leaves)),
            Member.Any => new Any(Group(reader, "any", depth, ref leaves)),
            Member.Not => reader.Object("not") is { } inner && Read(inner, depth + 1, ref leaves) is { } read
                ? new Not(read)
                : null,
            Member.Field => Comparison(reader, ValueSource.Field, "field"),
            Member.Content => Comparison(reader, ValueSource.Content, "content"),
            Member.Step => Comparison(reader, ValueSource.Step, "step"),
            Member.Subscription => Subscription(reader),
            Member.Scenario => Scenario(reader),
            Member.Event or Member.Segment or Member.Message or Member.Property => NotYet(reader, member),
        };
        // Of a rule that is not supported yet, what else it says is no fault.
        if (member is not (Member.Event or Member.Segment or Member.Message or Member.Property))
            reader.Done();
        return rule;
    }

    private static Rule? NotYet(JsonObjectReader reader, Member member)
    {
        var name = Name<Member>.Of(member);
        reader.Fault(name, "notSupportedYet", $"Rules over {name} are not supported yet.");
        return null;
    }

    private static List<Rule> Group(JsonObjectReader reader, string name, int depth, ref int leaves)
    {
        var rules = new List<Rule>();
        foreach (var (value, path) in reader.Array(name, MaxLeaves))
            if (Read(reader.Child(value, path), depth + 1, ref leaves) is { } rule)
                rules.Add(rule);
        return rules;
    }

    private static Comparison? Comparison(JsonObjectReader reader, ValueSource source, string name)
    {
        var path = reader.Text(name, MaxPathLength, required: true, min: 1);
        if (path is not null && !IsPath(source, path))
            reader.Fault(
                name,
                "invalidName",
                source == ValueSource.Field ? "Not a valid name of a field." : "Must be a path like order.total."
            );
        var op = reader.OneOf<RuleOperator>("op", required: true);
        // With an operator that is not known the operand cannot be judged, but it is no unknown member either.
        reader.Names("value");
        if (path is null || op is not { } known)
            return null;
        var value = OperandReader.Read(reader, known);
        return new Comparison(source, path, known, value);
    }

    private static bool IsPath(ValueSource source, string path) =>
        source switch
        {
            ValueSource.Field => Names.IsField(path),
            ValueSource.Content => path.Split('.') is { Length: <= MaxPathSteps } steps && !steps.Contains(""),
            ValueSource.Step => path.Split('.') is { Length: >= 2 and <= MaxPathSteps } steps
                && !steps.Contains("")
                && Names.IsId(steps[0]),
        };

    private static SubscriptionRule? Subscription(JsonObjectReader reader)
    {
        if (reader.Object("subscription") is not { } leaf)
            return null;
        var channel = leaf.Text("channel", 64, required: true, min: 1);
        var resource = leaf.Text("resource", 200, min: 1);
        var status = leaf.OneOf<SubscriptionStatus>("status", required: true);
        leaf.Done();
        return channel is not null && status is { } known ? new SubscriptionRule(channel, resource, known) : null;
    }

    private static ScenarioRule? Scenario(JsonObjectReader reader)
    {
        if (reader.Object("scenario") is not { } leaf)
            return null;
        var number = leaf.Whole("number", 1, int.MaxValue, required: true);
        var kind = leaf.OneOf<ScenarioHistoryKind>("is", required: true);
        leaf.Done();
        return number is { } n && kind is { } k ? new ScenarioRule(n, k) : null;
    }
}
