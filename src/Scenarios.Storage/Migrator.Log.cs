using Microsoft.Extensions.Logging;

namespace Scenarios.Storage;

public static partial class Migrator
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Migrated the schema: {Migration}")]
    private static partial void LogMigrated(ILogger log, string migration);

    [LoggerMessage(Level = LogLevel.Information, Message = "The migration {Migration} waits for a table in use, attempt {Attempt}")]
    private static partial void LogWaiting(ILogger log, string migration, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "The schema is at {Newest}, newer than {Ours}, which this program knows: a newer node has been here")]
    private static partial void LogNewerSchema(ILogger log, int newest, int ours);
}
