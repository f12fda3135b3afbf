using System.Text.Json;

namespace Scenarios.Grains.Effects;

/// <summary>
/// The effect on the run's step: it leaves by <c>success</c>, is retried if attempts are left, or leaves by
/// <c>error</c>.
/// </summary>
public enum WebhookOutcome
{
    Success,
    Retry,
    Error,
}

/// <summary>The outcome of one attempt.</summary>
/// <param name="Status">The status of the HTTP answer; null when there was none.</param>
/// <param name="Code">Stable reason for the trail: <c>http</c> and the status, or one of <see cref="WebhookCode"/>.</param>
/// <param name="RetryAfter">The pause that a 429 or 503 asked for, or that a busy host needs.</param>
/// <param name="Kept">An object of the kept values that were found, empty unless the outcome is Success.</param>
public sealed record WebhookAnswer(WebhookOutcome Outcome, int? Status, string Code, TimeSpan? RetryAfter, JsonElement Kept)
{
    internal static readonly JsonElement NothingKept = JsonElement.Parse("{}");

    internal static WebhookAnswer Failed(string code, int? status = null) =>
        new(WebhookOutcome.Error, status, code, null, NothingKept);

    internal static WebhookAnswer Again(string code, int? status = null, TimeSpan? retryAfter = null) =>
        new(WebhookOutcome.Retry, status, code, retryAfter, NothingKept);
}

public static class WebhookCode
{
    /// <summary>Error, nothing was sent: see <see cref="Engine.Webhooks.WebhookUrl"/>.</summary>
    public const string InvalidUrl = "invalidUrl";

    /// <summary>
    /// Error, nothing was sent: a header has a name or value that <see cref="Engine.Webhooks.WebhookHeaders"/>
    /// refuses.
    /// </summary>
    public const string InvalidHeader = "invalidHeader";

    /// <summary>Error, nothing was sent: an address of the host lies in a denied network.</summary>
    public const string AddressNotAllowed = "addressNotAllowed";

    /// <summary>Error, nothing was sent: http to an address outside the opened networks.</summary>
    public const string PlainHttpNotAllowed = "plainHttpNotAllowed";

    /// <summary>
    /// Retry, nothing was sent: other attempts use all connections to this host. It should not count as an attempt.
    /// </summary>
    public const string HostBusy = "hostBusy";

    /// <summary>Retry: the name has no address at the moment.</summary>
    public const string HostNotFound = "hostNotFound";

    /// <summary>Retry: no connection, or not in time.</summary>
    public const string ConnectFailed = "connectFailed";

    /// <summary>Retry: the certificate is wrong, or the handshake failed.</summary>
    public const string TlsFailed = "tlsFailed";

    /// <summary>Retry: sent, and the connection ended before the answer did.</summary>
    public const string ConnectionLost = "connectionLost";

    /// <summary>Retry: the answer is not HTTP.</summary>
    public const string InvalidAnswer = "invalidAnswer";

    /// <summary>Retry: sent, and the answer was not complete in time.</summary>
    public const string Timeout = "timeout";

    /// <summary>Error: the headers, a body with values to keep, or the kept values exceed their limit.</summary>
    public const string AnswerTooLarge = "answerTooLarge";

    /// <summary>
    /// Success, but nothing could be kept: the answer is not JSON by its type, or is JSON that we do not store.
    /// </summary>
    public const string AnswerNotJson = "answerNotJson";
}
