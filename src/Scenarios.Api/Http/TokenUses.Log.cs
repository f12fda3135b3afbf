namespace Scenarios.Api.Http;

internal sealed partial class TokenUses
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Last uses of tokens could not be written; retried in a minute.")]
    private partial void LogFailed(Exception reason);
}
