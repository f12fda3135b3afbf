using Microsoft.Extensions.Logging;

namespace Scenarios.Storage;

public sealed partial class Database
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Waiting for PostgreSQL at {Where}: {Reason}")]
    private static partial void LogWaiting(ILogger log, string where, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "PostgreSQL at {Where} confirms commits before they are on disk (synchronous_commit {Commit}, "
            + "fsync {Sync}): a crash may lose what was accepted."
    )]
    private static partial void LogNotDurable(ILogger log, string where, string commit, string sync);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Data checksums are disabled in PostgreSQL at {Where}: disk corruption may go undetected. Stop "
            + "it and run pg_checksums --enable."
    )]
    private static partial void LogUnchecked(ILogger log, string where);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Role {Role} is a superuser of PostgreSQL at {Where}: an attacker who takes over this node has that "
            + "whole server. Use a role that owns nothing, and name the owner's connection in ConnectionStrings__Migrations."
    )]
    private static partial void LogSuperuser(ILogger log, string role, string where);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Connection to PostgreSQL at {Where} leaves this machine without SslMode=VerifyFull: anyone in "
            + "between can read it, change it or pose as the server."
    )]
    private static partial void LogOpenOnTheWay(ILogger log, string where);
}
