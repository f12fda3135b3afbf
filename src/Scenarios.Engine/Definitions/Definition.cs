using System.Collections.Frozen;
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
        ScenariosAsked =
        [
            .. elements
                .OfType<Condition>()
                .SelectMany(c => c.Branches)
                .SelectMany(b => b.Rules.ScenariosAsked)
                .Distinct()
                .Order(),
        ];
    }

    /// <summary>A graph of nothing: every run that stands in it stands in a deleted element.</summary>
    public static readonly Definition Empty = new([], []);

    public IReadOnlyList<Element> Elements { get; }
    public IReadOnlyList<Link> Links { get; }

    /// <summary>Some element looks at the profile, so a step needs the whole row and not only its existence.</summary>
    public bool ReadsProfile { get; }

    /// <summary>The numbers of the scenarios whose history some condition asks for.</summary>
    public IReadOnlyList<int> ScenariosAsked { get; }

    /// <summary>What a wait means for a run that was last computed by this revision.</summary>
    public WaitRule RuleOf(Wait wait, int revision) =>
        (_kept.TryGetValue(wait.Id, out var kept) ? kept.FirstOrDefault(k => k.Until > revision)?.Rule : null) ?? wait.Rule!;

    public Element? Find(string id) => _elements.GetValueOrDefault(id);

    /// <summary>Where an output leads; null when it is not linked and the run ends there.</summary>
    public string? Next(string element, string output) => _links.GetValueOrDefault((element, output));
}

public sealed record Link(string From, string Output, string To);
