namespace Scenarios.Engine.Elements;

/// <summary>What can happen to a profile that concerns runs which wait for something else than time.</summary>
public enum ListenerKind
{
    /// <summary>A field of the profile changes.</summary>
    Field,

    /// <summary>The profile's time zone changes.</summary>
    Zone,
}

/// <param name="Name">The field; empty for a zone.</param>
public readonly record struct Listener(ListenerKind Kind, string Name);

/// <summary>All that an element, or a definition, listens to.</summary>
public sealed record Listening(IReadOnlyList<Listener> Listeners)
{
    public static readonly Listening Nothing = new([]);

    public static Listening Of(IEnumerable<Listener> listeners)
    {
        Listener[] distinct = [.. listeners.Distinct().OrderBy(l => l.Kind).ThenBy(l => l.Name, StringComparer.Ordinal)];
        return distinct.Length == 0 ? Nothing : new Listening(distinct);
    }
}
