namespace Scenarios.Api.Http;

/// <summary>
/// The shape of an endpoint's body, for the reference. Bodies are read by hand and strictly, so no framework knows it.
/// </summary>
/// <param name="Type">Null for streams.</param>
public sealed record BodyShape(Type? Type, IReadOnlyList<string> ContentTypes, bool Optional);

public static class BodyOfEndpoint
{
    public static RouteHandlerBuilder Body<T>(this RouteHandlerBuilder endpoint, bool optional = false) =>
        endpoint.WithMetadata(new BodyShape(typeof(T), ["application/json"], optional));

    public static RouteHandlerBuilder Streams(this RouteHandlerBuilder endpoint, params string[] contentTypes) =>
        endpoint.WithMetadata(new BodyShape(null, contentTypes, Optional: false));
}
