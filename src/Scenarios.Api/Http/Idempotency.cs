using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// <c>Idempotency-Key</c> on every write: the same key, address and body (compared as canonical JSON) answers as before with
/// <c>Idempotency-Replayed: true</c>; another address or body is 422 <c>idempotencyKeyReused</c>; while the first is being
/// executed 409 <c>inProgress</c>. Only successes are kept: a refusal changed nothing, so the key is free again.
/// </summary>
public static class Idempotency
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";
    private const int MaxKeyLength = 255;
    private const int MaxDepth = 64;
    private static readonly TimeSpan ForgetPatience = TimeSpan.FromSeconds(1);
    private static readonly string[] KeptHeaders = ["Content-Type", "Location", "ETag"];

    /// <summary>The endpoint looks after keys itself: its ledger does (captures), or its body is a stream (import).</summary>
    public static TBuilder KeepsKeysItself<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new OwnKeys());

    /// <summary>The answer holds a secret that is shown once: it is kept sealed by the caller's own token.</summary>
    public static TBuilder AnswersSecret<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new SecretAnswer());

    /// <summary>The answer tells what a profile holds: kept under a key, it is forgotten with the profile.</summary>
    public static void AnswersWith(this HttpContext context, int database, string profile) =>
        context.Features.Set(new AnsweredProfile(database, profile));

    /// <summary>The request's key, or null.</summary>
    /// <exception cref="Refused">400 <c>invalidIdempotencyKey</c>.</exception>
    public static string? KeyOf(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
            return null;
        if (values is [{ Length: >= 1 and <= MaxKeyLength } key] && key.All(c => c is >= ' ' and <= '~'))
            return key;
        throw new Refused(
            StatusCodes.Status400BadRequest,
            "invalidIdempotencyKey",
            $"{Header} must be sent once, with 1 to {MaxKeyLength} printable ASCII characters."
        );
    }

    /// <summary>The address a key belongs to. Bodies and headers such as If-Match are not part of it.</summary>
    public static string RouteOf(HttpRequest request) => $"{request.Method} {request.Path}{request.QueryString}";

    public static Refused Reused() => Refused.Of(RefusalCode.IdempotencyKeyReused, "This key was used for another request.");

    public static Refused InProgress() =>
        new(StatusCodes.Status409Conflict, "inProgress", "The first request with this key is still being processed.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    internal static async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (
            metadata?.GetMetadata<NeededRole>() is null
            || IsRead(context.Request.Method)
            || metadata.GetMetadata<OwnKeys>() is not null
        )
            await next(context);
        else
            await OnceAsync(context, next);
    }

    /// <summary>Once for the request's key; without a key simply so.</summary>
    internal static async Task OnceAsync(HttpContext context, RequestDelegate next)
    {
        if (KeyOf(context.Request) is not { } key)
        {
            await next(context);
            return;
        }
        var metadata = context.GetEndpoint()!.Metadata;
        var receipts = context.RequestServices.GetRequiredService<ReceiptStore>();
        var (tenant, route, hash) = (
            context.Caller().Tenant,
            RouteOf(context.Request),
            HashOf(await RawBody.ReadAsync(context, JsonBody.MaxBytes))
        );
        var seal = metadata.GetMetadata<SecretAnswer>() is null ? null : AnswerSeal.For(context, key);
        switch (await BeginAsync(context, receipts, key, route, hash))
        {
            case Receipt.Reused:
                throw Reused();
            case Receipt.UnderWay:
                throw InProgress();
            case Receipt.Done done:
                await ReplayAsync(context, done, seal is null ? done.Answer : seal.Open(done.Answer));
                return;
            default:
                await ExecuteAsync(context, next, receipts, key, route, hash, seal);
                return;
        }
    }

    internal static async Task ReplayAsync(HttpContext context, Receipt.Done done, string answer)
    {
        context.Response.StatusCode = done.Status;
        context.Response.Headers[ReplayedHeader] = "true";
        if (done.Headers is not null)
            foreach (var header in JsonDocument.Parse(done.Headers).RootElement.EnumerateObject())
                context.Response.Headers[header.Name] = header.Value.GetString();
        if (answer.Length > 0)
            await context.Response.WriteAsync(answer, context.RequestAborted);
    }

    private static async Task ExecuteAsync(
        HttpContext context,
        RequestDelegate next,
        ReceiptStore receipts,
        string key,
        string route,
        byte[] hash,
        AnswerSeal? seal
    )
    {
        var tenant = context.Caller().Tenant;
        var original = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var kept = new MemoryStream();
        var (completed, isUnknown) = (false, false);
        try
        {
            context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(kept));
            await next(context);
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            if (context.Response.StatusCode is >= 200 and < 300)
            {
                var answer = Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
                await receipts.CompleteAsync(
                    tenant,
                    key,
                    route,
                    hash,
                    context.Response.StatusCode,
                    seal is null ? answer : seal.Close(answer),
                    HeadersOf(context.Response),
                    context.Features.Get<AnsweredProfile>()
                );
                completed = true;
            }
        }
        catch (OperationCanceledException) when (RequestLimits.IsOver(context))
        {
            isUnknown = true; // a repeat waits until the key is taken for abandoned
            throw;
        }
        finally
        {
            context.Features.Set(original);
            if (!completed && !isUnknown)
                await ForgetAsync(receipts, tenant, key);
        }
        kept.Position = 0;
        await kept.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <exception cref="TimeoutException">No database: whether the key was taken will be seen.</exception>
    internal static Task<Receipt> BeginAsync(
        HttpContext context,
        ReceiptStore receipts,
        string key,
        string route,
        byte[]? hash
    ) =>
        // Left alone and not cancelled: over a silent line a statement takes as long to be cancelled as to give up.
        receipts
            .BeginAsync(context.Caller().Tenant, key, route, hash, context.RequestAborted)
            .WaitAsync(context.RequestServices.GetRequiredService<RequestLimits>().LookUp, context.RequestAborted);

    /// <summary>No caller waits for it: a key that could not be given back soon counts as abandoned.</summary>
    internal static async Task ForgetAsync(ReceiptStore receipts, int tenant, string key)
    {
        try
        {
            await receipts.ForgetAsync(tenant, key).WaitAsync(ForgetPatience);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            return;
        }
    }

    private static string HeadersOf(HttpResponse response) =>
        JsonSerializer.Serialize(
            KeptHeaders
                .Where(response.Headers.ContainsKey)
                .ToDictionary(name => name, name => response.Headers[name].ToString())
        );

    private static byte[] HashOf(ReadOnlyMemory<byte> body)
    {
        // Invalid JSON is refused by the endpoint; until then its bytes are hashed.
        var isGood = !body.IsEmpty && JsonGate.Check(body.Span, MaxDepth) is null;
        return isGood ? CanonicalJson.Hash(body.Span) : SHA256.HashData(body.Span);
    }

    internal static bool IsRead(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    internal sealed record OwnKeys;

    private sealed record SecretAnswer;
}
