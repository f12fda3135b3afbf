using Npgsql;

namespace Scenarios.Storage.Accounts;

/// <summary>
/// The key with which all nodes of a cluster sign values that must come back unaltered (cursors). The migration
/// creates it.
/// </summary>
public sealed class SigningKey(NpgsqlDataSource dataSource)
{
    private byte[]? _key;

    public async ValueTask<byte[]> ReadAsync()
    {
        if (_key is { } known)
            return known;
        await using var command = dataSource.CreateCommand("select key from signing_key");
        return _key = (byte[])(await command.ExecuteScalarAsync())!;
    }
}
