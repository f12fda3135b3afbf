using Scenarios.Contracts;
using Scenarios.Engine.Runs;

namespace Scenarios.Grains.Effects;

/// <summary>
/// Performs the effects of one kind, an attempt at a time. It remembers nothing and orders nothing: the profile's grain does
/// both, and the attempt was begun by a commit. What the other side does is an outcome; an exception says that there is none,
/// and the attempt is made again under the same key. So is one whose request cannot be read: a newer node may know how.
/// </summary>
internal interface IPerformer
{
    EffectKind Kind { get; }

    Task<EffectOutcome> PerformAsync(EffectOrder order, EffectPlace place, CancellationToken cancellationToken);
}

/// <summary>Whose effect it is, and in which scenario.</summary>
internal readonly record struct EffectPlace(int Tenant, int Scenario, string Profile);
