namespace Scenarios.Engine;

/// <summary>One fault of an input. <paramref name="Path"/> is a JSON pointer into what was sent.</summary>
/// <param name="Code">Stable, camelCase; clients switch over it.</param>
/// <param name="Element">The id of the element at fault, where there is one.</param>
public sealed record Problem(
    string Path,
    string Code,
    string Message,
    string? Element = null,
    Severity Severity = Severity.Error
);

public enum Severity
{
    Error,
    Warning,
}
