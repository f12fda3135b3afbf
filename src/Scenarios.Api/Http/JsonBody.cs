using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Scenarios.Engine;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Http;

/// <summary>
/// A request's body: UTF-8 JSON, uncompressed, within its limits, past <see cref="JsonGate"/>. Its memory is pooled and lives
/// until the response is complete; texts taken from it are copies.
/// </summary>
public sealed class JsonBody : IDisposable
{
    public const int MaxBytes = 10 << 20;
    public const int DefaultDepth = 16;

    /// <summary>Beyond this a body is not deep but hostile: 400 instead of 422.</summary>
    private const int HostileDepth = 64;

    private readonly JsonDocument _document;

    private JsonBody(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        _document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = HostileDepth });
    }

    public JsonElement Root => _document.RootElement;

    /// <summary>As they were sent.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <param name="maxDepth">Levels of objects and lists; up to 64.</param>
    /// <param name="optional">No body at all reads as <c>{}</c>.</param>
    /// <exception cref="Refused">400, 413, 415 or 422.</exception>
    public static async Task<JsonBody> ReadAsync(
        HttpContext context,
        int maxDepth = DefaultDepth,
        int maxBytes = MaxBytes,
        bool optional = false
    )
    {
        var bytes = await RawBody.ReadAsync(context, maxBytes);
        if (optional && bytes.IsEmpty)
            bytes = "{}"u8.ToArray();
        else
            CheckType(context.Request);
        if (JsonGate.Check(bytes.Span, maxDepth) is { } fault)
            throw new Refused(StatusOf(fault, bytes.Span), fault.Code, fault.Message, [fault]);
        var body = new JsonBody(bytes);
        context.Response.RegisterForDispose(body);
        return body;
    }

    /// <summary>
    /// The body as an object that is read strictly: take its members, then <see cref="JsonObjectReader.Done"/> and
    /// <see cref="Refused.If"/>.
    /// </summary>
    public JsonObjectReader Object(List<Problem> problems) => new(Root, "", problems);

    public void Dispose() => _document.Dispose();

    private static int StatusOf(Problem fault, ReadOnlySpan<byte> bytes) =>
        fault.Code switch
        {
            "unsupportedCharacter" or "outOfRange" => StatusCodes.Status422UnprocessableEntity,
            "tooDeep" when JsonGate.Check(bytes, HostileDepth)?.Code != "tooDeep" => StatusCodes.Status422UnprocessableEntity,
            _ => StatusCodes.Status400BadRequest,
        };

    private static void CheckType(HttpRequest request)
    {
        if (
            request.Headers.ContentEncoding.Count == 0
            && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (
                !type.Charset.HasValue
                || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            )
        )
            return;
        throw new Refused(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupportedMediaType",
            "The body must be application/json in UTF-8, without a Content-Encoding."
        );
    }
}
