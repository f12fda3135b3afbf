using Microsoft.AspNetCore.Http.Timeouts;
using Scenarios.Api.Altcraft;
using Scenarios.Engine;

namespace Scenarios.Api.Http;

/// <summary>
/// How long a request may take (API4). What it waits for has limits of its own, which are shorter and say more; these are behind
/// them. A read that is over its limit has done nothing; a write may have, and says so. Streams and imports have none:
/// they end with their caller, or when nothing of them arrives.
/// </summary>
public sealed record RequestLimits
{
    internal const string ReadPolicy = "read",
        SlowPolicy = "slow",
        WritePolicy = "write",
        BatchPolicy = "batch",
        LongPolicy = "long";

    /// <summary>Reads by key; a statement of theirs has ten seconds.</summary>
    public TimeSpan Read { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Lists and numbers; a statement of theirs has a minute.</summary>
    public TimeSpan Slow { get; init; } = TimeSpan.FromSeconds(65);

    /// <summary>Its body's arrival included.</summary>
    public TimeSpan Write { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Batch { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>A recount from all rows, a database that goes with millions of profiles.</summary>
    public TimeSpan Long { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>
    /// For whom a token is, where a scenario is, what a tenant may send, whether a key is known: whoever cannot learn
    /// it within this has no database.
    /// </summary>
    public TimeSpan LookUp { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For a slice to settle a capture, over the death of its silo too.</summary>
    public TimeSpan Capture { get; init; } = TimeSpan.FromSeconds(9);

    internal static void Add(IServiceCollection services) =>
        services
            .AddRequestTimeouts()
            .AddOptions<RequestTimeoutOptions>()
            .Configure<RequestLimits>(
                (timeouts, limits) =>
                {
                    foreach (
                        var (policy, limit) in new[]
                        {
                            (ReadPolicy, limits.Read),
                            (SlowPolicy, limits.Slow),
                            (WritePolicy, limits.Write),
                            (BatchPolicy, limits.Batch),
                            (LongPolicy, limits.Long),
                        }
                    )
                        timeouts.AddPolicy(
                            policy,
                            new RequestTimeoutPolicy
                            {
                                Timeout = limit,
                                TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
                                WriteTimeoutResponse = AnswerAsync,
                            }
                        );
                }
            );

    /// <summary>Each endpoint has a limit, by its method where it names none.</summary>
    internal static void GiveEach(IEndpointConventionBuilder endpoints) =>
        endpoints.Finally(endpoint =>
        {
            if (endpoint.Metadata.Any(m => m is RequestTimeoutAttribute or DisableRequestTimeoutAttribute))
                return;
            var isRead = endpoint.Metadata.OfType<IHttpMethodMetadata>().All(m => m.HttpMethods.All(Idempotency.IsRead));
            endpoint.Metadata.Add(new RequestTimeoutAttribute(isRead ? ReadPolicy : WritePolicy));
        });

    /// <summary>The request is over its limit, and its token cancelled for that.</summary>
    internal static bool IsOver(HttpContext context) =>
        context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested == true;

    /// <summary>What a write's endpoint did may have been carried out, once it has been reached.</summary>
    internal static Task BeginAsync(HttpContext context, RequestDelegate next)
    {
        if (
            context.GetEndpoint()?.Metadata.GetMetadata<NeededRole>() is not null
            && !Idempotency.IsRead(context.Request.Method)
        )
            context.Features.Set(new Begun());
        return next(context);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var isUnknown = context.Features.Get<Begun>() is not null;
        var detail = isUnknown
            ? "The request took too long and may or may not have been carried out. Look, or repeat it under its Idempotency-Key."
            : "The service cannot do this right now; try again.";
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (AltcraftCall.Is(context))
            await AltcraftCall.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, detail);
        else
            await ProblemAnswer.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                (isUnknown ? RefusalCode.UnknownOutcome : RefusalCode.Unavailable).Text(),
                detail,
                retryAfter: TimeSpan.FromSeconds(1)
            );
    }

    private sealed record Begun;
}

internal static class RequestLimit
{
    /// <summary>Lists and numbers, which have connections of their own.</summary>
    public static TBuilder IsSlow<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequestTimeoutAttribute(RequestLimits.SlowPolicy));

    public static TBuilder TakesMany<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequestTimeoutAttribute(RequestLimits.BatchPolicy));

    public static TBuilder TakesLong<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequestTimeoutAttribute(RequestLimits.LongPolicy));

    /// <summary>A stream, in one direction or the other.</summary>
    public static TBuilder HasNoLimit<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new DisableRequestTimeoutAttribute());
}
