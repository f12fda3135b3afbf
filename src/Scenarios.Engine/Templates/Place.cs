using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Scenarios.Engine.Templates;

/// <summary>Where the output of a template ends up, and so what would be syntax there instead of data.</summary>
public enum Place
{
    /// <summary>
    /// Plain text: subjects, SMS, header values. Nothing is encoded; who puts it into a header refuses line ends.
    /// </summary>
    Text,

    /// <summary>A JSON document: texts are escaped for the inside of a JSON string and bring no quotes of their own.</summary>
    Json,

    /// <summary>HTML, in text and in quoted attributes.</summary>
    Html,

    /// <summary>Path and query of a URL: all but letters, digits and <c>-._~</c> is percent-encoded.</summary>
    Url,
}

public static class Places
{
    private static readonly JavaScriptEncoder InJson = JavaScriptEncoder.Create(UnicodeRanges.All);
    private static readonly HtmlEncoder InHtml = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>A text as data of that place.</summary>
    public static string Encode(this Place place, string text) =>
        place switch
        {
            Place.Text => text,
            Place.Json => InJson.Encode(text),
            Place.Html => InHtml.Encode(text),
            Place.Url => Uri.EscapeDataString(text),
        };
}
