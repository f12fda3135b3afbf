using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Effects;

public sealed partial class WebhookSender
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Circuit breaker opened for {Host}: all connections busy, none answered; new attempts are deferred."
    )]
    private partial void LogOpened(string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "Circuit breaker closed for {Host}: it answers again.")]
    private partial void LogClosed(string host);
}
