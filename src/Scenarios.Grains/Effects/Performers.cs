using System.Collections.Frozen;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Grains.Effects;

/// <summary>
/// The performer of each kind: exactly one. It is part of the silo's life only to be made when that begins: a kind without a
/// performer stops the start, instead of a run at night.
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

    /// <param name="kind">As the order has it; null for one that this version does not know.</param>
    public IPerformer? Find(string kind) => _byKind.GetValueOrDefault(kind);

    public void Participate(ISiloLifecycle lifecycle) { }
}
