using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <param name="Fields">A JSON object, as text.</param>
/// <param name="Subscriptions">A JSON array, as text.</param>
public sealed record ProfileRow(
    string Id,
    string? Email,
    string? Phone,
    string? TimeZone,
    string Fields,
    string Subscriptions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>
/// A change of one profile, by expressions (see <c>Contracts.ProfileChange</c>, which has the same parts).
/// </summary>
/// <param name="Head">JSON object with any of email, phone, timeZone; null clears, absent leaves.</param>
/// <param name="Operations">JSON list of <c>[operator, field, value]</c>.</param>
/// <param name="Subscriptions">JSON list to merge; null leaves them.</param>
public sealed record ProfileEdit(string Id, string Head, string Operations, string? Subscriptions);

/// <summary>
/// Profiles of one database. They are shared with the commits of runs, so they are changed by expressions in SQL and
/// never read, changed and written back.
/// </summary>
public sealed class ProfileStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "id, email, phone, time_zone, fields::text, subscriptions::text, created_at, updated_at";

    /// <summary>The upper bound of all ids that begin with a text, in byte order.</summary>
    private const string AfterAll = "\U0010FFFF";

    public Task<ProfileRow?> FindAsync(int tenant, int number, string id, CancellationToken cancellationToken) =>
        dataSource
            .Command($"select {Columns} from profile where tenant_id = $1 and database = $2 and id = $3", tenant, number, id)
            .FirstAsync(Read, cancellationToken);

    /// <summary>Replaces the profile.</summary>
    public Task<(ProfileRow Row, bool Created)> ReplaceAsync(
        int tenant,
        int number,
        ProfileEdit edit,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            tenant,
            number,
            edit,
            """
            email = excluded.email, phone = excluded.phone, time_zone = excluded.time_zone,
            fields = excluded.fields, subscriptions = excluded.subscriptions,
            """,
            cancellationToken
        );

    /// <summary>Merges the given parts; creates an unknown profile.</summary>
    public Task<(ProfileRow Row, bool Created)> MergeAsync(
        int tenant,
        int number,
        ProfileEdit edit,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            tenant,
            number,
            edit,
            """
            email = case when $4::jsonb ? 'email' then excluded.email else p.email end,
            phone = case when $4::jsonb ? 'phone' then excluded.phone else p.phone end,
            time_zone = case when $4::jsonb ? 'timeZone' then excluded.time_zone else p.time_zone end,
            fields = apply_field_operations(p.fields, $5::jsonb),
            subscriptions = case when $6::jsonb is null then p.subscriptions else merge_subscriptions(p.subscriptions, $6::jsonb) end,
            """,
            cancellationToken
        );

    /// <summary>Deletes the profile, and its data in stored answers. False when there is none.</summary>
    public async Task<bool> DeleteAsync(int tenant, int number, string id, Audit audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var delete = connection.Command(
            "delete from profile where tenant_id = $1 and database = $2 and id = $3",
            tenant,
            number,
            id
        );
        if (await delete.ExecuteNonQueryAsync(cancellationToken) == 0)
            return false;
        await using var unclaim = connection.Command(
            "delete from profile_claim where tenant_id = $1 and database = $2 and profile_id = $3",
            tenant,
            number,
            id
        );
        await unclaim.ExecuteNonQueryAsync(cancellationToken);
        await using var forget = connection.Command(
            "update receipt set answer = forgotten_answer(answer) where tenant_id = $1 and database = $2 and profile = $3",
            tenant,
            number,
            id
        );
        await forget.ExecuteNonQueryAsync(cancellationToken);
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Profiles by id, after <paramref name="after"/>.</summary>
    public Task<List<ProfileRow>> ListAsync(
        int tenant,
        int number,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                $"""
                select {Columns} from profile where tenant_id = $1 and database = $2 and id > $3 order by id limit $4
                """,
                tenant,
                number,
                after ?? "",
                limit
            )
            .ListAsync(Read, cancellationToken);

    /// <summary>
    /// Profiles whose id begins with the text, or whose email (in any case) or phone equals it. Each of the three
    /// uses its own index.
    /// </summary>
    public Task<List<ProfileRow>> SearchAsync(
        int tenant,
        int number,
        string text,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                $"""
                select {Columns} from profile
                where tenant_id = $1 and database = $2 and id in (
                    (select id from profile where tenant_id = $1 and database = $2 and id >= $3 and id < $3 || '{AfterAll}' and id > $4 order by id limit $5)
                    union (select id from profile where tenant_id = $1 and database = $2 and lower(email) = lower($3) and id > $4 order by id limit $5)
                    union (select id from profile where tenant_id = $1 and database = $2 and phone = $3 and id > $4 order by id limit $5))
                order by id limit $5
                """,
                tenant,
                number,
                text,
                after ?? "",
                limit
            )
            .ListAsync(Read, cancellationToken);

    /// <summary>
    /// Profiles whose fields contain a JSON object (<c>{"tier": "gold"}</c>; a list contains its members). Scans the
    /// whole database.
    /// </summary>
    public Task<List<ProfileRow>> WithFieldAsync(
        int tenant,
        int number,
        string contained,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                $"""
                select {Columns} from profile where tenant_id = $1 and database = $2 and fields @> $3::jsonb and id > $4 order by id limit $5
                """,
                tenant,
                number,
                contained,
                after ?? "",
                limit
            )
            .ListAsync(Read, cancellationToken);

    private async Task<(ProfileRow Row, bool Created)> WriteAsync(
        int tenant,
        int number,
        ProfileEdit edit,
        string assignments,
        CancellationToken cancellationToken
    )
    {
        await using var command = dataSource.Command(
            $$"""
            insert into profile as p (tenant_id, database, id, email, phone, time_zone, fields, subscriptions)
            values ($1, $2, $3, $4::jsonb ->> 'email', $4::jsonb ->> 'phone', $4::jsonb ->> 'timeZone',
                    apply_field_operations('{}', $5::jsonb), coalesce($6::jsonb, '[]'))
            on conflict (tenant_id, database, id) do update set {{assignments}} version = p.version + 1, updated_at = clock_timestamp()
            returning {{Columns}}, xmax = 0
            """,
            tenant,
            number,
            edit.Id,
            edit.Head,
            edit.Operations,
            edit.Subscriptions
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (Read(reader), reader.GetBoolean(8));
    }

    private static ProfileRow Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.Text(1), row.Text(2), row.Text(3), row.GetString(4), row.GetString(5), row.At(6), row.At(7));
}
