using Npgsql;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Storage.Reads;

/// <summary>A scenario in a list.</summary>
/// <param name="Entered">In the last 7 days, in whole quarter hours; so is <paramref name="Completed"/>.</param>
/// <param name="DeletedAt">Set in the trash only.</param>
/// <param name="HasDraft">There is a draft that is not saved yet.</param>
public sealed record ScenarioLine(
    int Number,
    string Title,
    string Database,
    string Status,
    int Revision,
    string[] Tags,
    string[] Groups,
    long Inside,
    long Entered,
    long Completed,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt,
    bool HasDraft
);

/// <summary>The filters of a list; null does not filter.</summary>
/// <param name="Text">In the title or description, in any case; or the number, with or without '#'.</param>
public sealed record ScenarioFilter(string? Text, string? Tag, ScenarioStatus? Status, string? Group, bool Trash);

/// <summary>The scenarios of a tenant, or its trash.</summary>
public sealed class ScenarioList(NpgsqlDataSource dataSource)
{
    /// <summary>The newest first.</summary>
    /// <param name="before">The last number of the page before.</param>
    public Task<List<ScenarioLine>> PageAsync(
        Viewer viewer,
        ScenarioFilter filter,
        int? before,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select s.number, s.title, d.name, s.status, s.revision,
                       array(select jsonb_array_elements_text(coalesce(s.about -> 'tags', '[]'))),
                       array(select jsonb_array_elements_text(coalesce(s.about -> 'groups', '[]'))),
                       (select coalesce(sum(l.n), 0)::bigint from live_count l
                        where l.tenant_id = s.tenant_id and l.scenario = s.number and l.generation = s.generation),
                       week.entered, week.completed, s.created_at, s.updated_at, s.deleted_at, s.draft_version is not null
                from scenario s
                join profile_database d on d.tenant_id = s.tenant_id and d.number = s.database
                cross join lateral (
                    select coalesce(sum(c.n) filter (where c.kind = 'entered'), 0)::bigint as entered,
                           coalesce(sum(c.n) filter (where c.kind = 'completed'), 0)::bigint as completed
                    from period_count c
                    where c.tenant_id = s.tenant_id and c.scenario = s.number and c.element = ''
                      and c.at >= quarter_hour(clock_timestamp() - interval '7 days')) as week
                where s.tenant_id = $1 and s.number < $2
                  and case when $3 then s.deleted_at > clock_timestamp() - $4 else s.deleted_at is null end
                  and ($5::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $5)
                  and ($6::text is null or s.number::text = ltrim($6, '#') or position(lower($6) in lower(s.title)) > 0
                       or position(lower($6) in lower(s.about ->> 'description')) > 0)
                  and ($7::text is null or s.about -> 'tags' ? $7)
                  and ($8::text is null or s.status = $8)
                  and ($9::text is null or s.about -> 'groups' ? $9)
                order by s.number desc
                limit $10
                """,
                viewer.Tenant,
                before ?? int.MaxValue,
                filter.Trash,
                ScenarioReads.TrashKept,
                viewer.Groups,
                filter.Text,
                filter.Tag,
                filter.Status is { } status ? Name<ScenarioStatus>.Of(status) : null,
                filter.Group,
                limit
            )
            .ListAsync(
                row => new ScenarioLine(
                    row.GetInt32(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetInt32(4),
                    row.GetFieldValue<string[]>(5),
                    row.GetFieldValue<string[]>(6),
                    row.GetInt64(7),
                    row.GetInt64(8),
                    row.GetInt64(9),
                    row.At(10),
                    row.At(11),
                    row.AtOrNull(12),
                    row.GetBoolean(13)
                ),
                cancellationToken
            );
}
