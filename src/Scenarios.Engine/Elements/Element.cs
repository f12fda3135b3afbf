using Scenarios.Engine.Definitions;
using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Elements;

// Why this folder is the way it is.
//
// A type of element is one file: its record, how its settings are read, what may still be missing in them, the rules and fields
// they use, what a change of a profile means for runs that wait there, its entry in the palette, and what a run does
// when it arrives. The rest of
// the product asks an element, and names no type: adding one is a file here, a line in ElementType and one in ElementKind.Of,
// which does not compile without it.
//
// What a run does at an element is one of five things (Arrival). The interpreter carries them out and grows with none
// of the types.

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

    /// <summary>A trigger begins runs; no link leads into it, and no run can be moved to it.</summary>
    public virtual bool IsTrigger => false;

    /// <summary>A run can wait here, so a loop through this element does not spin.</summary>
    public virtual bool Waits => false;

    /// <summary>
    /// A step looks at the profile or at what the run carries (content, kept answers), so the batch reads both along.
    /// </summary>
    public virtual bool ReadsProfile => false;

    /// <summary>All rules that it holds, each with its JSON pointer below the settings.</summary>
    public virtual IEnumerable<(string Path, Rule Rule)> Rules => [];

    /// <summary>What changes of a profile concern runs that wait here.</summary>
    public virtual Listening Listens => Listening.Nothing;

    /// <summary>What has to be set before activation: the JSON pointer below the settings, and what to do.</summary>
    public virtual IEnumerable<(string Path, string Message)> Missing() => [];

    /// <summary>Problems that only this element can see, besides <see cref="Missing"/> and its fields.</summary>
    /// <param name="scenario">The number of its scenario, where it has one already.</param>
    public virtual IEnumerable<(string Path, string Code, string Message)> Faults(int? scenario) => [];

    /// <summary>Holds what it says of fields against the fields of the database.</summary>
    /// <param name="path">The JSON pointer of the settings.</param>
    public virtual void CheckFields(FieldUse use, string path)
    {
        foreach (var (at, rule) in Rules)
            use.Rule(rule, path + at);
    }

    /// <summary>An edit changes when runs that wait here leave.</summary>
    /// <param name="later">The element of the same id, and so of the same type, after the edit.</param>
    public virtual bool Recomputes(Element later) => false;

    /// <summary>What a run does that arrives here.</summary>
    internal abstract Arrival Arrive(in Step at);

    /// <summary>What a run does that waits here when it is due, or when the graph or the profile has changed.</summary>
    internal virtual Arrival Wake(in Step at) => Arrive(at);

    /// <summary>The output by which a run leaves whose wait was ended by an operator who named none.</summary>
    public virtual string ReleasedBy => Output.Next;
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
