using System.Buffers.Text;
using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;

namespace Scenarios.Api.Captures;

/// <summary>What became of one capture, over HTTP.</summary>
internal static class CaptureAnswer
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    /// <summary>201 with the run, 200 with the reason of a decline; everything else is refused.</summary>
    /// <param name="hasProfile">The capture brought a profile, which is merged also when it is declined.</param>
    /// <exception cref="Refused">404, 422, 500 or 503.</exception>
    public static ValueTask WriteAsync(HttpContext context, int number, in CaptureOutcome outcome, bool hasProfile)
    {
        var response = context.Response;
        switch (outcome.Result)
        {
            case CaptureResult.Accepted:
                Begin(response, StatusCodes.Status201Created, outcome.Replayed);
                response.Headers.Location = string.Create(
                    null,
                    stackalloc char[80],
                    $"/api/v1/scenarios/{number}/runs/{outcome.RunId}"
                );
                return AcceptedAsync(response, outcome.RunId, context.RequestAborted);
            case CaptureResult.Declined:
                Begin(response, StatusCodes.Status200OK, outcome.Replayed);
                return DeclinedAsync(context, outcome.Reason!, hasProfile);
            case CaptureResult.KeyReused:
                throw Idempotency.Reused();
            case CaptureResult.Overloaded or CaptureResult.Failed:
                var (status, code, detail) = RefusalOf(outcome);
                throw new Refused(status, code, detail)
                {
                    RetryAfter = status == StatusCodes.Status503ServiceUnavailable ? TryAgain : null,
                };
            default:
                throw new InvalidOperationException($"{outcome.Result} is not an outcome of a capture.");
        }
    }

    /// <summary>Why a capture has no answer of its slice.</summary>
    public static (int Status, string Code, string Detail) RefusalOf(in CaptureOutcome outcome) =>
        RefusalOf(
            outcome.Result == CaptureResult.KeyReused ? RefusalCode.IdempotencyKeyReused
            : outcome.Result == CaptureResult.Overloaded ? RefusalCode.Overloaded
            // A failure that only a newer node knows by name is one all the same.
            : RefusalCodes.Parse(outcome.Reason) ?? RefusalCode.Internal
        );

    private static (int Status, string Code, string Detail) RefusalOf(RefusalCode code) =>
        code switch
        {
            RefusalCode.IdempotencyKeyReused => Told(code, "This key was used for another request."),
            RefusalCode.Overloaded => Told(code, "The cluster cannot keep up right now. Nothing happened; try again."),
            RefusalCode.UnknownOutcome => Told(
                code,
                "The capture may or may not have happened. With an Idempotency-Key a repeat is safe."
            ),
            RefusalCode.Unavailable => Told(code, "The cluster did not answer in time; try again under the same key."),
            // What is unknown and what belongs to somebody else answer the same.
            RefusalCode.ScenarioNotFound => (code.Status(), Refused.NotFound().Code, Refused.NotFound().Message),
            RefusalCode.Damaged => Told(code, Failures.DamagedDetail),
            RefusalCode.Unstorable => Told(code, "The database cannot store what this capture carries."),
            // None of a capture's.
            RefusalCode.ScenarioActive
            or RefusalCode.StaleRevision
            or RefusalCode.DatabaseNotFound
            or RefusalCode.DefinitionTooLarge
            or RefusalCode.InvalidDefinition
            or RefusalCode.PartitionsFixed
            or RefusalCode.HasRuns
            or RefusalCode.QuotaExceeded
            or RefusalCode.TooManyTasks
            or RefusalCode.UnknownValue
            or RefusalCode.RunNotFound
            or RefusalCode.RunEnded
            or RefusalCode.MovedOn
            or RefusalCode.NotWaiting
            or RefusalCode.Inactive
            or RefusalCode.UnknownOutput
            or RefusalCode.UnknownElement
            or RefusalCode.Internal => Told(RefusalCode.Internal, Failures.InternalDetail),
        };

    private static (int Status, string Code, string Detail) Told(RefusalCode code, string detail) =>
        (code.Status(), code.Text(), detail);

    private static void Begin(HttpResponse response, int status, bool replayed)
    {
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        if (replayed)
            response.Headers[Idempotency.ReplayedHeader] = "true";
    }

    /// <summary>The answer that nearly every capture gets, written without detours.</summary>
    private static async ValueTask AcceptedAsync(HttpResponse response, Guid run, CancellationToken cancellationToken)
    {
        response.ContentLength = AcceptedLength;
        WriteAccepted(response.BodyWriter.GetSpan(AcceptedLength), run);
        response.BodyWriter.Advance(AcceptedLength);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    private static ReadOnlySpan<byte> AcceptedHead => "{\"accepted\":true,\"runId\":\""u8;
    private static ReadOnlySpan<byte> AcceptedTail => "\"}"u8;
    private static int AcceptedLength => AcceptedHead.Length + 36 + AcceptedTail.Length;

    private static void WriteAccepted(Span<byte> to, Guid run)
    {
        AcceptedHead.CopyTo(to);
        Utf8Formatter.TryFormat(run, to[AcceptedHead.Length..], out var written);
        AcceptedTail.CopyTo(to[(AcceptedHead.Length + written)..]);
    }

    private static async ValueTask DeclinedAsync(HttpContext context, string reason, bool hasProfile)
    {
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            json.WriteStartObject();
            WriteDeclined(json, reason, hasProfile);
            json.WriteEndObject();
        }
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    public static void WriteDeclined(Utf8JsonWriter json, string reason, bool hasProfile)
    {
        json.WriteBoolean("accepted", false);
        json.WriteString("reason", reason);
        if (hasProfile)
            json.WriteBoolean("profileApplied", true);
    }
}
