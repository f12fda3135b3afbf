using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>A run that met an exception, and failed for it.</summary>
public sealed record TurnFailure(Guid Run, string Element, Exception Reason);

/// <summary>
/// What the turns of all profiles have in common: the scenario at one gate, the instant, and what they add up to.
/// </summary>
/// <param name="newId">Ids of runs, ordered by the instant that they are asked for. A simulation gives its own.</param>
public sealed class TurnContext(
    int tenant,
    int number,
    ScenarioSnapshot scenario,
    BatchInstant at,
    Tally tally,
    Func<DateTimeOffset, Guid> newId
)
{
    public int Tenant => tenant;
    public int Number => number;
    public ScenarioSnapshot Scenario => scenario;
    public Definition? Definition => scenario.Definition;
    public BatchInstant At => at;
    public DateTimeOffset Now => at.Now;
    public Tally Tally => tally;
    public List<TurnFailure> Failures { get; } = [];

    public Guid NewId() => newId(at.Now);

    /// <summary>Runs of an ended generation are dead: nothing moves them any more.</summary>
    internal bool IsAlive(TurnRun run) => run.End is null && run.Generation >= scenario.Generation;
}
