namespace Scenarios.Engine.Elements;

/// <summary>
/// How much an element may hold. The palette tells clients, the readers refuse more. Lengths are in characters.
/// </summary>
public static class ElementLimits
{
    /// <summary>Of an element's id, which <see cref="Definitions.Names.IsId"/> holds to as well.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Of a name or a goal.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Of the name of an output.</summary>
    public const int MaxOutputLength = 64;

    /// <summary>Branches of a condition.</summary>
    public const int MaxBranches = 50;

    /// <summary>Branches of a split.</summary>
    public const int MinShares = 2,
        MaxShares = 10;

    /// <summary>Of a webhook: headers, kept answers, attempts after the first.</summary>
    public const int MaxHeaders = 50,
        MaxKept = 20,
        MaxRetries = 10;

    /// <summary>Of a webhook, in seconds.</summary>
    public const int MaxTimeoutSeconds = 60;

    /// <summary>Of a webhook's method, its body, and a JSON pointer into its answer.</summary>
    public const int MaxMethodLength = 10,
        MaxBodyLength = 64 * 1024,
        MaxPointerLength = 500;

    /// <summary>Changes of one <c>updateProfile</c>.</summary>
    public const int MaxOperations = 100;
}
