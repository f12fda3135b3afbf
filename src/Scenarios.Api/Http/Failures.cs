using Microsoft.AspNetCore.Diagnostics;
using Npgsql;
using Orleans.Runtime.Messaging;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Storage;

namespace Scenarios.Api.Http;

/// <summary>
/// The edge's only catch: turns what was thrown into problem details. Nothing of the exception but its status leaves the
/// process, unless we wrote it for the caller (<see cref="Refused"/>).
/// </summary>
internal sealed partial class Failures(ILogger<Failures> log) : IExceptionHandler
{
    public const string DamagedDetail =
        "The database is damaged where this is stored. Nothing happened; the damage has been logged and must be repaired.";

    public const string InternalDetail = "An internal error occurred; it has been logged.";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1),
        RetryMended = TimeSpan.FromMinutes(1);

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        switch (exception)
        {
            case Refused refused:
                await ProblemAnswer.WriteAsync(
                    context,
                    refused.Status,
                    refused.Code,
                    refused.Message,
                    refused.Problems,
                    refused.RetryAfter
                );
                return true;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                await ProblemAnswer.WriteAsync(
                    context,
                    StatusCodes.Status413PayloadTooLarge,
                    "tooLarge",
                    "The body is too large."
                );
                return true;
            case BadHttpRequestException bad:
                await ProblemAnswer.WriteAsync(context, bad.StatusCode, "invalidRequest", "The request is malformed.");
                return true;
            case OperationCanceledException or IOException when context.RequestAborted.IsCancellationRequested:
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return true;
            // Of chunks whose length cannot be read; nothing else at the edge reads a stream.
            case IOException:
                await ProblemAnswer.WriteAsync(
                    context,
                    StatusCodes.Status400BadRequest,
                    "invalidRequest",
                    "The body is malformed."
                );
                return true;
            case var unavailable when IsUnavailable(unavailable):
                Unavailable(context.Request.Path, unavailable);
                await ProblemAnswer.WriteAsync(
                    context,
                    RefusalCode.Unavailable.Status(),
                    RefusalCode.Unavailable.Text(),
                    "The service cannot do this right now; try again.",
                    retryAfter: RetryAfter
                );
                return true;
            case var damaged when Damage.Is(damaged):
                Damaged(context.Request.Path, damaged);
                await ProblemAnswer.WriteAsync(
                    context,
                    RefusalCode.Damaged.Status(),
                    RefusalCode.Damaged.Text(),
                    DamagedDetail,
                    retryAfter: RetryMended
                );
                return true;
            default:
                Failed(context.Request.Path, exception);
                await ProblemAnswer.WriteAsync(
                    context,
                    RefusalCode.Internal.Status(),
                    RefusalCode.Internal.Text(),
                    InternalDetail
                );
                return true;
        }
    }

    /// <summary>The cluster or the database cannot be reached, or has no room: the same request may succeed later.</summary>
    internal static bool IsUnavailable(Exception exception) =>
        exception
            is SliceLostException
                or SiloUnavailableException
                or OrleansMessageRejectionException
                or ConnectionFailedException
                or TimeoutException
                or NpgsqlException { IsTransient: true }
                or PostgresException
                {
                    SqlState: PostgresErrorCodes.QueryCanceled
                        or PostgresErrorCodes.AdminShutdown
                        or PostgresErrorCodes.CrashShutdown
                        or PostgresErrorCodes.CannotConnectNow
                };
}
