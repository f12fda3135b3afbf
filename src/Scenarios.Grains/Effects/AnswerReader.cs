using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Grains.Effects;

/// <summary>
/// Turns a receiver's answer into an outcome. The status alone decides between success, retry and error. The body is
/// read only when values of it are to be kept, within limits, and is untrusted data.
/// </summary>
internal sealed class AnswerReader(WebhookLimits limits, TimeProvider time)
{
    public async Task<WebhookAnswer> ReadAsync(
        HttpResponseMessage response,
        IReadOnlyDictionary<string, string> keep,
        CancellationToken cancellationToken
    )
    {
        var status = (int)response.StatusCode;
        var code = "http" + status.ToString(CultureInfo.InvariantCulture);
        return status switch
        {
            >= 200 and < 300 when keep.Count == 0 => new WebhookAnswer(
                WebhookOutcome.Success,
                status,
                code,
                null,
                WebhookAnswer.NothingKept
            ),
            >= 200 and < 300 => await KeepAsync(response, keep, status, code, cancellationToken),
            408 or 425 or 429 or >= 500 => WebhookAnswer.Again(code, status, RetryAfterOf(response)),
            _ => WebhookAnswer.Failed(code, status),
        };
    }

    private async Task<WebhookAnswer> KeepAsync(
        HttpResponseMessage response,
        IReadOnlyDictionary<string, string> keep,
        int status,
        string code,
        CancellationToken cancellationToken
    )
    {
        var notJson = new WebhookAnswer(
            WebhookOutcome.Success,
            status,
            WebhookCode.AnswerNotJson,
            null,
            WebhookAnswer.NothingKept
        );
        if (!IsJson(response.Content.Headers.ContentType?.MediaType))
            return notJson;
        if (await ReadBodyAsync(response.Content, cancellationToken) is not { } body)
            return WebhookAnswer.Failed(WebhookCode.AnswerTooLarge, status);
        if (JsonGate.Check(body.Span, limits.AnswerDepth) is not null)
            return notJson;
        return KeptOf(body, keep) is { } kept
            ? new WebhookAnswer(WebhookOutcome.Success, status, code, null, kept)
            : WebhookAnswer.Failed(WebhookCode.AnswerTooLarge, status);
    }

    /// <summary>Null when the body exceeds the limit; the connection is then dropped with the response.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > limits.AnswerBytes)
            return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var body = new ArrayBufferWriter<byte>(4096);
        while (body.WrittenCount <= limits.AnswerBytes)
        {
            var read = await stream.ReadAsync(body.GetMemory(4096), cancellationToken);
            if (read == 0)
                return body.WrittenMemory;
            body.Advance(read);
        }
        return null;
    }

    /// <summary>Null when the kept values exceed their limit: several names may keep the same large part.</summary>
    private JsonElement? KeptOf(ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, string> keep)
    {
        using var answer = JsonDocument.Parse(body);
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (var (name, pointer) in keep)
            {
                if (!JsonPointer.TryFind(answer.RootElement, pointer, out var value))
                    continue;
                writer.WritePropertyName(name);
                value.WriteTo(writer);
                if (writer.BytesCommitted + writer.BytesPending > limits.KeptBytes)
                    return null;
            }
            writer.WriteEndObject();
        }
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    /// <summary>Seconds or an HTTP date; a date in the past means no pause.</summary>
    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
            return null;
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out var values))
            return null;
        var text = values.ToString().Trim();
        TimeSpan asked;
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
            asked = text.Length > 9 ? limits.RetryAfter : TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture));
        else if (
            DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
        )
            asked = until - time.GetUtcNow();
        else
            return null;
        return asked < TimeSpan.Zero ? TimeSpan.Zero
            : asked > limits.RetryAfter ? limits.RetryAfter
            : asked;
    }

    private static bool IsJson(string? mediaType) =>
        mediaType is not null
        && (
            mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
        );
}
