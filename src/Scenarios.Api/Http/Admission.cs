using Scenarios.Contracts;
using Scenarios.Engine;

namespace Scenarios.Api.Http;

/// <summary>
/// How much a node takes on before it has answered what it took (O1): so many writes, and so many bytes of their
/// bodies. What comes
/// beyond that is refused at once, 503 <c>overloaded</c>, before it costs anything. So answers stay quick and memory flat,
/// however much is sent. Reads are few, and bounded by the database's own pool.
/// </summary>
public sealed class Admission
{
    /// <summary>At the 10,000 captures a second that a small machine does: answered within half a second.</summary>
    private const int MostWrites = 5_000;

    /// <summary>A body read as JSON and turned into objects takes several times its bytes.</summary>
    private static readonly long MostBytes = Math.Min(256L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16);

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private int _writes;
    private long _bytes;

    public static async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method))
        {
            await next(context);
            return;
        }
        var admission = context.RequestServices.GetRequiredService<Admission>();
        try
        {
            if (Interlocked.Increment(ref admission._writes) <= MostWrites)
                await next(context);
            else
                await ProblemAnswer.WriteAsync(
                    context,
                    RefusalCode.Overloaded.Status(),
                    RefusalCode.Overloaded.Text(),
                    "This node has more work than it can handle. Nothing happened; try again.",
                    retryAfter: TryAgain
                );
        }
        finally
        {
            Interlocked.Decrement(ref admission._writes);
        }
    }

    /// <summary>Room for so many more bytes of a body; given back by <see cref="Leave"/>.</summary>
    /// <exception cref="Refused">503 <c>overloaded</c>.</exception>
    public void Enter(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= MostBytes)
            return;
        Leave(bytes);
        throw Refused.Of(RefusalCode.Overloaded, "This node has more to read than it can hold. Nothing happened; try again.");
    }

    public void Leave(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
