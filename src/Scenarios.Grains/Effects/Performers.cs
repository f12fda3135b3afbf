using System.Collections.Frozen;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Grains.Effects;

/// <summary>
/// Exactly one performer for each kind of effect. It takes part in the silo's lifecycle only to be created at start:
/// a kind without a performer then fails the start, and not a run in production.
/// </summary>
internal sealed class Performers : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly FrozenDictionary<string, IPerformer> _byKind;

    /// <exception cref="InvalidOperationException">A kind has no performer, or several.</exception>
    public Performers(IEnumerable<IPerformer> performers)
    {
        var byKind = performers.ToLookup(p => p.Kind);
        foreach (var kind in Enum.GetValues<EffectKind>())
            if (byKind[kind].Count() != 1)
                throw new InvalidOperationException(
                    $"Effects of the kind '{Name<EffectKind>.Of(kind)}' have {byKind[kind].Count()} performers, and need one."
                );
        _byKind = byKind.ToFrozenDictionary(g => Name<EffectKind>.Of(g.Key), g => g.Single(), StringComparer.Ordinal);
    }

    /// <param name="kind">The kind in the order; null when this version does not know it.</param>
    public IPerformer? Find(string kind) => _byKind.GetValueOrDefault(kind);

    public void Participate(ISiloLifecycle lifecycle) { }
}
