using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scenarios.Engine.Runs;

/// <summary>
/// A webhook as it was rendered when its step was committed. The ledger stores it as bytes beside the run, so every
/// attempt sends the same method, URL, headers and body, whatever became of the profile and the definition.
/// </summary>
/// <param name="Method">GET, POST, PUT, PATCH or DELETE.</param>
/// <param name="Url">Absolute http(s), nothing left to render.</param>
/// <param name="Body">Sent as UTF-8; null sends none.</param>
/// <param name="TimeoutSeconds">For an attempt as a whole, 1 to 60.</param>
/// <param name="Retries">Attempts after the first, 0 to 10.</param>
/// <param name="Keep">Name of the kept answer to the JSON pointer into the response body.</param>
public sealed record WebhookRequest(
    string Method,
    string Url,
    IReadOnlyDictionary<string, string> Headers,
    string? Body,
    int TimeoutSeconds,
    int Retries,
    IReadOnlyDictionary<string, string> Keep
)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, WebhookRequestJson.Compact.WebhookRequest);

    /// <exception cref="JsonException">The bytes are not those of <see cref="ToBytes"/>.</exception>
    public static WebhookRequest FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, WebhookRequestJson.Compact.WebhookRequest)
        ?? throw new JsonException("Must be a webhook request, not null.");
}

[JsonSerializable(typeof(WebhookRequest))]
internal sealed partial class WebhookRequestJson : JsonSerializerContext
{
    /// <summary>Bodies are mostly JSON: the default encoder would write six bytes for each quotation mark in them.</summary>
    public static readonly WebhookRequestJson Compact = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );
}
