using System.Text.RegularExpressions;

namespace Scenarios.Engine.Definitions;

/// <summary>Which texts may be used as names. One rule for everything that becomes a key of a JSON object.</summary>
public static partial class Names
{
    /// <summary>The id of an element, the name of a kept answer: 1 to 64 letters, digits, <c>_</c> and <c>-</c>.</summary>
    public static bool IsId(string text) => IdPattern().IsMatch(text) && !IsObjectMember(text);

    /// <summary>A profile field: like an id, but it begins with a letter or <c>_</c>, so that Liquid can name it.</summary>
    public static bool IsField(string text) => IsId(text) && (char.IsAsciiLetter(text[0]) || text[0] == '_');

    /// <summary>An output of a condition or split, as a person names it: not empty, no control character.</summary>
    public static bool IsOutput(string text) => text.Length > 0 && !text.Any(char.IsControl) && !IsObjectMember(text);

    /// <summary>What every object of JavaScript already has: as a key these would change meaning in a browser.</summary>
    private static bool IsObjectMember(string text) => text is "__proto__" or "constructor" or "prototype";

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex IdPattern();
}
