namespace Scenarios.Engine.Definitions;

/// <summary>How much an element may hold; the palette tells it to clients, the reader refuses what is more.</summary>
public static class ElementLimits
{
    /// <summary>Characters, of a name or a goal.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Branches of a condition.</summary>
    public const int MaxBranches = 50;

    /// <summary>Branches of a split.</summary>
    public const int MinShares = 2,
        MaxShares = 10;
}
