using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A run as the API shows it, open or ended.</summary>
/// <param name="State">waiting, performing, completed, failed or left.</param>
/// <param name="Element">The current element, or the last one when the run has ended.</param>
/// <param name="LeavesAt">When its wait ends, exactly; null while it performs.</param>
public record RunView(
    Guid RunId,
    string ProfileId,
    string State,
    string? Reason,
    string? Goal,
    string Element,
    DateTimeOffset EnteredAt,
    DateTimeOffset? ArrivedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? LeavesAt,
    bool HasContent
)
{
    internal static RunView Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetString(2),
            row.Text(3),
            row.Text(4),
            row.GetString(5),
            row.At(6),
            row.AtOrNull(7),
            row.AtOrNull(8),
            row.AtOrNull(9),
            row.GetBoolean(10)
        );
}

/// <summary>
/// The runs of one scenario. A run is one row, open or in the history; an open row of a generation that was ended as
/// a whole (cleared, deactivated) is dead and reads as ended, long before the row is cleaned up.
/// </summary>
public sealed class RunReads(NpgsqlDataSource dataSource)
{
    /// <summary>The run with its whole trail; null when there is none.</summary>
    public Task<RunTrail?> FindAsync(int tenant, int scenario, Guid run, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                with found as (
                    select r.id, r.profile_id,
                           case when g.generation is not null then 'left' when r.phase = 1 then 'waiting' else 'performing' end as state,
                           g.reason, null::text as goal, r.element, r.entered_at, r.arrived_at, g.ended_at,
                           case when g.generation is null then leaves_at(r, s) end as leaves_at, r.has_content, r.step
                    from run r
                    join scenario s on s.tenant_id = r.tenant_id and s.number = r.scenario
                    left join scenario_generation g
                        on g.tenant_id = r.tenant_id and g.scenario = r.scenario and g.generation = r.generation and r.generation < s.generation
                    where r.tenant_id = $1 and r.scenario = $2 and r.id = $3
                    union all
                    select h.id, h.profile_id, h.state, h.reason, h.goal, h.element, h.entered_at, null, h.ended_at, null, h.has_content, h.step
                    from run_history h
                    where h.tenant_id = $1 and h.scenario = $2 and h.id = $3
                )
                select found.*, array(
                    select t.steps from run_trail t where t.tenant_id = $1 and t.scenario = $2 and t.run_id = $3 order by t.first_step)
                from found
                """,
                tenant,
                scenario,
                run
            )
            .FirstAsync(
                row => RunTrail.Of(RunView.Read(row), row.GetInt32(11), row.GetFieldValue<string[]>(12)),
                cancellationToken
            );

    /// <summary>
    /// All runs, latest entry first, optionally of one profile, in some states, or ended for one reason.
    /// </summary>
    /// <param name="before">The last run of the page before.</param>
    public Task<List<RunView>> AllAsync(
        int tenant,
        int scenario,
        string? profile,
        string[]? states,
        Guid? before,
        int limit,
        CancellationToken cancellationToken,
        string? reason = null
    )
    {
        // An open row knows its profile but is not indexed by it: the profile's memory names its open runs. Dead rows
        // that no memory names any longer are searched only while there are any.
        var command = profile is null
            ? dataSource.Command(
                """
                (select * from (
                    select r.id, r.profile_id,
                           case when g.generation is not null then 'left' when r.phase = 1 then 'waiting' else 'performing' end as state,
                           g.reason, null::text as goal, r.element, r.entered_at, r.arrived_at, g.ended_at,
                           case when g.generation is null then leaves_at(r, s) end as leaves_at, r.has_content
                    from scenario s
                    join run r on r.tenant_id = s.tenant_id and r.scenario = s.number
                    left join scenario_generation g
                        on g.tenant_id = r.tenant_id and g.scenario = r.scenario and g.generation = r.generation and r.generation < s.generation
                    where s.tenant_id = $1 and s.number = $2 and r.id < $4) as open
                 where ($3::text[] is null or state = any($3)) and ($6::text is null or reason = $6)
                 order by id desc limit $5)
                union all
                (select id, profile_id, state, reason, goal, element, entered_at, null, ended_at, null, has_content
                 from run_history
                 where tenant_id = $1 and scenario = $2 and id < $4 and ($3::text[] is null or state = any($3)) and ($6::text is null or reason = $6)
                 order by id desc limit $5)
                order by id desc limit $5
                """,
                tenant,
                scenario,
                states,
                before ?? Guid.AllBitsSet,
                limit,
                reason
            )
            : dataSource.Command(
                """
                with named as (
                    select unnest(open) as id from profile_entry where tenant_id = $1 and scenario = $2 and profile_id = $6
                    union
                    select r.id from run r
                    where exists (select from scenario_generation where tenant_id = $1 and scenario = $2 and not cleaned)
                      and r.tenant_id = $1 and r.scenario = $2 and r.profile_id = $6
                ), runs as (
                    select r.id, r.profile_id,
                           case when g.generation is not null then 'left' when r.phase = 1 then 'waiting' else 'performing' end as state,
                           g.reason, null::text as goal, r.element, r.entered_at, r.arrived_at, g.ended_at,
                           case when g.generation is null then leaves_at(r, s) end as leaves_at, r.has_content
                    from named
                    join run r on r.tenant_id = $1 and r.scenario = $2 and r.id = named.id
                    join scenario s on s.tenant_id = $1 and s.number = $2
                    left join scenario_generation g
                        on g.tenant_id = r.tenant_id and g.scenario = r.scenario and g.generation = r.generation and r.generation < s.generation
                    union all
                    select id, profile_id, state, reason, goal, element, entered_at, null, ended_at, null, has_content
                    from run_history
                    where tenant_id = $1 and scenario = $2 and profile_id = $6
                )
                select * from runs
                where ($3::text[] is null or state = any($3)) and ($7::text is null or reason = $7) and id < $4
                order by id desc limit $5
                """,
                tenant,
                scenario,
                states,
                before ?? Guid.AllBitsSet,
                limit,
                profile,
                reason
            );
        return command.ListAsync(RunView.Read, cancellationToken);
    }

    /// <summary>
    /// What the capture of a run carried, as it was sent; null when it carried nothing, or the run is unknown.
    /// </summary>
    public async Task<string?> ContentAsync(int tenant, int scenario, Guid run, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            "select content from run_data where tenant_id = $1 and scenario = $2 and run_id = $3",
            tenant,
            scenario,
            run
        );
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
