using System.Collections.Frozen;

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

    public Definition(IReadOnlyList<Element> elements, IReadOnlyList<Link> links)
    {
        Elements = elements;
        Links = links;
        _elements = elements.ToFrozenDictionary(e => e.Id, StringComparer.Ordinal);
        _links = links.ToFrozenDictionary(l => (l.From, l.Output), l => l.To);
        ReadsProfile = elements.Any(e => e.ReadsProfile);
        ScenariosAsked = [.. elements.OfType<Condition>().SelectMany(c => c.Branches).SelectMany(b => b.Rules.ScenariosAsked).Distinct().Order()];
    }

    /// <summary>A graph of nothing: every run that stands in it stands in a deleted element.</summary>
    public static readonly Definition Empty = new([], []);

    public IReadOnlyList<Element> Elements { get; }
    public IReadOnlyList<Link> Links { get; }

    /// <summary>Some element looks at the profile, so a step needs the whole row and not only its existence.</summary>
    public bool ReadsProfile { get; }

    /// <summary>The numbers of the scenarios whose history some condition asks for.</summary>
    public IReadOnlyList<int> ScenariosAsked { get; }

    public Element? Find(string id) => _elements.GetValueOrDefault(id);

    /// <summary>Where an output leads; null when it is not linked and the run ends there.</summary>
    public string? Next(string element, string output) => _links.GetValueOrDefault((element, output));
}

public sealed record Link(string From, string Output, string To);
