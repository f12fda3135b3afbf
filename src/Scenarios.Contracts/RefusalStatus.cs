using Scenarios.Engine;

namespace Scenarios.Contracts;

/// <summary>Refusal codes as HTTP numbers.</summary>
public static class RefusalStatus
{
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
