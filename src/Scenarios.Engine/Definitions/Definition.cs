using System.Collections.Frozen;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// A scenario's graph, as it was read and found to have a meaning: ids are unique, links join what exists.
/// It may still be incomplete (see <see cref="Validator"/>). Immutable, so that partitions share it.
/// </summary>
public sealed class Definition
{
    /// <summary>The id of the default API trigger that every scenario has.</summary>
    public const string StartId = "start";

    private readonly FrozenDictionary<string, Element> _elements;
    private readonly FrozenDictionary<(string From, string Output), string> _links;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<KeptWait>> _kept;

    /// <param name="kept">Waits as they were for those whose exit times a save kept, by element, the earliest first.</param>
    public Definition(
        IReadOnlyList<Element> elements,
        IReadOnlyList<Link> links,
        IReadOnlyDictionary<string, IReadOnlyList<KeptWait>>? kept = null
    )
    {
        _kept = kept ?? FrozenDictionary<string, IReadOnlyList<KeptWait>>.Empty;
        Elements = elements;
        Links = links;
        _elements = elements.ToFrozenDictionary(e => e.Id, StringComparer.Ordinal);
        _links = links.ToFrozenDictionary(l => (l.From, l.Output), l => l.To);
        ReadsProfile = elements.Any(e => e.ReadsProfile) || _kept.Values.Any(waits => waits.Any(w => w.Rule.ReadsProfile));
        ScenariosAsked = [.. elements.SelectMany(e => e.Rules).SelectMany(r => r.Rule.ScenariosAsked).Distinct().Order()];
        Listens = Listening.Of(
            elements
                .Select(e => e.Listens)
                .Concat(_kept.Values.SelectMany(waits => waits.Select(w => w.Rule.Listens)))
                .SelectMany(l => l.Listeners)
        );
    }

    /// <summary>A graph without elements: to it, every run is at a deleted element.</summary>
    public static readonly Definition Empty = new([], []);

    public IReadOnlyList<Element> Elements { get; }
    public IReadOnlyList<Link> Links { get; }

    /// <summary>Some element looks at the profile or at what a run carries, so a step needs the whole rows.</summary>
    public bool ReadsProfile { get; }

    /// <summary>What can happen to a profile that concerns the runs which wait somewhere in it.</summary>
    public Listening Listens { get; }

    /// <summary>The numbers of the scenarios whose history some rule asks for.</summary>
    public IReadOnlyList<int> ScenariosAsked { get; }

    /// <summary>What a wait means for a run that was last computed by this revision.</summary>
    public WaitRule RuleOf(Wait wait, int revision) =>
        (_kept.TryGetValue(wait.Id, out var kept) ? kept.FirstOrDefault(k => k.Until > revision)?.Rule : null) ?? wait.Rule!;

    /// <summary>Elements at which an edit may concern runs: those it deleted, and waits that it set differently.</summary>
    /// <param name="otherZone">The edit also moved the scenario to another time zone, by which waits are read.</param>
    public static IEnumerable<string> Touched(Definition before, Definition after, bool otherZone) =>
        before
            .Elements.Where(e =>
                after.Find(e.Id) is not { } later || later.Type != e.Type || e.Waits && (otherZone || e.Recomputes(later))
            )
            .Select(e => e.Id);

    public Element? Find(string id) => _elements.GetValueOrDefault(id);

    /// <summary>Where an output leads; null when it is not linked and the run ends there.</summary>
    public string? Next(string element, string output) => _links.GetValueOrDefault((element, output));
}

public sealed record Link(string From, string Output, string To);
