using System.Globalization;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Http;

/// <summary>One name that an endpoint takes in its query.</summary>
/// <param name="Type">Of JSON schema: string, integer, boolean.</param>
public sealed record QueryName(string Name, string What, string Type = "string");

/// <summary>
/// A request's query, read strictly: names that the endpoint does not take, and names given twice, are 400 <c>invalidQuery</c>.
/// </summary>
public readonly struct Query(HttpContext context)
{
    public string? Text(string name) => context.Request.Query.TryGetValue(name, out var value) ? value[0] : null;

    public bool Flag(string name, bool otherwise = false) =>
        Text(name) switch
        {
            null => otherwise,
            "true" => true,
            "false" => false,
            _ => throw Invalid($"'{name}' must be true or false."),
        };

    public int Whole(string name, int min, int max, int otherwise)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Invalid($"'{name}' must be a whole number from {min} to {max}.");
    }

    public DateTimeOffset? Instant(string name)
    {
        if (Text(name) is not { } text)
            return null;
        return Instants.TryParse(text, out var instant)
            ? instant
            : throw Invalid($"'{name}' must be an instant like 2026-11-23T12:00:00Z, with its zone.");
    }

    public T? OneOf<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
            return null;
        return Name<T>.TryParse(text, out var value)
            ? value
            : throw Invalid($"'{name}' must be one of {string.Join(", ", Name<T>.All)}.");
    }

    public static Refused Invalid(string detail) => new(StatusCodes.Status400BadRequest, "invalidQuery", detail);
}

public static class QueryOfRequest
{
    public static Query Query(this HttpContext context) => new(context);

    /// <summary>Names what the endpoint takes in its query; without it, it takes nothing.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder endpoint, string name, string what, string type = "string")
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new QueryName(name, what, type));

    /// <summary>
    /// Refuses what an endpoint of ours has not named. Runs after authorization, so that strangers learn nothing.
    /// </summary>
    internal static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var query = context.Request.Query;
        if (
            query.Count > 0
            && context.GetEndpoint()?.Metadata is { } metadata
            && metadata.GetMetadata<NeededRole>() is not null
        )
        {
            var taken = metadata.GetOrderedMetadata<QueryName>();
            foreach (var (name, values) in query)
            {
                // Names are looked up without regard to case by the framework, so the comparison here is the strict one.
                if (!taken.Any(t => t.Name == name))
                    throw Http.Query.Invalid($"The name '{name}' is not known in this query.");
                if (values.Count != 1 && metadata.GetMetadata<RepeatableQuery>() is null)
                    throw Http.Query.Invalid($"'{name}' is given {values.Count} times in the query.");
                if (values.Any(v => v!.Contains('\0', StringComparison.Ordinal)))
                    throw Http.Query.Invalid($"'{name}' has the character NUL, which is not supported.");
            }
        }
        return next(context);
    }

    /// <summary>For the stream of several scenarios, which names one several times.</summary>
    public static TBuilder RepeatsQuery<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RepeatableQuery());

    private sealed record RepeatableQuery;
}
