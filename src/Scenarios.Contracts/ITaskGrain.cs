using Scenarios.Engine;

namespace Scenarios.Contracts;

/// <summary>
/// Works on one task, page after page. All that it knows is in the task's row, so when its silo dies another activation goes on;
/// each page carries a key, so nothing is done twice.
/// </summary>
[Alias("task")]
public interface ITaskGrain : IGrainWithStringKey
{
    /// <summary>There is work, or its owner may be gone: take it up. Repeating it is harmless.</summary>
    [Alias("work")]
    Task Work();

    /// <summary>Ends it after the page under way; false when it was not running.</summary>
    [Alias("cancel")]
    Task<bool> Cancel(Actor actor);
}

/// <summary>One action for many runs of a scenario.</summary>
/// <param name="Element">With the others: which runs. What is null does not narrow; all null is refused.</param>
/// <param name="Until">Postpone.</param>
/// <param name="To">Move.</param>
/// <param name="Key">Idempotency key of the request: asked for twice, it is one task.</param>
[GenerateSerializer, Immutable, Alias("bulk-action")]
public sealed record BulkAction(
    [property: Id(0)] string? Element,
    [property: Id(1)] DateTimeOffset? EnteredBefore,
    [property: Id(2)] string[]? ProfileIds,
    [property: Id(3)] Guid[]? RunIds,
    [property: Id(4)] RunVerb Verb,
    [property: Id(5)] DateTimeOffset? Until,
    [property: Id(6)] string? To,
    [property: Id(7)] bool DryRun,
    [property: Id(8)] string? Key,
    [property: Id(9)] Actor Actor
);

/// <param name="TaskId">Null for a dry run.</param>
/// <param name="Touched">Dry run: those whom the action would touch.</param>
/// <param name="Skipped">Dry run: those whom it would not, by reason.</param>
[GenerateSerializer, Immutable, Alias("bulk-answer")]
public sealed record BulkAnswer(
    [property: Id(0)] Guid? TaskId,
    [property: Id(1)] long Touched,
    [property: Id(2)] Dictionary<string, long> Skipped,
    [property: Id(3)] Refusal? Refusal
);

/// <summary>A page of a bulk action, as one slice takes it: done once, whole or not at all.</summary>
/// <param name="Key">The page's own; the slice answers a repeat as before.</param>
/// <param name="Element">Runs that have left it in the meantime are skipped; null when it does not matter.</param>
[GenerateSerializer, Immutable, Alias("bulk-page")]
public sealed record BulkPage(
    [property: Id(0)] string Key,
    [property: Id(1)] Guid[] Runs,
    [property: Id(2)] RunVerb Verb,
    [property: Id(3)] string? Element,
    [property: Id(4)] DateTimeOffset? Until,
    [property: Id(5)] string? To
);

/// <param name="Skipped">How many were not touched, by <see cref="RefusalCode"/>, as text.</param>
/// <param name="Undone">
/// Why the page as a whole was not taken: <c>overloaded</c>, or <c>unstorable</c> (some run in it is; sent one by one
/// they are told apart).
/// </param>
[GenerateSerializer, Immutable, Alias("bulk-outcome")]
public sealed record BulkOutcome(
    [property: Id(0)] int Touched,
    [property: Id(1)] Dictionary<string, int> Skipped,
    [property: Id(2)] string? Undone = null
)
{
    public static BulkOutcome Not(RefusalCode undone) => new(0, [], undone.Text());

    /// <summary>None was touched, all for the same reason.</summary>
    public static BulkOutcome Skipping(int runs, RefusalCode code) => new(0, new() { [code.Text()] = runs });
}
