namespace Scenarios.Api.Http;

internal sealed partial class TokenUses
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Times of use of tokens could not be written; the next minute tries again."
    )]
    private partial void LogFailed(Exception reason);
}
