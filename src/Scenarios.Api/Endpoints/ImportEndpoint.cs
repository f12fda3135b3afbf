using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Scenarios.Api.Http;
using Scenarios.Api.Import;
using Scenarios.Api.Profiles;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary><c>POST /databases/{db}/profiles:import</c>: a stream of profiles, merged in batches while it arrives.</summary>
internal static class ImportEndpoint
{
    private const long MaxBytes = 1L << 30;
    private const int MaxErrors = 100;
    private static readonly TimeSpan KeepKeyEvery = ReceiptStore.Abandoned / 3;

    /// <param name="Failed">Records with faults; the others were merged.</param>
    /// <param name="Errors">The first 100 faults.</param>
    public sealed record ImportAnswer(long Created, long Updated, long Failed, IReadOnlyList<ImportError> Errors);

    /// <param name="Line">Where the record began, from 1.</param>
    /// <param name="Path">JSON pointer into the record.</param>
    public sealed record ImportError(long Line, string Path, string Code, string Message);

    public static void MapImport(this RouteGroupBuilder api) =>
        api.MapPost("/databases/{db}/profiles:import", ImportAsync)
            .WithTags("Profiles")
            .Needs(Role.Editor)
            .KeepsKeysItself()
            .HasNoLimit()
            .Takes("triggers", "false fires nothing.", "boolean")
            .Streams("application/x-ndjson", "text/csv")
            .Produces<ImportAnswer>()
            .WithSummary("Merge many profiles from a stream of NDJSON or CSV")
            .WithDescription(
                "A bad record spoils no other. Batches of 1,000 are committed while the stream arrives: an "
                    + "import that was cut off has done what it had read, and can be sent again."
            );

    private static async Task<IResult> ImportAsync(
        HttpContext context,
        Database database,
        ReceiptStore receipts,
        TimeProvider time
    )
    {
        context.Query().Flag("triggers");
        var profiles = await context.DatabaseAsync();
        var isCsv = IsCsv(context.Request);
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBytes;
        // The body passes once, so its hash is known only at its end.
        using var hash = SHA256.Create();
        await using var source = new CryptoStream(context.Request.Body, hash, CryptoStreamMode.Read, leaveOpen: true);
        var import = new ProfileImport(database.Ledger, context.Caller().Tenant, profiles.Number, ids =>
            context
                .RequestServices.GetRequiredService<ProfileChanges>()
                .ChangedAsync(context.Caller().Tenant, profiles.Number, ids, CancellationToken.None)
        );
        var records = isCsv
            ? CsvImport.ReadAsync(source, profiles.Fields, time, context.RequestAborted)
            : NdjsonImport.ReadAsync(source, profiles.Fields, time, context.RequestAborted);

        if (Idempotency.KeyOf(context.Request) is not { } key)
        {
            var answer = await RunAsync(records, import, () => Task.CompletedTask, time, context.RequestAborted);
            await AuditAsync(context, profiles, answer);
            return Answer.Ok(answer);
        }

        var (tenant, route) = (context.Caller().Tenant, Idempotency.RouteOf(context.Request));
        switch (await Idempotency.BeginAsync(context, receipts, key, route, null))
        {
            case Receipt.Reused:
                throw Idempotency.Reused();
            case Receipt.UnderWay:
                throw Idempotency.InProgress();
            case Receipt.Done done:
                await source.CopyToAsync(Stream.Null, context.RequestAborted);
                if (!hash.Hash.AsSpan().SequenceEqual(done.Hash))
                    throw Idempotency.Reused();
                await Idempotency.ReplayAsync(context, done, done.Answer);
                return Results.Empty;
        }
        var completed = false;
        try
        {
            var answer = await RunAsync(records, import, () => receipts.KeepAsync(tenant, key), time, context.RequestAborted);
            await AuditAsync(context, profiles, answer);
            await receipts.CompleteAsync(
                tenant,
                key,
                route,
                hash.Hash!,
                200,
                JsonSerializer.Serialize(answer, Answer.Options),
                """{"Content-Type":"application/json; charset=utf-8"}"""
            );
            completed = true;
            return Answer.Ok(answer);
        }
        finally
        {
            if (!completed)
                await Idempotency.ForgetAsync(receipts, tenant, key);
        }
    }

    private static async Task<ImportAnswer> RunAsync(
        IAsyncEnumerable<ImportRecord> records,
        ProfileImport import,
        Func<Task> keepKey,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var failed = 0L;
        var errors = new List<ImportError>();
        var kept = time.GetTimestamp();
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            if (record.Edit is { } edit)
                await import.AddAsync(edit, cancellationToken);
            else
            {
                failed++;
                errors.AddRange(
                    record
                        .Problems.Take(MaxErrors - errors.Count)
                        .Select(p => new ImportError(record.Line, p.Path, p.Code, p.Message))
                );
            }
            if (time.GetElapsedTime(kept) < KeepKeyEvery)
                continue;
            await keepKey();
            kept = time.GetTimestamp();
        }
        await import.FlushAsync(cancellationToken);
        return new ImportAnswer(import.Created, import.Updated, failed, errors);
    }

    private static Task AuditAsync(HttpContext context, DatabaseRow profiles, ImportAnswer answer) =>
        context
            .RequestServices.GetRequiredService<AuditStore>()
            .WriteAsync(
                context.Audit(
                    "import",
                    $"database/{profiles.Name}",
                    $$"""{"created":{{answer.Created}},"updated":{{answer.Updated}},"failed":{{answer.Failed}}}"""
                ),
                CancellationToken.None
            );

    /// <summary>False for NDJSON.</summary>
    private static bool IsCsv(HttpRequest request)
    {
        if (
            request.Headers.ContentEncoding.Count == 0
            && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (
                !type.Charset.HasValue
                || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            if (type.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase))
                return true;
            if (type.MediaType.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase))
                return false;
        }
        throw new Refused(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupportedMediaType",
            "The body must be application/x-ndjson or text/csv, in UTF-8, without a Content-Encoding."
        );
    }
}
