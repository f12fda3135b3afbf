namespace Scenarios.Api.Live;

internal sealed partial class LiveFeed
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Live counts for the streams could not be read.")]
    private static partial void LookFailed(ILogger log, Exception exception);
}
