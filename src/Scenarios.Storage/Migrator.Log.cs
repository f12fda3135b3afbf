using Microsoft.Extensions.Logging;

namespace Scenarios.Storage;

public static partial class Migrator
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Migrated the schema: {Migration}")]
    private static partial void LogMigrated(ILogger log, string migration);

    [LoggerMessage(Level = LogLevel.Information, Message = "Migrating the schema: {Migration}, step {Step} of {Steps}")]
    private static partial void LogStep(ILogger log, string migration, int step, int steps);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Another node migrates the schema, or looks whether to: this one waits for its turn"
    )]
    private static partial void LogTurn(ILogger log);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The migration {Migration} waits for what others hold, attempt {Attempt}: {Reason}"
    )]
    private static partial void LogWaiting(ILogger log, string migration, int attempt, string reason);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The schema is at {Newest}, newer than {Ours}, which this program knows: a newer node has been here"
    )]
    private static partial void LogNewerSchema(ILogger log, int newest, int ours);
}
