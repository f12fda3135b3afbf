using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>An address that several profiles of one database share, so that a match by it is ambiguous.</summary>
/// <param name="Value">The address, an email in lower case.</param>
/// <param name="ProfileIds">The first <see cref="DuplicateReads.IdsShown"/>, in the order of their ids.</param>
public sealed record Duplicate(MatchKind Kind, string Value, string[] ProfileIds, int Count);

/// <summary>Finds profiles that share an email or a phone because of writes by id.</summary>
public sealed class DuplicateReads(NpgsqlDataSource dataSource)
{
    public const int IdsShown = 10;

    /// <param name="after">Kind and value of the last row of the page before; null for the first page.</param>
    public Task<List<Duplicate>> PageAsync(
        int tenant,
        int profileDatabase,
        (MatchKind Kind, string Value)? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                $"""
                (select 0 as kind, lower(email) as value, (array_agg(id order by id))[:{IdsShown}], count(*)::int
                 from profile
                 where tenant_id = $1 and database = $2 and email is not null and $3 = 0 and lower(email) > $4
                 group by lower(email) having count(*) > 1 order by lower(email) limit $5)
                union all
                (select 1, phone, (array_agg(id order by id))[:{IdsShown}], count(*)::int
                 from profile
                 where tenant_id = $1 and database = $2 and phone is not null and phone > case when $3 = 1 then $4 else '' end
                 group by phone having count(*) > 1 order by phone limit $5)
                order by kind, value limit $5
                """,
                tenant,
                profileDatabase,
                (int)(after?.Kind ?? MatchKind.Email),
                after?.Value ?? "",
                limit
            )
            .ListAsync(
                row => new Duplicate(
                    (MatchKind)row.GetInt32(0),
                    row.GetString(1),
                    row.GetFieldValue<string[]>(2),
                    row.GetInt32(3)
                ),
                cancellationToken
            );
}
