using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <param name="Token">The tenant's first token, in clear: shown once and kept nowhere.</param>
public sealed record NewTenant(int Id, string Name, DateTimeOffset CreatedAt, string Token);

/// <summary>Tenants come with a database <see cref="DefaultDatabase"/> and a token of an admin.</summary>
public sealed class TenantStore(NpgsqlDataSource database)
{
    /// <summary>Where events go whose token names no database.</summary>
    public const string DefaultDatabase = "default";

    private const long BootstrapKey = 0x5343_424F_4F54; // "SCBOOT"

    /// <summary>Null when the name is taken.</summary>
    public async Task<NewTenant?> CreateAsync(string name, Func<int, Audit> audit, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await AddAsync(connection, name, cancellation) is not var (id, at)) return null;
        var (tokenId, token) = TokenSecret.New();
        await TokenStore.AddAsync(connection, FirstToken(id, tokenId, token, isOperator: false), cancellation);
        await audit(id).WriteAsync(connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return new NewTenant(id, name, at, token);
    }

    /// <summary>
    /// Makes sure that somebody can sign in: on a fresh database adds the tenant "default" with a token of an admin who also
    /// operates the cluster. A given token is good from each start on, whatever was there.
    /// </summary>
    /// <param name="given">At least <see cref="TokenSecret.MinLength"/> characters; null makes one.</param>
    /// <param name="keep">Keeps the token where its owner finds it: called before the commit, so that no token is ever lost between the two.</param>
    /// <returns>The token, when this call made it; null when the cluster had one.</returns>
    public async Task<string?> BootstrapAsync(string? given, Action<string> keep, CancellationToken cancellation)
    {
        if (given is not null && TokenSecret.IdOf(given) is null)
            throw new ArgumentException($"The bootstrap token must have {TokenSecret.MinLength} to {TokenSecret.MaxLength} characters.", nameof(given));

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Several nodes may start at once: one bootstraps, the others see what it did.
        await using (var turn = connection.Command("select pg_advisory_xact_lock($1)", BootstrapKey)) await turn.ExecuteNonQueryAsync(cancellation);
        await using var first = connection.Command("select min(id) from tenant");
        var known = await first.ExecuteScalarAsync(cancellation) as int?;
        if (known is not null && given is null) return null;

        var tenant = known ?? (await AddAsync(connection, "default", cancellation))!.Value.Id;
        var (id, token) = given is null ? TokenSecret.New() : (TokenSecret.IdOf(given)!, given);
        await using (var former = connection.Command("delete from token where id = $1", id)) await former.ExecuteNonQueryAsync(cancellation);
        await TokenStore.AddAsync(connection, FirstToken(tenant, id, token, isOperator: true), cancellation);
        keep(token);
        await transaction.CommitAsync(cancellation);
        return given is null ? token : null;
    }

    public async Task<string?> NameAsync(int tenant, CancellationToken cancellation)
    {
        await using var command = database.Command("select name from tenant where id = $1", tenant);
        return (string?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>Access groups that some scenario, database or token of the tenant names.</summary>
    public Task<List<string>> GroupsAsync(int tenant, CancellationToken cancellation) => database.Command("""
        select distinct name collate "C" as name from (
            select unnest(groups) from token where tenant_id = $1 and revoked_at is null
            union all select unnest(groups) from profile_database where tenant_id = $1
            union all select jsonb_array_elements_text(coalesce(about -> 'groups', '[]')) from scenario where tenant_id = $1 and deleted_at is null
        ) as named (name) order by name
        """, tenant).List(row => row.GetString(0), cancellation);

    private static async Task<(int Id, DateTimeOffset At)?> AddAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        int id;
        DateTimeOffset at;
        await using (var insert = connection.Command("insert into tenant (name, databases) values ($1, 1) on conflict (name) do nothing returning id, created_at", name))
        await using (var reader = await insert.ExecuteReaderAsync(cancellation))
        {
            if (!await reader.ReadAsync(cancellation)) return null;
            (id, at) = (reader.GetInt32(0), reader.At(1));
        }
        await using var add = connection.Command("insert into profile_database (tenant_id, number, name, fields) values ($1, 1, $2, '[]')", id, DefaultDatabase);
        await add.ExecuteNonQueryAsync(cancellation);
        return (id, at);
    }

    private static TokenRow FirstToken(int tenant, string id, string token, bool isOperator) =>
        new(id, tenant, TokenSecret.Hash(token), "first", "admin", [], null, isOperator, default, null);
}
