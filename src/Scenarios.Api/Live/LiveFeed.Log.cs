namespace Scenarios.Api.Live;

internal sealed partial class LiveFeed
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not read live counts for the streams")]
    private static partial void LookFailed(ILogger log, Exception exception);
}
