using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;
using NodaTime.Extensions;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Templates;

/// <summary>
/// The filters that a template may use: those of Liquid that Fluid has, each paying for what it looks at and makes, and
/// our own where Fluid's could grow without bound, would look at the machine's clock or zones, or would let data become
/// syntax.
/// </summary>
internal static class TemplateFilters
{
    private static readonly string[] OfFluid =
    [
        "capitalize",
        "downcase",
        "upcase",
        "remove_first",
        "remove_last",
        "replace_first",
        "replace_last",
        "slice",
        "strip_newlines",
        "truncate",
        "truncatewords",
        "first",
        "last",
        "concat",
        "map",
        "reverse",
        "size",
        "sort",
        "sort_natural",
        "uniq",
        "where",
        "find",
        "find_index",
        "has",
        "reject",
        "compact",
        "default",
        "url_decode",
        "base64_encode",
        "base64_decode",
        "base64_url_safe_encode",
        "base64_url_safe_decode",
        "strip_html",
        "handle",
        "handleize",
        "md5",
        "sha1",
        "sha256",
        "hmac_sha1",
        "hmac_sha256",
        "abs",
        "at_least",
        "at_most",
        "ceil",
        "divided_by",
        "floor",
        "minus",
        "modulo",
        "plus",
        "round",
        "times",
    ];

    private delegate ValueTask<FluidValue> Filter(FluidValue input, FilterArguments arguments, Rendering rendering);

    private static readonly Dictionary<string, Filter> Own = new()
    {
        ["append"] = (input, arguments, rendering) => JoinedAsync(input, arguments.At(0), input, rendering),
        ["prepend"] = (input, arguments, rendering) => JoinedAsync(arguments.At(0), input, input, rendering),
        ["strip"] = (input, _, _) => Same(input, input.ToStringValue().Trim()),
        ["lstrip"] = (input, _, _) => Same(input, input.ToStringValue().TrimStart()),
        ["rstrip"] = (input, _, _) => Same(input, input.ToStringValue().TrimEnd()),
        ["replace"] = (input, arguments, _) =>
            ReplaceAsync(input.ToStringValue(), arguments.At(0), arguments.At(1).ToStringValue()),
        ["remove"] = (input, arguments, _) => ReplaceAsync(input.ToStringValue(), arguments.At(0), ""),
        ["split"] = SplitAsync,
        ["join"] = JoinAsync,
        ["sum"] = SumAsync,
        ["newline_to_br"] = NewLineToBrAsync,
        ["raw"] = (input, _, _) => new VerbatimValue(input.ToStringValue()),
        ["json"] = (input, _, rendering) =>
            rendering.Place == Place.Json ? new VerbatimValue(Json(input)) : new StringValue(Json(input)),
        // What the place does to every value is not done twice.
        ["escape"] = (input, _, rendering) =>
            rendering.Place == Place.Html ? Plain(input) : new StringValue(WebUtility.HtmlEncode(input.ToStringValue())),
        ["escape_once"] = (input, _, rendering) =>
            WebUtility.HtmlDecode(input.ToStringValue()) is var text && rendering.Place == Place.Html
                ? new StringValue(text)
                : new StringValue(WebUtility.HtmlEncode(text)),
        ["url_encode"] = (input, _, rendering) =>
            rendering.Place == Place.Url ? Plain(input) : new StringValue(WebUtility.UrlEncode(input.ToStringValue())),
        ["date"] = DateAsync,
        ["time_zone"] = TimeZoneAsync,
    };

    public static TemplateOptions Options { get; } = Build();

    public static bool Knows(string name) => Own.ContainsKey(name) || OfFluid.Contains(name);

    private static TemplateOptions Build()
    {
        var options = new TemplateOptions { ModelNamesComparer = StringComparer.Ordinal, StrictFilters = true };
        foreach (var name in OfFluid)
        {
            options.Filters.TryGetValue(name, out var filter);
            options.Filters.AddFilter(name, Metered(filter!));
        }
        foreach (var (name, filter) in Own)
            options.Filters.AddFilter(
                name,
                Metered((input, arguments, context) => filter(input, arguments, (Rendering)context))
            );
        return options;
    }

    private static FilterDelegate Metered(FilterDelegate filter) =>
        async (input, arguments, context) =>
        {
            var meter = ((Rendering)context).Meter;
            // The outcome of a comparison carries what was compared with it, past the meter.
            if (input is BinaryExpressionFluidValue)
                input = BooleanValue.Create(input.ToBooleanValue());
            meter.Look(input);
            foreach (var argument in arguments.Values ?? [])
                meter.Look(argument);
            var result = await filter(input, arguments, context);
            meter.Look(result);
            return result;
        };

    private static StringValue Plain(FluidValue input) => new StringValue(input.ToStringValue());

    private static FluidValue Same(FluidValue input, string text) =>
        input is VerbatimValue ? new VerbatimValue(text) : new StringValue(text);

