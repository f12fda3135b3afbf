using Scenarios.Engine.Batches;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Runs;

namespace Scenarios.Engine.Tests.Batches;

/// <summary>A scenario, an instant, and what a slice's batch makes of its inputs.</summary>
internal sealed class BatchScene(Definition definition, ScenarioSettings? settings = null)
{
    public static readonly SliceKey Key = new(1, 12, 0);

    private readonly HashSet<(Guid Run, int Step)> _underWay = [];
    private readonly BatchLimits _limits = new(
        EffectsUnderWay: 10,
        EffectsUnwatched: TimeSpan.FromSeconds(15),
        UnreadableAgain: TimeSpan.FromMinutes(1),
        ReceiptsKept: TimeSpan.FromHours(48),
        Guid.CreateVersion7
    );

    public DateTimeOffset Now { get; set; } = Journey.Monday;

    public ScenarioSnapshot Scenario { get; set; } =
        new(
            Gate: 1,
            ScenarioStatus.Active,
            Generation: 1,
            Revision: 1,
            Database: 1,
            definition,
            settings ?? ScenarioSettings.Default,
            Stopped: TimeSpan.Zero,
            ResumedAt: null,
            ResumeRate: 1000,
            ResumeOverdue: 0,
            new DatabaseFields([new("visits", FieldType.Number)]),
            new Dictionary<int, DateTimeOffset>(),
            new Dictionary<string, string>(),
            "UTC"
        );

    public SliceView View =>
        new(Key, new Ownership(1, 1), 1, null, Watermark.Nothing, Overdue: 0, Resumed: 0, HasAdopted: true, _underWay);

    public Batch Batch(params SliceInput[] inputs) => new(inputs, 0, Scenario, _limits);

    /// <summary>Plans, reads what <paramref name="found"/> fills in, and decides.</summary>
    public Batch Decide(Batch batch, Action<SliceRead>? found = null)
    {
        var read = batch.Plan(View, Now);
        found?.Invoke(read);
        batch.Decide(Now);
        return batch;
    }

    public TurnContext Context(Tally tally) =>
        new(1, 12, Scenario, new BatchInstant(Now, TimeSpan.Zero), tally, Guid.CreateVersion7);

    public ProfileFacts Profile(string id) => ProfileOverlay.Empty(id, Now);
}

/// <summary>Remembers what it was told.</summary>
internal sealed class Told<TInput> : ICaller<TInput>
    where TInput : SliceInput
{
    public int Answers { get; private set; }
    public List<Exception> Failures { get; } = [];

    public void Answer(TInput input) => Answers++;

    public void Fail(TInput input, Exception reason) => Failures.Add(reason);
}
