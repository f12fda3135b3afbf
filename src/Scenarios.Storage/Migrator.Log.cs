using Microsoft.Extensions.Logging;

namespace Scenarios.Storage;

public static partial class Migrator
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Migration {Migration} applied.")]
    private static partial void LogMigrated(ILogger log, string migration);

    [LoggerMessage(Level = LogLevel.Information, Message = "Migration {Migration} running, step {Step} of {Steps}.")]
    private static partial void LogStep(ILogger log, string migration, int step, int steps);

    [LoggerMessage(Level = LogLevel.Information, Message = "Waiting: another node holds the migration lock.")]
    private static partial void LogTurn(ILogger log);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Migration {Migration} waits for locks that others hold, attempt {Attempt}: {Reason}"
    )]
    private static partial void LogWaiting(ILogger log, string migration, int attempt, string reason);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Schema version {Newest} is newer than {Ours}, the last one this program knows: a newer node has migrated it."
    )]
    private static partial void LogNewerSchema(ILogger log, int newest, int ours);
}
