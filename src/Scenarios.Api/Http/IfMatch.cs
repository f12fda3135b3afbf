using System.Globalization;

namespace Scenarios.Api.Http;

/// <summary>
/// Writes that replace what somebody saw name it: <c>If-Match</c> with one or several strong tags, each a number as our
/// <c>ETag</c>s are. Without it 428, with <c>*</c> or a weak tag 400; one that no longer fits is 412.
/// </summary>
public static class IfMatch
{
    private const int MaxTags = 20;

    /// <summary>The numbers in the tags; a tag that none of ours can be fits nothing and is left out.</summary>
    /// <exception cref="Refused">400 <c>invalidIfMatch</c>, 428 <c>preconditionRequired</c>.</exception>
    public static IReadOnlyList<long> Tags(HttpRequest request) =>
        TagsOrNull(request)
        ?? throw new Refused(
            StatusCodes.Status428PreconditionRequired,
            "preconditionRequired",
            "If-Match is required, with the ETag of the revision that you have seen."
        );

    /// <summary>Null without the header.</summary>
    public static IReadOnlyList<long>? TagsOrNull(HttpRequest request)
    {
        if (request.Headers.IfMatch is not { Count: > 0 } header)
            return null;
        var numbers = new List<long>();
        var tags = string.Join(',', header.ToArray()).Split(',', StringSplitOptions.TrimEntries);
        if (tags.Length > MaxTags)
            throw Invalid();
        foreach (var tag in tags)
        {
            if (tag is not ['"', .. var value, '"'] || value.Contains('"', StringComparison.Ordinal))
                throw Invalid();
            if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
        }
        return numbers;
    }

    /// <summary>The tag that fits the present revision.</summary>
    /// <exception cref="Refused">412 <paramref name="stale"/>.</exception>
    public static long Fitting(IReadOnlyList<long> tags, long now, string stale) =>
        tags.Contains(now) ? now : throw Stale(stale);

    public static Refused Stale(string code) =>
        new(
            StatusCodes.Status412PreconditionFailed,
            code,
            "Someone saved in between: the revision that you have seen is no longer the newest."
        );

    public static void SetTag(this HttpResponse response, long version) =>
        response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static Refused Invalid() =>
        new(StatusCodes.Status400BadRequest, "invalidIfMatch", "If-Match takes strong tags, as our ETags are: \"7\".");
}
