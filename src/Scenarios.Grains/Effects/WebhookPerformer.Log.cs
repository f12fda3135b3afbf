using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Effects;

internal sealed partial class WebhookPerformer
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Webhook {Key} sent, attempt {Attempt}: {Code}.")]
    private partial void LogSent(string key, int attempt, string code);
}
