using System.Collections.Concurrent;
using Scenarios.Contracts;

namespace Scenarios.Api.Http;

/// <summary>
/// What a tenant may send (account, <c>ratePerSecond</c>): one bucket for the whole cluster, in the tenant's grain, from which a
/// node takes a little ahead. A tenant without a rate is asked about again only every two seconds.
/// </summary>
internal sealed class TenantRates(IGrainFactory grains, RequestLimits limits, TimeProvider time)
{
    private const int Ahead = 1000;
    private static readonly TimeSpan UnlimitedFor = TimeSpan.FromSeconds(2),
        AheadFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, Share> _shares = new();

    private sealed class Share
    {
        public long At;
        public int Tokens;
        public bool IsUnlimited;
    }

    /// <exception cref="Refused">429 <c>rateLimited</c>: nothing was done.</exception>
    public async ValueTask TakeAsync(int tenant, int cost)
    {
        var share = _shares.GetOrAdd(tenant, _ => new Share());
        lock (share)
        {
            var age = share.At == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(share.At);
            if (share.IsUnlimited && age < UnlimitedFor)
                return;
            if (age >= AheadFor)
                share.Tokens = 0;
            if (share.Tokens >= cost)
            {
                share.Tokens -= cost;
                return;
            }
        }
        var answer = await grains.Tenant(tenant).Take(cost, Ahead).WaitAsync(limits.LookUp, time);
        lock (share)
            (share.At, share.IsUnlimited, share.Tokens) = (time.GetTimestamp(), !answer.IsLimited, share.Tokens + answer.Ahead);
        if (answer.RetryAfter is { } wait)
            throw new Refused(
                StatusCodes.Status429TooManyRequests,
                "rateLimited",
                "The tenant sends more than its account allows; nothing was done."
            )
            {
                RetryAfter = wait,
            };
    }
}

internal static class RateOfRequest
{
    /// <summary>
    /// Every request of a tenant costs one. What carries many items pays for the others when it is known how many.
    /// </summary>
    public static async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<NeededRole>() is not null)
            await context.PayAsync(1);
        await next(context);
    }

    /// <exception cref="Refused">429 <c>rateLimited</c>.</exception>
    public static ValueTask PayAsync(this HttpContext context, int cost) =>
        cost <= 0
            ? ValueTask.CompletedTask
            : context.RequestServices.GetRequiredService<TenantRates>().TakeAsync(context.Caller().Tenant, cost);
}
