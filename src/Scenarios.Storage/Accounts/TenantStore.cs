using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <param name="Token">The tenant's first token, in clear: shown once and kept nowhere.</param>
public sealed record NewTenant(int Id, string Name, DateTimeOffset CreatedAt, string Token);

/// <summary>A tenant's account.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="RetentionDays">How long ended runs and content are kept.</param>
/// <param name="RatePerSecond">Null: unlimited.</param>
public sealed record AccountRow(string Name, string TimeZone, int RetentionDays, int? RatePerSecond);

/// <summary>A new tenant has a database <see cref="DefaultDatabase"/> and an admin token.</summary>
public sealed class TenantStore(NpgsqlDataSource dataSource)
{
    /// <summary>The database for events whose token names none.</summary>
    public const string DefaultDatabase = "default";

    private const long BootstrapKey = 0x5343_424F_4F54; // "SCBOOT"

    /// <summary>Null when the name is already in use.</summary>
    public async Task<NewTenant?> CreateAsync(string name, Func<int, Audit> audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await AddAsync(connection, name, cancellationToken) is not var (id, at))
            return null;
        var (tokenId, token) = TokenSecret.New();
        await TokenStore.AddAsync(connection, FirstToken(id, tokenId, token, isOperator: false), cancellationToken);
        await audit(id).WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new NewTenant(id, name, at, token);
    }

    /// <summary>
    /// Ensures that the operator can sign in: creates the first tenant and the operator's token, an admin token that
    /// may also operate the cluster. A revoked token stays revoked: set another one.
    /// </summary>
    /// <param name="token"><see cref="TokenSecret.MinLength"/> to <see cref="TokenSecret.MaxLength"/> characters; null
    /// adds none.</param>
    /// <exception cref="ArgumentException">The token is too short or too long, or looks like a generated token but is
    /// not valid.</exception>
    public async Task BootstrapAsync(string? token, CancellationToken cancellationToken)
    {
        var tokenId = token is null
            ? null
            : TokenSecret.IdOf(token)
                ?? throw new ArgumentException(
                    $"The bootstrap token must have {TokenSecret.MinLength} to {TokenSecret.MaxLength} "
                        + $"characters, and a right checksum if it looks like one that was made here.",
                    nameof(token)
                );
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Several nodes may start at once: one bootstraps, the others see what it did.
        await using (var turn = connection.Command("select pg_advisory_xact_lock($1)", BootstrapKey))
            await turn.ExecuteNonQueryAsync(cancellationToken);
        await using var first = connection.Command("select min(id) from tenant");
        var tenant =
            await first.ExecuteScalarAsync(cancellationToken) as int?
            ?? (await AddAsync(connection, "default", cancellationToken))!.Value.Id;
        if (tokenId is not null)
        {
            await using var known = connection.Command("select 1 from token where id = $1", tokenId);
            if (await known.ExecuteScalarAsync(cancellationToken) is null)
                await TokenStore.AddAsync(connection, FirstToken(tenant, tokenId, token!, isOperator: true), cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Null when there is no such tenant.</summary>
    public Task<AccountRow?> AccountAsync(int tenant, CancellationToken cancellationToken) =>
        dataSource
            .Command("select name, time_zone, retention_days, rate_per_second from tenant where id = $1", tenant)
            .FirstAsync(
                row => new AccountRow(
                    row.GetString(0),
                    row.GetString(1),
                    row.GetInt32(2),
                    row.IsDBNull(3) ? null : row.GetInt32(3)
                ),
                cancellationToken
            );

    /// <summary>
    /// Null leaves a setting; a rate of 0 means no limit. Waits depend on the zone, so changing it moves the gates of
    /// all scenarios: every later commit uses the new zone, on any node. (A commit that has already passed its fence
    /// is not waited for; it counts as an earlier one.)
    /// </summary>
    public async Task ChangeAsync(
        int tenant,
        string? timeZone,
        int? retentionDays,
        int? ratePerSecond,
        Audit audit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var change = connection.Command(
            """
            update tenant t set time_zone = coalesce($2, t.time_zone), retention_days = coalesce($3, t.retention_days), rate_per_second = nullif(coalesce($4, t.rate_per_second), 0)
            from (select id, time_zone from tenant where id = $1 for no key update) as former
            where t.id = former.id
            returning t.time_zone <> former.time_zone
            """,
            tenant,
            timeZone,
            retentionDays,
            ratePerSecond
        );
        if (await change.ExecuteScalarAsync(cancellationToken) is true)
        {
            await using var gates = connection.Command("update scenario set gate = gate + 1 where tenant_id = $1", tenant);
            await gates.ExecuteNonQueryAsync(cancellationToken);
        }
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Access groups that some scenario, database or token of the tenant names.</summary>
    public Task<List<string>> GroupsAsync(int tenant, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select distinct name collate "C" as name from (
                    select unnest(groups) from token where tenant_id = $1 and revoked_at is null
                    union all select unnest(groups) from profile_database where tenant_id = $1
                    union all select jsonb_array_elements_text(coalesce(about -> 'groups', '[]')) from scenario where tenant_id = $1 and deleted_at is null
                ) as named (name) order by name
                """,
                tenant
            )
            .ListAsync(row => row.GetString(0), cancellationToken);

    private static async Task<(int Id, DateTimeOffset At)?> AddAsync(
        NpgsqlConnection connection,
        string name,
        CancellationToken cancellationToken
    )
    {
        int id;
        DateTimeOffset at;
        await using (
            var insert = connection.Command(
                "insert into tenant (name, databases) values ($1, 1) on conflict (name) do nothing returning id, created_at",
                name
            )
        )
        await using (var reader = await insert.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
                return null;
            (id, at) = (reader.GetInt32(0), reader.At(1));
        }
        await using var add = connection.Command(
            "insert into profile_database (tenant_id, number, name, fields) values ($1, 1, $2, '[]')",
            id,
            DefaultDatabase
        );
        await add.ExecuteNonQueryAsync(cancellationToken);
        return (id, at);
    }

    private static TokenRow FirstToken(int tenant, string id, string token, bool isOperator) =>
        new(id, tenant, TokenSecret.Hash(token), "first", "admin", [], null, isOperator, default, null);
}
