using Npgsql;

namespace Scenarios.Storage;

/// <summary>
/// PostgreSQL has found damage in its stored data: a page with a wrong checksum, an index that contradicts its table,
/// a missing file. No input is at fault, retrying does not help, and the lost data is never guessed.
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
