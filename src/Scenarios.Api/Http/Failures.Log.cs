namespace Scenarios.Api.Http;

internal sealed partial class Failures
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Request to {Path} answered 503: cluster or database unavailable.")]
    private partial void Unavailable(string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Request to {Path} answered 503: database damaged.")]
    private partial void Damaged(string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request to {Path} failed.")]
    private partial void Failed(string path, Exception exception);
}
