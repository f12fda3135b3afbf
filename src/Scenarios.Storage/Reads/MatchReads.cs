using Npgsql;

namespace Scenarios.Storage.Reads;

public enum MatchKind
{
    Email,
    Phone,
    Field,
}

/// <param name="Field">For <see cref="MatchKind.Field"/>.</param>
/// <param name="Value">A text; for a field its value as JSON.</param>
public sealed record ProfileMatch(MatchKind Kind, string? Field, string Value);

/// <summary>
/// Finds profiles by what somebody knows of them. Email (in any case) and phone are looked for in the profile, then in its
/// subscriptions. A field has no index: its search passes the whole database.
/// </summary>
public sealed class MatchReads(NpgsqlDataSource dataSource)
{
    /// <summary>For each match the ids found, at most two: whoever finds two asks nobody's pardon but declines.</summary>
    public async Task<string[][]> FindAsync(
        int tenant,
        int profileDatabase,
        IReadOnlyList<ProfileMatch> matches,
        CancellationToken cancellationToken
    )
    {
        var found = new string[matches.Count][];
        await using var command = dataSource.Command(
            """
            select m.place - 1, case
                when m.kind = 2 or cardinality(direct.ids) > 0 then direct.ids
                else array(
                    select p.id from profile p
                    where p.tenant_id = $1 and p.database = $2 and p.subscriptions <> '[]'
                      and (p.subscriptions @> jsonb_build_array(jsonb_build_object('address', m.value))
                           or m.kind = 0 and p.subscriptions @> jsonb_build_array(jsonb_build_object('address', lower(m.value))))
                    limit 2)
                end
            from unnest($3::int[], $4::text[], $5::text[]) with ordinality as m (kind, field, value, place)
            cross join lateral (
                select array(
                    (select p.id from profile p where m.kind = 0 and p.tenant_id = $1 and p.database = $2 and lower(p.email) = lower(m.value) limit 2)
                    union all
                    (select p.id from profile p where m.kind = 1 and p.tenant_id = $1 and p.database = $2 and p.phone = m.value limit 2)
                    union all
                    (select p.id from profile p
                     where m.kind = 2 and p.tenant_id = $1 and p.database = $2
                       and p.fields @> case when m.kind = 2 then jsonb_build_object(m.field, m.value::jsonb) end limit 2)) as ids) as direct
            """,
            tenant,
            profileDatabase,
            matches.Select(m => (int)m.Kind).ToArray(),
            matches.Select(m => m.Field).ToArray(),
            matches.Select(m => m.Value).ToArray()
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found[reader.GetInt64(0)] = reader.GetFieldValue<string[]>(1);
        return found;
    }
}
