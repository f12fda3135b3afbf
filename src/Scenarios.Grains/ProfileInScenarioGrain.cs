using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;
using Scenarios.Storage.Reads;

namespace Scenarios.Grains;

/// <summary>
/// Performs the effects of one profile in one scenario, one at a time. It stores nothing: a commit of the partition
/// begins an attempt, and the outcome returns there as an input. While in memory it remembers a few outcomes: a
/// partition that changes owner may lose one in transit and asks again.
/// </summary>
internal sealed class ProfileInScenarioGrain(Performers performers, ScenarioPlaces places) : Grain, IProfileInScenarioGrain
{
    private const int OutcomesRemembered = 16;

    /// <summary>
    /// The detail and reason for an effect that arrived here although only newer nodes know its kind.
    /// </summary>
    private const string UnknownEffect = "unknownEffect";

    private readonly Dictionary<(Guid Run, int Step, int Attempt), Task<EffectOutcome>> _attempts = [];
    private readonly Queue<(Guid Run, int Step, int Attempt)> _remembered = [];
    private Task _former = Task.CompletedTask;

    private EffectPlace Place
    {
        get
        {
            var (tenant, scenario, profile) = GrainKeys.Parse(this.GetPrimaryKeyString());
            return new EffectPlace(tenant, scenario, profile);
        }
    }

    public Task<EffectOutcome> Perform(EffectOrder order)
    {
        var key = (order.RunId, order.Step, order.Attempt);
        if (_attempts.TryGetValue(key, out var joined))
            return joined;
        // In order: an effect begins when the previous one has its outcome.
        var performing = PerformAfterAsync(_former, order);
        _attempts[key] = performing;
        _former = performing;
        return RememberAsync(key, performing);
    }

    public async Task<RunOutcome> Command(RunCommand command)
    {
        var (tenant, scenario, profile) = Place;
        if (await places.FindAsync(tenant, scenario, CancellationToken.None) is not { } place)
            return RunOutcome.Refused(RefusalCode.RunNotFound);
        return await GrainFactory
            .Partition(tenant, scenario, PartitionOf.Of(profile, place.Partitions))
            .Command(command with { ProfileId = profile });
    }

    private async Task<EffectOutcome> PerformAfterAsync(Task former, EffectOrder order)
    {
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return performers.Find(order.Kind) is { } performer
            ? await performer.PerformAsync(order, Place, CancellationToken.None)
            : EffectOutcome.Leaves(Output.Error, Detail.Of("code", UnknownEffect), UnknownEffect);
    }

    /// <summary>
    /// The outcome that settled the effect is kept for repeated requests; one that is followed by another attempt is
    /// forgotten.
    /// </summary>
    private async Task<EffectOutcome> RememberAsync((Guid, int, int) key, Task<EffectOutcome> performing)
    {
        var isFinal = false;
        try
        {
            var outcome = await performing;
            isFinal = outcome.Output is not null || outcome.EndsRun;
            return outcome;
        }
        finally
        {
            if (isFinal)
                _remembered.Enqueue(key);
            else
                _attempts.Remove(key);
            if (_remembered.Count > OutcomesRemembered)
                _attempts.Remove(_remembered.Dequeue());
        }
    }
}
