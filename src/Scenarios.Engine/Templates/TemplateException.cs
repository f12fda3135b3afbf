namespace Scenarios.Engine.Templates;

/// <summary>A template cannot be used, or asked for more than it may.</summary>
public sealed class TemplateException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>It does not parse, or uses what is not allowed.</summary>
    public const string Invalid = "templateInvalid";

    /// <summary>It exceeded a limit of <see cref="TemplateLimits"/> while it was rendered.</summary>
    public const string Limit = "templateLimit";

    /// <summary>A filter could not do what it was asked to with these values, like dividing by zero.</summary>
    public const string Failed = "templateFailed";

    /// <summary>One of the constants above: stable, kept as the reason of a failed element.</summary>
    public string Code { get; } = code;

    internal static TemplateException Over(string what) => new(Limit, what);
}
