using Scenarios.Contracts;
using Scenarios.Engine.Runs;

namespace Scenarios.Grains.Effects;

/// <summary>
/// Performs the effects of one kind, one attempt at a time. It neither remembers nor orders anything: the profile's
/// grain does both, and a commit began the attempt. Whatever the other side does is an outcome; an exception means
/// that there is none, and the attempt is made again under the same key. So is an attempt whose request cannot be
/// read: a newer node may be able to read it.
/// </summary>
internal interface IPerformer
{
    EffectKind Kind { get; }

    Task<EffectOutcome> PerformAsync(EffectOrder order, EffectPlace place, CancellationToken cancellationToken);
}

/// <summary>The profile and scenario of the effect.</summary>
internal readonly record struct EffectPlace(int Tenant, int Scenario, string Profile);
