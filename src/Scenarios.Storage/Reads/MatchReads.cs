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

/// <summary>The result of one lookup.</summary>
/// <param name="Ids">Profiles with this address or value, at most two: two are already ambiguous.</param>
/// <param name="Claimed">The id that an earlier call claimed for it, or null.</param>
/// <param name="IsCreated">The profile of that id exists. If it is not among <paramref name="Ids"/>, it has a
/// different address now.</param>
public sealed record MatchFound(string[] Ids, string? Claimed, bool IsCreated);

/// <summary>An unknown address, and the id that its profile should get.</summary>
/// <param name="Stale">The id that holds the claim although its profile has a different address now, or null.</param>
public sealed record ProfileClaim(ProfileMatch Match, string Proposed, string? Stale);

/// <summary>
/// Finds profiles by what a caller knows of them. Email (in any case) and phone are looked for in the profile, then
/// in its subscriptions. A field has no index: its search scans the whole database.
/// </summary>
public sealed class MatchReads(NpgsqlDataSource dataSource)
{
    /// <summary>The result for each match, in one snapshot.</summary>
    public async Task<MatchFound[]> FindAsync(
        int tenant,
        int profileDatabase,
        IReadOnlyList<ProfileMatch> matches,
        CancellationToken cancellationToken
    )
    {
        var found = new MatchFound[matches.Count];
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
                end,
                c.profile_id, exists (select from profile p where p.tenant_id = $1 and p.database = $2 and p.id = c.profile_id)
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
            left join profile_claim c on c.tenant_id = $1 and c.database = $2 and c.identity = identity_of(m.kind, m.field, m.value)
            """,
            [tenant, profileDatabase, .. Columns(matches)]
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found[reader.GetInt64(0)] = new MatchFound(reader.GetFieldValue<string[]>(1), reader.Text(2), reader.GetBoolean(3));
        return found;
    }

    /// <summary>
    /// Claims an id for each unknown address, durably and before anything is captured, so that all callers that look
    /// for it at the same instant get the same one. The first to insert wins; the others wait for its commit and read
    /// what it wrote.
    /// </summary>
    /// <returns>The ids that hold the claims, in the order of <paramref name="claims"/>.</returns>
    public async Task<string[]> ClaimAsync(
        int tenant,
        int profileDatabase,
        IReadOnlyList<ProfileClaim> claims,
        CancellationToken cancellationToken
    )
    {
        var held = new string[claims.Count];
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        // One transaction, in the order of the keys, so that two callers with the same addresses never lock each other out.
        await using var batch = new NpgsqlBatch(connection);
        const string Claimed =
            """(select place - 1 as place, identity_of(kind, field, value) as identity, proposed, stale from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[]) with ordinality as m (kind, field, value, proposed, stale, place)) as x""";
        if (claims.Any(c => c.Stale is not null))
            Add(
                $"""
                with gone as (
                    select c.tenant_id, c.database, c.identity from {Claimed}
                    join profile_claim c on c.tenant_id = $1 and c.database = $2 and c.identity = x.identity and c.profile_id = x.stale
                    order by c.identity for update of c)
                delete from profile_claim c using gone where c.tenant_id = gone.tenant_id and c.database = gone.database and c.identity = gone.identity
                """
            );
        Add(
            $"""
            insert into profile_claim (tenant_id, database, identity, profile_id)
            select $1, $2, x.identity, x.proposed from {Claimed} order by x.identity
            on conflict (tenant_id, database, identity) do nothing
            """
        );
        Add(
            $"""select x.place, c.profile_id from {Claimed} join profile_claim c on c.tenant_id = $1 and c.database = $2 and c.identity = x.identity"""
        );
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            held[reader.GetInt64(0)] = reader.GetString(1);
        return held;

        void Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            object[] values =
            [
                tenant,
                profileDatabase,
                .. Columns(claims.Select(c => c.Match)),
                claims.Select(c => c.Proposed).ToArray(),
                claims.Select(c => c.Stale).ToArray(),
            ];
            foreach (var value in values)
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }
    }

    private static object[] Columns(IEnumerable<ProfileMatch> matches)
    {
        var all = matches.ToArray();
        return
        [
            Array.ConvertAll(all, m => (int)m.Kind),
            Array.ConvertAll(all, m => m.Field),
            Array.ConvertAll(all, m => m.Value),
        ];
    }
}
