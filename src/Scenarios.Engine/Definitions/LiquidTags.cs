using System.Text.RegularExpressions;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// Where there is Liquid in a text that was found to parse: in <c>{{ }}</c>, in <c>{% %}</c>, or as Altcraft's
/// <c>{apicontent.name}</c>.
/// </summary>
internal static partial class LiquidTags
{
    public static bool Stand(string text) => Tag().IsMatch(text);

    /// <summary>The text with an x for each tag.</summary>
    public static string Without(string text) => Tag().Replace(text, "x");

    [GeneratedRegex(@"\{\{.*?\}\}|\{%.*?%\}|\{apicontent\.[^{}]*\}", RegexOptions.Singleline)]
    private static partial Regex Tag();
}
