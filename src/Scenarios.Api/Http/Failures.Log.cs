namespace Scenarios.Api.Http;

internal sealed partial class Failures
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Answered 503 to {Path}")]
    private partial void Unavailable(string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The database is damaged: answered 503 to {Path}")]
    private partial void Damaged(string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed at {Path}")]
    private partial void Failed(string path, Exception exception);
}
