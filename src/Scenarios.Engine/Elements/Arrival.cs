using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Elements;

/// <summary>The five things that a run can do at an element.</summary>
internal enum ArrivalKind
{
    Leave,
    Wait,
    Perform,
    Commit,
    End,
}

/// <summary>
/// What a run does at an element. One struct for all five kinds, since every step makes one; a kind uses the members that its
/// factory sets. (A switch over <see cref="Kind"/> that forgets one does not compile, which a class for each kind could
/// not give.)
/// </summary>
internal readonly record struct Arrival
{
    public ArrivalKind Kind { get; private init; }

    /// <summary>Leave, Commit: the output.</summary>
    public string Output { get; private init; }

    /// <summary>Leave, End: what the trail tells besides.</summary>
    public string? Detail { get; private init; }

    /// <summary>Wait: in the scenario's own time when <see cref="Stoppable"/>, otherwise real time.</summary>
    public DateTimeOffset Due { get; private init; }

    public bool Stoppable { get; private init; }

    /// <summary>Wait: the revision by which <see cref="Due"/> was computed.</summary>
    public int Revision { get; private init; }

    /// <summary>Perform: the kind of effect.</summary>
    public EffectKind Effect { get; private init; }

    /// <summary>Perform: the rendered request.</summary>
    public string Request { get; private init; }

    public ProfileUpdate? Update { get; private init; }

    public RunEnd? Ended { get; private init; }

    public static Arrival Leave(string output, string? detail = null) =>
        new()
        {
            Kind = ArrivalKind.Leave,
            Output = output,
            Detail = detail,
        };

    public static Arrival Wait(DateTimeOffset due, bool stoppable, int revision) =>
        new()
        {
            Kind = ArrivalKind.Wait,
            Due = due,
            Stoppable = stoppable,
            Revision = revision,
        };

    /// <summary>Asks for work outside the system; the run goes on when its outcome is settled.</summary>
    public static Arrival Perform(EffectKind effect, string request) =>
        new()
        {
            Kind = ArrivalKind.Perform,
            Effect = effect,
            Request = request,
        };

    /// <summary>
    /// Changes the profile in this commit and leaves. Where only SQL can tell what the fields will be, the run stops
    /// behind the element, and goes
    /// on with the next batch.
    /// </summary>
    public static Arrival Commit(ProfileUpdate update, string output) =>
        new()
        {
            Kind = ArrivalKind.Commit,
            Update = update,
            Output = output,
        };

    public static Arrival End(RunEnd end, string? detail = null) =>
        new()
        {
            Kind = ArrivalKind.End,
            Ended = end,
            Detail = detail,
        };
}
