using Scenarios.Engine.Json;

namespace Scenarios.Contracts;

/// <summary>
/// Why something was refused. On the wire, in receipts and to clients a code is its camel-case name. A node of the next version
/// may send one that is not here (<see cref="RefusalCodes.Parse"/> is null): the reader answers what can be said without knowing it.
/// Faults of a body have codes of their own beside these, which each reader makes, and so are text.
/// </summary>
public enum RefusalCode
{
    // Of a scenario's control plane.
    ScenarioNotFound,
    ScenarioActive,
    StaleRevision,
    DatabaseNotFound,
    DefinitionTooLarge,
    InvalidDefinition,
    PartitionsFixed,
    HasRuns,
    QuotaExceeded,
    TooManyTasks,
    UnknownValue,

    // Of a slice, about a run.
    RunNotFound,
    RunEnded,
    MovedOn,
    NotWaiting,
    Inactive,
    UnknownOutput,
    UnknownElement,

    // Of a slice, about anything that it is to commit.
    Unstorable,
    Damaged,
    Overloaded,
    IdempotencyKeyReused,

    /// <summary>It may or may not have happened.</summary>
    UnknownOutcome,

    /// <summary>It could not be done in time: to be sent again, where there is a key, under it.</summary>
    Unavailable,

    Internal,
}

/// <summary>Refusal codes as text, and as HTTP numbers.</summary>
public static class RefusalCodes
{
    public static string Text(this RefusalCode code) => Name<RefusalCode>.Of(code);

    /// <summary>Null for what this version does not know.</summary>
    public static RefusalCode? Parse(string? text) =>
        text is not null && Name<RefusalCode>.TryParse(text, out var code) ? code : null;

    /// <summary>
    /// The HTTP status of each code: the one table. It is here and not at the edge, because a <see cref="Refusal"/> carries the
    /// number: an edge of the version before reads it there, and so does this one when it does not know a newer code.
    /// </summary>
    public static int Status(this RefusalCode code) =>
        code switch
        {
            RefusalCode.QuotaExceeded => 403,
            RefusalCode.ScenarioNotFound or RefusalCode.RunNotFound => 404,
            RefusalCode.ScenarioActive
            or RefusalCode.HasRuns
            or RefusalCode.RunEnded
            or RefusalCode.MovedOn
            or RefusalCode.NotWaiting
            or RefusalCode.Inactive => 409,
            RefusalCode.StaleRevision => 412,
            RefusalCode.DefinitionTooLarge => 413,
            RefusalCode.DatabaseNotFound
            or RefusalCode.InvalidDefinition
            or RefusalCode.PartitionsFixed
            or RefusalCode.UnknownValue
            or RefusalCode.UnknownOutput
            or RefusalCode.UnknownElement
            or RefusalCode.Unstorable
            or RefusalCode.IdempotencyKeyReused => Invalid,
            RefusalCode.TooManyTasks => 429,
            RefusalCode.Internal => 500,
            RefusalCode.Damaged or RefusalCode.Overloaded or RefusalCode.UnknownOutcome or RefusalCode.Unavailable => 503,
        };

    /// <summary>Of every fault that a reader finds in a body, whatever its code.</summary>
    internal const int Invalid = 422;
}
