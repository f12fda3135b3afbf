using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;

namespace Scenarios.Engine.Elements;

/// <summary>All that an element may look at when a run is at it.</summary>
/// <param name="Run">The run as it arrived or waits.</param>
/// <param name="Revision">The revision of <paramref name="Definition"/>.</param>
internal readonly record struct Step(Definition Definition, int Revision, RunState Run, Facts Facts, BatchInstant At)
{
    public DateTimeOffset Now => At.Now;

    /// <summary>What its templates see.</summary>
    public TemplateScope Scope() => new(Facts, Run.Id.ToString(), Run.EnteredAt, At.Now);
}
