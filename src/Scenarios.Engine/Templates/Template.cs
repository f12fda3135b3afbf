using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Fluid;
using Fluid.Ast;

namespace Scenarios.Engine.Templates;

/// <summary>
/// A Liquid template, as scenarios have them in URLs, bodies and values. Texts come out encoded for the place they are
/// in; a missing variable is empty. JSON: a text is escaped without quotes (write <c>"{{ profile.email }}"</c>), numbers,
/// true and false are left as they are, and a whole object or list is <c>{{ content.order | json }}</c>, without quotes. Dates
/// without a zone are UTC; <c>time_zone</c> takes an IANA name. Altcraft's <c>{apicontent.name}</c> is <c>{{ content.name }}</c>.
/// </summary>
public sealed partial class Template
{
    /// <summary>
    /// Characters of source in the cache; beyond that it starts over. Definitions come back to the same few hundred templates.
    /// </summary>
    private const int CacheCharacters = 8 * 1024 * 1024;

    private static readonly ConcurrentDictionary<string, Template> Cache = new(StringComparer.Ordinal);
    private static long _cached;

    private readonly string? _constant;
    private readonly IReadOnlyList<Statement> _statements = [];

    private Template(string source)
    {
        if (Encoding.UTF8.GetByteCount(source) > TemplateLimits.SourceBytes)
            throw new TemplateException(
                TemplateException.Invalid,
                $"A template must have at most {TemplateLimits.SourceBytes} bytes."
            );
        if (!source.Contains('{'))
            _constant = source;
        else
            _statements = TemplateGrammar.Read(
                Altcraft()
                    .Replace(source, match => "{{ content" + Segments().Replace(match.Groups[1].Value, "[\"$1\"]") + " }}")
            );
    }

    /// <summary>Null when the template can be used, else what is wrong with it, for people.</summary>
    public static string? Check(string source)
    {
        try
        {
            Parse(source);
            return null;
        }
        catch (TemplateException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="TemplateException"><see cref="TemplateException.Invalid"/>.</exception>
    public static Template Parse(string source)
    {
        if (Cache.TryGetValue(source, out var known))
            return known;
        var template = new Template(source);
        if (Interlocked.Add(ref _cached, source.Length) > CacheCharacters)
        {
            Cache.Clear();
            Interlocked.Exchange(ref _cached, source.Length);
        }
        return Cache[source] = template;
    }

    /// <exception cref="TemplateException"><see cref="TemplateException.Limit"/> or
    /// <see cref="TemplateException.Failed"/>.</exception>
    public string Render(TemplateScope scope, Place place)
    {
        if (_constant is not null)
            return _constant;
        var rendering = new Rendering(scope, place);
        using var writer = new TemplateWriter(rendering.Meter);
        try
        {
            // Nothing in a template waits, so this is complete when it returns.
            _statements.RenderStatementsAsync(writer, NullEncoder.Default, rendering).AsTask().GetAwaiter().GetResult();
            return writer.ToString();
        }
        catch (Exception e) when (e is not TemplateException)
        {
            // Filters report bad values by all kinds of exceptions, and a template must fail its own run only.
            throw new TemplateException(TemplateException.Failed, e.Message, e);
        }
    }

    // Not within braces of Liquid, where "apicontent" is a name for content.
    [GeneratedRegex(@"(?<!\{)\{apicontent((?:\.[^{}.\s""'|%\\]+)+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Altcraft();

    [GeneratedRegex(@"\.([^.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Segments();
}
