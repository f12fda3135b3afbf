using Scenarios.Engine.Json;

namespace Scenarios.Engine;

/// <summary>
/// Why something was refused. On the wire, in receipts and to clients a code is its camel-case name. A node of the next version
/// may send one that is not here (<see cref="RefusalCodes.Parse"/> is null): the reader answers what can be said
/// without knowing it.
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

/// <summary>Refusal codes as text.</summary>
public static class RefusalCodes
{
    public static string Text(this RefusalCode code) => Name<RefusalCode>.Of(code);

    /// <summary>Null for what this version does not know.</summary>
    public static RefusalCode? Parse(string? text) =>
        text is not null && Name<RefusalCode>.TryParse(text, out var code) ? code : null;
}
