using System.Text.Json;

namespace Scenarios.Engine.Rules;

/// <summary>The kinds of rule, so that a switch which forgets one does not compile.</summary>
public enum RuleKind
{
    All,
    Any,
    Not,
    Comparison,
    Subscription,
    Scenario,
}

/// <summary>
/// A rule over a profile, the content of a capture and kept answers (api.md, Rules). Two-valued: a missing field makes a
/// leaf false, except under the negative operators and <c>notExists</c>, <c>empty</c>.
/// </summary>
public abstract record Rule
{
    public abstract RuleKind Kind { get; }

    /// <summary>The rules directly inside a group, each with its JSON pointer below this one.</summary>
    public virtual IEnumerable<(string Path, Rule Rule)> Inner => [];

    /// <summary>The scenarios whose history this rule asks for.</summary>
    public virtual IEnumerable<int> ScenariosAsked => Inner.SelectMany(r => r.Rule.ScenariosAsked);
}

public sealed record All(IReadOnlyList<Rule> Rules) : Rule
{
    /// <summary>Holds for every profile; as the rules of a branch it says that none were given yet.</summary>
    public static readonly All Nothing = new([]);

    public override RuleKind Kind => RuleKind.All;
    public override IEnumerable<(string Path, Rule Rule)> Inner => Rules.Select((rule, i) => ($"/all/{i}", rule));
}

public sealed record Any(IReadOnlyList<Rule> Rules) : Rule
{
    public override RuleKind Kind => RuleKind.Any;
    public override IEnumerable<(string Path, Rule Rule)> Inner => Rules.Select((rule, i) => ($"/any/{i}", rule));
}

public sealed record Not(Rule Of) : Rule
{
    public override RuleKind Kind => RuleKind.Not;
    public override IEnumerable<(string Path, Rule Rule)> Inner => [("/not", Of)];
}

/// <summary>Where a leaf finds its value.</summary>
public enum ValueSource
{
    Field,
    Content,
    Step,
}

/// <param name="Path">Field: the field's name (or id, email, phone, timeZone). Content: a dotted path. Step:
/// <c>element.name</c>.</param>
/// <param name="Value">The operand, of a kind that the operator takes (<see cref="RuleReader"/>); Undefined for
/// operators without one.</param>
public sealed record Comparison(ValueSource Source, string Path, RuleOperator Operator, JsonElement Value) : Rule
{
    public override RuleKind Kind => RuleKind.Comparison;
}

/// <summary>A subscription of the channel (to the resource, when named) has the status.</summary>
public sealed record SubscriptionRule(string Channel, string? Resource, SubscriptionStatus Status) : Rule
{
    public override RuleKind Kind => RuleKind.Subscription;
}

public enum SubscriptionStatus
{
    Subscribed,
    Unsubscribed,
    Pending,
}

/// <summary>In: a run is open. Was: a run has ended. Never: no run began. Completed, Failed: a run ended so.</summary>
public enum ScenarioHistoryKind
{
    In,
    Was,
    Never,
    Completed,
    Failed,
}

/// <summary>The profile is in, was in, never was in, completed or failed another scenario of the tenant.</summary>
public sealed record ScenarioRule(int Number, ScenarioHistoryKind Is) : Rule
{
    public override RuleKind Kind => RuleKind.Scenario;
    public override IEnumerable<int> ScenariosAsked => [Number];
}

public enum RuleOperator
{
    Equal,
    NotEqual,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Exists,
    NotExists,
    Empty,
    NotEmpty,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Before,
    After,
    Between,
    WithinNextDays,
    WithinLastDays,
    InExactlyDays,
    ExactlyDaysAgo,
    AnniversaryToday,
}
