using Npgsql;

namespace Scenarios.Storage;

/// <summary>
/// PostgreSQL has found that what it stored is something else now: a page whose checksum is wrong, an index that contradicts its
/// table, a deleted file. No input is at fault, trying again does not help, and what it would have read is
/// never guessed.
/// </summary>
public static class Damage
{
    public static bool Is(Exception e) =>
        e
            is PostgresException
            {
                SqlState: PostgresErrorCodes.DataCorrupted
                    or PostgresErrorCodes.IndexCorrupted
                    or PostgresErrorCodes.UndefinedFile
            };
}
