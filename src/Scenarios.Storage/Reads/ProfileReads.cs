using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A profile in one scenario.</summary>
/// <param name="Entries">How often it was ever captured; more than the runs shown if many ended or some have expired.</param>
/// <param name="Ended">The latest <see cref="ProfileReads.EndedShown"/>.</param>
public sealed record ProfileInScenario(
    string ProfileId,
    int Entries,
    IReadOnlyList<RunView> Open,
    IReadOnlyList<RunView> Ended,
    LastDeclined? LastDeclined
);

public sealed record LastDeclined(string Reason, DateTimeOffset At);

/// <summary>
/// One entry of a profile's timeline: <c>run</c> (a passage, at its entry) or <c>declined</c> (the last one in that
/// scenario).
/// </summary>
public sealed record TimelineItem(
    string Kind,
    DateTimeOffset At,
    int Scenario,
    string Title,
    Guid? RunId,
    string? State,
    string? Reason,
    string? Goal,
    string? Element,
    DateTimeOffset? EndedAt,
    DateTimeOffset? LeavesAt
);

public sealed class ProfileReads(NpgsqlDataSource dataSource)
{
    /// <summary>Also the limit of open runs in the re-entry mode that allows several.</summary>
    public const int OpenShown = 100;

    public const int EndedShown = 100;

    /// <summary>Null when the profile is neither in the database nor in the scenario's memory.</summary>
    public async Task<ProfileInScenario?> FindAsync(
        int tenant,
        int scenario,
        int profileDatabase,
        string profile,
        CancellationToken cancellationToken
    )
    {
        var head = await dataSource
            .Command(
                """
                select coalesce(e.entries, 0), e.declined, e.declined_at
                from (select) as one
                left join profile_entry e on e.tenant_id = $1 and e.scenario = $2 and e.profile_id = $4
                where e.profile_id is not null or exists (select from profile where tenant_id = $1 and database = $3 and id = $4)
                """,
                tenant,
                scenario,
                profileDatabase,
                profile
            )
            .FirstAsync(
                row => new ProfileInScenario(
                    profile,
                    row.GetInt32(0),
                    [],
                    [],
                    row.IsDBNull(1) ? null : new LastDeclined(row.GetString(1), row.At(2))
                ),
                cancellationToken
            );
        if (head is null)
            return null;
        // Open runs first: a run that ends between the two reads is then seen twice instead of not at all.
        var reads = new RunReads(dataSource);
        var open = await reads.AllAsync(
            tenant,
            scenario,
            profile,
            ["waiting", "performing"],
            null,
            OpenShown,
            cancellationToken
        );
        var ended = await reads.AllAsync(
            tenant,
            scenario,
            profile,
            ["completed", "failed", "left"],
            null,
            EndedShown,
            cancellationToken
        );
        return head with { Open = [.. open.ExceptBy(ended.Select(r => r.RunId), r => r.RunId)], Ended = ended };
    }

    /// <summary>Runs and declines of a profile across the scenarios that the viewer may see, latest first.</summary>
    /// <param name="before">Instant, scenario and run of the last item of the page before.</param>
    public Task<List<TimelineItem>> TimelineAsync(
        Viewer viewer,
        int profileDatabase,
        string profile,
        (DateTimeOffset At, int Scenario, Guid Run)? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var (at, scenario, run) = before ?? (DateTimeOffset.MaxValue, int.MaxValue, Guid.AllBitsSet);
        return dataSource
            .Command(
                """
                with seen as (
                    select s.tenant_id, s.number, s.title, s.generation, e.open, e.declined, e.declined_at
                    from scenario s
                    left join profile_entry e on e.tenant_id = s.tenant_id and e.scenario = s.number and e.profile_id = $3
                    where s.tenant_id = $1 and s.database = $2 and s.deleted_at is null
                      and ($4::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $4)
                ), items as (
                    select 'run' as kind, r.entered_at as at, seen.number, seen.title, r.id,
                           case when g.generation is not null then 'left' when r.phase = 1 then 'waiting' else 'performing' end as state,
                           g.reason, null::text as goal, r.element, g.ended_at,
                           case when g.generation is null then leaves_at(r, s) end as leaves_at
                    from seen
                    join run r on r.tenant_id = seen.tenant_id and r.scenario = seen.number and r.id = any(seen.open)
                    join scenario s on s.tenant_id = r.tenant_id and s.number = r.scenario
                    left join scenario_generation g
                        on g.tenant_id = r.tenant_id and g.scenario = r.scenario and g.generation = r.generation and r.generation < seen.generation
                    union all
                    select 'run', h.entered_at, seen.number, seen.title, h.id, h.state, h.reason, h.goal, h.element, h.ended_at, null
                    from seen
                    join run_history h on h.tenant_id = seen.tenant_id and h.scenario = seen.number and h.profile_id = $3
                    union all
                    select 'declined', seen.declined_at, seen.number, seen.title, null, null, seen.declined, null, null, null, null
                    from seen where seen.declined is not null
                )
                select * from items
                where (at, number, coalesce(id, '00000000-0000-0000-0000-000000000000')) < ($5, $6, $7)
                order by at desc, number desc, coalesce(id, '00000000-0000-0000-0000-000000000000') desc
                limit $8
                """,
                viewer.Tenant,
                profileDatabase,
                profile,
                viewer.Groups,
                at,
                scenario,
                run,
                limit
            )
            .ListAsync(
                row => new TimelineItem(
                    row.GetString(0),
                    row.At(1),
                    row.GetInt32(2),
                    row.GetString(3),
                    row.IsDBNull(4) ? null : row.GetGuid(4),
                    row.Text(5),
                    row.Text(6),
                    row.Text(7),
                    row.Text(8),
                    row.AtOrNull(9),
                    row.AtOrNull(10)
                ),
                cancellationToken
            );
    }
}
