namespace Scenarios.Engine.Json;

/// <summary>Lists and objects put together from JSON that is known to be good, without reading it again.</summary>
public static class RawJson
{
    public const string EmptyObject = "{}",
        EmptyList = "[]";

    public static string List(IReadOnlyList<string> items) =>
        items.Count switch
        {
            0 => EmptyList,
            1 => string.Concat("[", items[0], "]"),
            _ => string.Concat("[", string.Join(',', items), "]"),
        };

    /// <summary>Two lists, or two objects, as one: what the second holds comes after what the first holds.</summary>
    public static string Joined(string first, string second) =>
        first is EmptyObject or EmptyList ? second
        : second is EmptyObject or EmptyList ? first
        : string.Concat(first.AsSpan(0, first.Length - 1), ",", second.AsSpan(1));
}
