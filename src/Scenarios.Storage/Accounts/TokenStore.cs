using Npgsql;

namespace Scenarios.Storage.Accounts;

/// <param name="Database">Into which the token's events go, where it names one.</param>
/// <param name="IsOperator">May create tenants and see the cluster.</param>
public sealed record TokenRow(
    string Id, int Tenant, byte[] Hash, string Name, string Role, string[] Groups, string? Database, bool IsOperator,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <summary>Tokens by their ids. A revoked or expired one reads as unknown.</summary>
public sealed class TokenStore(NpgsqlDataSource database)
{
    private const string Columns = "id, tenant_id, hash, name, role, groups, database, operator, created_at, expires_at";

    /// <summary>For authentication, the one statement that learns the tenant instead of being told it.</summary>
    public async Task<TokenRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"""
            select {Columns} from token
            where id = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
            """);
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Read(reader) : null;
    }

    /// <summary>Living tokens of a tenant by id, after <paramref name="after"/>.</summary>
    public async Task<List<TokenRow>> ListAsync(int tenant, string? after, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"""
            select {Columns} from token
            where tenant_id = $1 and id > $2 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
            order by id limit $3
            """);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = after ?? "" });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<TokenRow>();
        while (await reader.ReadAsync(cancellation)) rows.Add(Read(reader));
        return rows;
    }

    /// <summary>Adds a token; answers when it was created.</summary>
    public async Task<DateTimeOffset> AddAsync(TokenRow token, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            insert into token (id, tenant_id, hash, name, role, groups, database, operator, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning created_at
            """);
        command.Parameters.Add(new() { Value = token.Id });
        command.Parameters.Add(new() { Value = token.Tenant });
        command.Parameters.Add(new() { Value = token.Hash });
        command.Parameters.Add(new() { Value = token.Name });
        command.Parameters.Add(new() { Value = token.Role });
        command.Parameters.Add(new() { Value = token.Groups });
        command.Parameters.Add(new() { Value = (object?)token.Database ?? DBNull.Value });
        command.Parameters.Add(new() { Value = token.IsOperator });
        command.Parameters.Add(new() { Value = (object?)token.ExpiresAt ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetFieldValue<DateTimeOffset>(0);
    }

    /// <summary>False when the tenant has no such living token.</summary>
    public async Task<bool> RevokeAsync(int tenant, string id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "update token set revoked_at = clock_timestamp() where tenant_id = $1 and id = $2 and revoked_at is null");
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    private static TokenRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3), reader.GetString(4),
        reader.GetFieldValue<string[]>(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetBoolean(7),
        reader.GetFieldValue<DateTimeOffset>(8), reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9));
}
