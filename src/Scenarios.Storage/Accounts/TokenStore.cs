using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <param name="Database">The database that the token's events go to, if it names one.</param>
/// <param name="IsOperator">May create tenants and see the cluster.</param>
/// <param name="LastUsedAt">Accurate to about a minute; null: not used since uses are recorded.</param>
/// <param name="HashKey">The name of the key by which the hash is keyed (<see cref="TokenHashes"/>); null: it is
/// SHA-256 of the token.</param>
public sealed record TokenRow(
    string Id,
    int Tenant,
    byte[] Hash,
    string Name,
    string Role,
    string[] Groups,
    string? Database,
    bool IsOperator,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt = null,
    byte[]? HashKey = null
);

/// <summary>A use of a token, and how long ago it was.</summary>
public readonly record struct TokenUse(int Tenant, string Id, TimeSpan Ago);

/// <summary>Tokens by their ids. A revoked or expired one reads as unknown.</summary>
public sealed class TokenStore(NpgsqlDataSource dataSource)
{
    private const string Columns =
        "id, tenant_id, hash, name, role, groups, database, operator, created_at, expires_at, last_used_at, hash_key";
    internal const string IsLiving = "revoked_at is null and (expires_at is null or expires_at > clock_timestamp())";

    /// <summary>For authentication: the only statement that finds the tenant instead of being given it.</summary>
    public Task<TokenRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        dataSource.Command($"select {Columns} from token where id = $1 and {IsLiving}", id).FirstAsync(Read, cancellationToken);

    /// <summary>A tenant's valid tokens by id, after <paramref name="after"/>.</summary>
    public Task<List<TokenRow>> ListAsync(int tenant, string? after, int limit, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                $"select {Columns} from token where tenant_id = $1 and id > $2 and {IsLiving} order by id limit $3",
                tenant,
                after ?? "",
                limit
            )
            .ListAsync(Read, cancellationToken);

    /// <returns>When it was created.</returns>
    public async Task<DateTimeOffset> AddAsync(TokenRow token, Audit audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var at = await AddAsync(connection, token, cancellationToken);
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return at;
    }

    /// <summary>False when the tenant has no such valid token.</summary>
    public async Task<bool> RevokeAsync(int tenant, string id, Audit audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var revoke = connection.Command(
            $"update token set revoked_at = clock_timestamp() where tenant_id = $1 and id = $2 and {IsLiving}",
            tenant,
            id
        );
        if (await revoke.ExecuteNonQueryAsync(cancellationToken) == 0)
            return false;
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// All in one statement, by the database's clock, and never backwards: another node may have written a later use.
    /// In the order of their ids, so that nodes that write the same tokens wait for each other instead of
    /// deadlocking.
    /// </summary>
    public async Task NoteUsesAsync(IReadOnlyList<TokenUse> uses, CancellationToken cancellationToken)
    {
        await using var note = dataSource.Command(
            """
            with used as materialized (
                select t.tenant_id, t.id, clock_timestamp() - u.ago as at
                from unnest($1::int[], $2::text[], $3::interval[]) as u (tenant_id, id, ago) join token t on t.tenant_id = u.tenant_id and t.id = u.id
                order by t.id for no key update of t)
            update token t set last_used_at = greatest(t.last_used_at, used.at) from used where t.tenant_id = used.tenant_id and t.id = used.id
            """,
            uses.Select(use => use.Tenant).ToArray(),
            uses.Select(use => use.Id).ToArray(),
            uses.Select(use => use.Ago).ToArray()
        );
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    internal static async Task<DateTimeOffset> AddAsync(
        NpgsqlConnection connection,
        TokenRow token,
        CancellationToken cancellationToken
    )
    {
        await using var insert = connection.Command(
            """
            insert into token (id, tenant_id, hash, name, role, groups, database, operator, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning created_at
            """,
            token.Id,
            token.Tenant,
            token.Hash,
            token.Name,
            token.Role,
            token.Groups,
            token.Database,
            token.IsOperator,
            token.ExpiresAt
        );
        await using var reader = await insert.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.At(0);
    }

    private static TokenRow Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetInt32(1),
            row.GetFieldValue<byte[]>(2),
            row.GetString(3),
            row.GetString(4),
            row.GetFieldValue<string[]>(5),
            row.Text(6),
            row.GetBoolean(7),
            row.At(8),
            row.AtOrNull(9),
            row.AtOrNull(10),
            row.IsDBNull(11) ? null : row.GetFieldValue<byte[]>(11)
        );
}