    /// <summary>Data that is put to a captured text is encoded as it would have been in the capture.</summary>
    private static ValueTask<FluidValue> JoinedAsync(FluidValue left, FluidValue right, FluidValue input, Rendering rendering)
    {
        if (input is not VerbatimValue)
            return new StringValue(left.ToStringValue() + right.ToStringValue());
        using var writer = new StringWriter();
        rendering.Write(writer, left);
        rendering.Write(writer, right);
        return new VerbatimValue(writer.ToString());
    }

    private static ValueTask<FluidValue> ReplaceAsync(string text, FluidValue pattern, string replacement)
    {
        var sought = Pattern(pattern);
        if (sought.Length == 0)
            return new StringValue(text);
        var found = text.AsSpan().Count(sought);
        if (text.Length + (long)found * (replacement.Length - sought.Length) > TemplateLimits.ValueCharacters)
            throw TemplateException.Over($"A replacement produces more than {TemplateLimits.ValueCharacters} characters.");
        return new StringValue(text.Replace(sought, replacement, StringComparison.Ordinal));
    }

    private static ValueTask<FluidValue> SplitAsync(FluidValue input, FilterArguments arguments, Rendering rendering)
    {
        var (text, separator) = (input.ToStringValue(), Pattern(arguments.At(0)));
        if ((separator.Length == 0 ? text.Length : text.AsSpan().Count(separator)) > TemplateLimits.ListItems)
            throw TemplateException.Over($"A string is split into more than {TemplateLimits.ListItems} items.");
        return separator.Length == 0
            ? new ArrayValue([.. text.Select(c => new StringValue(c.ToString()))])
            : new ArrayValue([
                .. text.Split(separator, StringSplitOptions.RemoveEmptyEntries).Select(part => new StringValue(part)),
            ]);
    }

    private static ValueTask<FluidValue> JoinAsync(FluidValue input, FilterArguments arguments, Rendering rendering)
    {
        if (input is not ArrayValue { Values: var items })
            return input;
        var separator = arguments.At(0).IsNil() ? " " : arguments.At(0).ToStringValue();
        if ((long)separator.Length * items.Count > TemplateLimits.ValueCharacters)
            throw TemplateException.Over($"Joining a list produces more than {TemplateLimits.ValueCharacters} characters.");
        return new StringValue(string.Join(separator, items.Select(item => item.ToStringValue())));
    }

    private static ValueTask<FluidValue> SumAsync(FluidValue input, FilterArguments arguments, Rendering rendering)
    {
        if (input is not ArrayValue { Values: var items })
            return NumberValue.Create(input.ToNumberValue());
        var member = arguments.At(0);
        return NumberValue.Create(
            items.Sum(item =>
                member.IsNil() ? item.ToNumberValue()
                : item is MembersValue members ? members.Member(member.ToStringValue()).ToNumberValue()
                : 0
            )
        );
    }

    private static ValueTask<FluidValue> NewLineToBrAsync(FluidValue input, FilterArguments arguments, Rendering rendering)
    {
        var lines = input.ToStringValue().ReplaceLineEndings("\n").Split('\n');
        return rendering.Place == Place.Html && input is not VerbatimValue
            ? new VerbatimValue(string.Join("<br />", lines.Select(line => Place.Html.Encode(line))))
            : Same(input, string.Join("<br />", lines));
    }

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private static string Json(FluidValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
            JsonValues.Write(writer, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Fluid pads a directive to any width that is written in it: <c>%900000000d</c>.</summary>
    private static ValueTask<FluidValue> DateAsync(FluidValue input, FilterArguments arguments, Rendering rendering)
    {
        var format = arguments.At(0).ToStringValue();
        var digits = 0;
        foreach (var c in format)
        {
            digits = char.IsAsciiDigit(c) ? digits + 1 : 0;
            if (digits > 4 || format.Length > 256)
                throw TemplateException.Over("The format of a date may have at most 256 characters and pad to at most 9999.");
        }
        return Fluid.Filters.MiscFilters.Date(input, arguments, rendering);
    }

    /// <summary>An instant in an IANA zone; an unknown zone leaves it as it is.</summary>
    private static ValueTask<FluidValue> TimeZoneAsync(FluidValue input, FilterArguments arguments, Rendering rendering)
    {
        if (!input.TryGetDateTimeInput(rendering, out var value))
            return NilValue.Instance;
        return Zones.Find(arguments.At(0).ToStringValue()) is { } zone
            ? new DateTimeValue(value.ToInstant().InZone(zone).ToDateTimeOffset())
            : new DateTimeValue(value);
    }

    private static string Pattern(FluidValue pattern)
    {
        var text = pattern.ToStringValue();
        return text.Length <= TemplateLimits.PatternCharacters
            ? text
            : throw TemplateException.Over(
                $"The template searches for a string of more than {TemplateLimits.PatternCharacters} characters."
            );
    }
}
