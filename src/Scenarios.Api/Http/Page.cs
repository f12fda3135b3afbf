namespace Scenarios.Api.Http;

/// <summary>A page of a list as it goes out; without a next cursor it was the last.</summary>
public sealed record Listed<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>
/// Which page of a list is asked for. Lists page by key, so they are stable under change: ask storage for
/// <see cref="Limit"/> + 1 rows after the key <see cref="After"/>, and hand them to <see cref="Of"/>.
/// </summary>
/// <param name="After">The key of the last row of the former page; null for the first page.</param>
public sealed record Page(int Limit, string? After, Func<string, string> CursorOf)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 1000;

    /// <summary>Cuts the extra row off and makes the cursor from the last one that stays.</summary>
    public Listed<TOut> Of<TRow, TOut>(IReadOnlyList<TRow> rows, Func<TRow, TOut> show, Func<TRow, string> key) =>
        new([.. rows.Take(Limit).Select(show)], rows.Count > Limit ? CursorOf(key(rows[Limit - 1])) : null);
}

public static class PageOfRequest
{
    /// <summary>The endpoint lists: it takes <c>limit</c> and <c>cursor</c>.</summary>
    public static TBuilder Pages<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint
            .Takes("limit", $"Rows a page, 1 to {Page.MaxLimit}; {Page.DefaultLimit} by default.", "integer")
            .Takes("cursor", "nextCursor of the former page.");

    /// <exception cref="Refused">400 <c>invalidQuery</c>, <c>invalidCursor</c>.</exception>
    public static async Task<Page> PageAsync(this HttpContext context)
    {
        var limit = context.Query().Whole("limit", 1, Page.MaxLimit, Page.DefaultLimit);
        var cursor = await Cursor.ForAsync(context);
        return new Page(limit, context.Query().Text("cursor") is { } text ? cursor.Decode(text) : null, cursor.Encode);
    }
}
