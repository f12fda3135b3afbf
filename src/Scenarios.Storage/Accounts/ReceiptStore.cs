using Npgsql;
using NpgsqlTypes;

namespace Scenarios.Storage.Accounts;

/// <summary>What a request's idempotency key means.</summary>
public abstract record Receipt
{
    private Receipt() { }

    /// <summary>
    /// The key is new, or was abandoned: do the work, then <see cref="ReceiptStore.CompleteAsync"/> or
    /// <see cref="ReceiptStore.ForgetAsync"/>.
    /// </summary>
    public sealed record Begun : Receipt;

    /// <summary>The work was already done, and this was its answer.</summary>
    /// <param name="Headers">JSON object.</param>
    public sealed record Done(int Status, string Answer, string? Headers, byte[] Hash) : Receipt;

    /// <summary>The key belongs to another request.</summary>
    public sealed record Reused : Receipt;

    /// <summary>The same request is being executed.</summary>
    public sealed record UnderWay : Receipt;
}

/// <summary>The profile whose data an answer contains.</summary>
public sealed record AnsweredProfile(int Database, string Id);

/// <summary>
/// Answers of idempotency keys, kept 48 hours. A key is claimed before the work and completed after it; a key that
/// was abandoned in between (its process died) is taken over after <see cref="Abandoned"/>.
/// </summary>
public sealed class ReceiptStore(NpgsqlDataSource dataSource)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(48);
    public static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(30);

    /// <param name="route">Method, path and query: the key belongs to them.</param>
    /// <param name="hash">SHA-256 of the canonical body; null when it is not known yet (streams); then the caller
    /// compares <see cref="Receipt.Done"/>.</param>
    public async Task<Receipt> BeginAsync(
        int tenant,
        string key,
        string route,
        byte[]? hash,
        CancellationToken cancellationToken
    )
    {
        // Of many concurrent requests exactly one inserts or takes over; the others wait for its row and then read it.
        await using var take = dataSource.CreateCommand(
            """
            insert into receipt as r (tenant_id, key, route, hash) values ($1, $2, $3, coalesce($4, ''))
            on conflict (tenant_id, key) do update
                set route = excluded.route, hash = excluded.hash, status = null, answer = null, headers = null, database = null, profile = null, at = clock_timestamp()
                where r.run_id is null
                  and (r.at < clock_timestamp() - $5
                       or r.status is null and r.at < clock_timestamp() - $6 and r.route = excluded.route and r.hash = excluded.hash)
            returning true
            """
        );
        take.Parameters.Add(new() { Value = tenant });
        take.Parameters.Add(new() { Value = key });
        take.Parameters.Add(new() { Value = route });
        take.Parameters.Add(new() { Value = (object?)hash ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        take.Parameters.Add(new() { Value = Kept });
        take.Parameters.Add(new() { Value = Abandoned });
        if (await take.ExecuteScalarAsync(cancellationToken) is not null)
            return new Receipt.Begun();

        await using var find = dataSource.CreateCommand(
            "select route, hash, status, answer, headers from receipt where tenant_id = $1 and key = $2"
        );
        find.Parameters.Add(new() { Value = tenant });
        find.Parameters.Add(new() { Value = key });
        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
        // Released between the two statements: its request was refused, so the caller may simply try again.
        if (!await reader.ReadAsync(cancellationToken))
            return new Receipt.UnderWay();
        var found = reader.GetFieldValue<byte[]>(1);
        if (reader.GetString(0) != route || (hash is not null && !hash.AsSpan().SequenceEqual(found)))
            return new Receipt.Reused();
        if (reader.IsDBNull(2))
            return new Receipt.UnderWay();
        return new Receipt.Done(
            reader.GetInt16(2),
            reader.GetString(3),
            reader.IsDBNull(4) ? null : reader.GetString(4),
            found
        );
    }

    /// <summary>Stores the answer, whether or not the caller still waits.</summary>
    /// <param name="about">The profile that the answer contains. If it has been deleted since then, its data is not
    /// stored: the deletion waits for this call, or this call for the deletion.</param>
    public async Task CompleteAsync(
        int tenant,
        string key,
        string route,
        byte[] hash,
        int status,
        string answer,
        string? headers,
        AnsweredProfile? about = null
    )
    {
        await using var command = dataSource.CreateCommand(
            """
            with known as materialized (select from profile where tenant_id = $1 and database = $8 and id = $9 for key share)
            update receipt set status = $5, answer = case when $9 is null or exists (select from known) then $6 else forgotten_answer($6) end,
                headers = $7, hash = $4, at = clock_timestamp(), database = $8, profile = $9
            where tenant_id = $1 and key = $2 and route = $3 and status is null and run_id is null
            """
        );
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = route });
        command.Parameters.Add(new() { Value = hash });
        command.Parameters.Add(new() { Value = (short)status });
        command.Parameters.Add(new() { Value = answer });
        command.Parameters.Add(new() { Value = (object?)headers ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = (object?)about?.Database ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new() { Value = (object?)about?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Marks long work as still running, so that no other request takes it over.</summary>
    public Task KeepAsync(int tenant, string key) =>
        ChangeAsync(
            "update receipt set at = clock_timestamp() where tenant_id = $1 and key = $2 and status is null and run_id is null",
            tenant,
            key
        );

    /// <summary>The request was refused, so nothing happened: the key is free again.</summary>
    public Task ForgetAsync(int tenant, string key) =>
        ChangeAsync("delete from receipt where tenant_id = $1 and key = $2 and status is null and run_id is null", tenant, key);

    private async Task ChangeAsync(string sql, int tenant, string key)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = key });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
