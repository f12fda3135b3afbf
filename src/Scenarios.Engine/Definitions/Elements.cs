using System.Text.Json;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>The types of element, by the names of <c>elements.md</c> in camel case.</summary>
public enum ElementType
{
    ApiCall,
    Wait,
    Condition,
    Split,
    Goto,
    End,
    Webhook,
    UpdateProfile,
}

/// <summary>
/// A node of the graph. Its id never changes and never returns to another element. A null setting was not given yet: it may
/// be saved so, but not activated (<see cref="Validator"/>), therefore a run never meets it.
/// </summary>
public abstract record Element(string Id, string Name)
{
    public abstract ElementType Type { get; }

    /// <summary>The outputs that a link may leave by, in the order in which the console draws them.</summary>
    public abstract IReadOnlyList<string> Outputs { get; }

    public virtual bool ReadsProfile => false;

    /// <summary>A trigger begins runs; no link leads into it.</summary>
    public bool IsTrigger => Type is ElementType.ApiCall;
}

/// <summary>The names of outputs.</summary>
public static class Output
{
    public const string Next = "next",
        NotComputable = "notComputable",
        Else = "else",
        Declined = "declined",
        Success = "success",
        Error = "error";
}

public sealed record ApiCall(string Id, string Name, bool Enabled) : Element(Id, Name)
{
    public override ElementType Type => ElementType.ApiCall;
    public override IReadOnlyList<string> Outputs { get; } = [Output.Next];
}

public sealed record Wait(string Id, string Name, WaitRule? Rule) : Element(Id, Name)
{
    public override ElementType Type => ElementType.Wait;
    public override IReadOnlyList<string> Outputs { get; } = [Output.Next, Output.NotComputable];
    public override bool ReadsProfile => Rule is { ReadsProfile: true };
}

public sealed record Branch(string Output, Rule Rules);

public sealed record Condition(string Id, string Name, IReadOnlyList<Branch> Branches) : Element(Id, Name)
{
    public override ElementType Type => ElementType.Condition;
    public override IReadOnlyList<string> Outputs { get; } = [.. Branches.Select(b => b.Output), Output.Else];
    public override bool ReadsProfile => true;
}

/// <param name="Percent">Of 100, at most three decimals; the percents of a split add up to 100 (33.333 three times is accepted as thirds).</param>
public sealed record Share(string Output, decimal Percent);

public sealed record Split(string Id, string Name, IReadOnlyList<Share> Branches, bool EachEntry) : Element(Id, Name)
{
    public override ElementType Type => ElementType.Split;
    public override IReadOnlyList<string> Outputs { get; } = [.. Branches.Select(b => b.Output)];
}

public sealed record Goto(string Id, string Name, int? Scenario, string? Start) : Element(Id, Name)
{
    public override ElementType Type => ElementType.Goto;
    public override IReadOnlyList<string> Outputs { get; } = [Output.Declined];
}

public sealed record End(string Id, string Name, string? Goal) : Element(Id, Name)
{
    public override ElementType Type => ElementType.End;
    public override IReadOnlyList<string> Outputs { get; } = [];
}

/// <param name="Method">GET, POST (default), PUT, PATCH or DELETE.</param>
/// <param name="Url">Absolute http(s); Liquid in path and query only.</param>
/// <param name="Body">Liquid; null sends none.</param>
/// <param name="TimeoutSeconds">1 to 60, default 10.</param>
/// <param name="Retries">0 to 10, default 3.</param>
/// <param name="Keep">Name of the kept answer to the JSON pointer into the response body.</param>
public sealed record Webhook(
    string Id,
    string Name,
    string Method,
    string? Url,
    IReadOnlyDictionary<string, string> Headers,
    string? Body,
    int TimeoutSeconds,
    int Retries,
    IReadOnlyDictionary<string, string> Keep
) : Element(Id, Name)
{
    public override ElementType Type => ElementType.Webhook;
    public override IReadOnlyList<string> Outputs { get; } = [Output.Success, Output.Error];
    public override bool ReadsProfile => true;
}

/// <summary>Changes the profile in the commit of the step itself, as expressions in SQL.</summary>
/// <param name="Operations">In order: sets, adds, removes, increments; a text value is a Liquid template, rendered when the step runs.</param>
public sealed record UpdateProfile(string Id, string Name, IReadOnlyList<FieldOperation> Operations, JsonElement? Subscriptions)
    : Element(Id, Name)
{
    public override ElementType Type => ElementType.UpdateProfile;
    public override IReadOnlyList<string> Outputs { get; } = [Output.Next, Output.Error];
    public override bool ReadsProfile => true;
}

public enum FieldOperator
{
    Set,
    Add,
    Remove,
    Increment,
}

/// <param name="Value">Set: the field's new value, null clears. Add, Remove: a value or a list of them. Increment: a number.</param>
public sealed record FieldOperation(FieldOperator Operator, string Field, JsonElement Value);
