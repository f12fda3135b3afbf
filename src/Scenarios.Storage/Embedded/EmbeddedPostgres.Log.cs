using Microsoft.Extensions.Logging;

namespace Scenarios.Storage.Embedded;

public sealed partial class EmbeddedPostgres
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Creating a PostgreSQL {Major} cluster in {Cluster}.")]
    private partial void LogMaking(string cluster, int major);

    [LoggerMessage(Level = LogLevel.Information, Message = "Starting PostgreSQL in {Cluster} on port {Port} as {Account}.")]
    private partial void LogStarting(string cluster, int port, string account);

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL on port {Port} stopped.")]
    private partial void LogStopped(int port);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "PostgreSQL on port {Port} left running for the other nodes that use it."
    )]
    private partial void LogLeft(int port);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL on port {Port} did not stop: {Output}")]
    private partial void LogNotStopped(int port, string output);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL on port {Port} has stopped and could not be restarted yet.")]
    private partial void LogWatchFailed(Exception exception, int port);
}
