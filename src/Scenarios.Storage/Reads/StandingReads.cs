using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A run at an element, with its profile.</summary>
/// <param name="Name">The profile's field <c>name</c>, or its <c>firstName</c> and <c>lastName</c>; for viewers that
/// may see fields.</param>
public sealed record StandingRun(
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
    bool HasContent,
    string? Name,
    string? Email
) : RunView(RunId, ProfileId, State, Reason, Goal, Element, EnteredAt, ArrivedAt, EndedAt, LeavesAt, HasContent);

public enum StandingOrder
{
    Entered,
    Leaves,
}

/// <summary>Selects among the runs at an element.</summary>
/// <param name="Profiles">Only these; null for all.</param>
/// <param name="OverdueOnly">Only those whose wait is over.</param>
/// <param name="After">The last run of the page before, with when it leaves.</param>
public sealed record StandingAsk(
    string Element,
    StandingOrder Order,
    string[]? Profiles,
    bool OverdueOnly,
    bool WithNames,
    (DateTimeOffset? LeavesAt, Guid Run)? After,
    int Limit
);

/// <summary>
/// The runs at an element now. By entry they come in index order, so a page out of a million is as fast as one out of
/// ten. By leaving time the whole element is scanned and the first rows are kept, so that waits need no second index
/// that every move would have to maintain.
/// </summary>
public sealed class StandingReads(NpgsqlDataSource dataSource)
{
    private const string Found = """
        select r.id, r.profile_id, case r.phase when 1 then 'waiting' else 'performing' end as state, r.element,
               r.entered_at, r.arrived_at, leaves_at(r, s) as leaves_at, r.has_content, s.database
        from scenario s
        """;

    // An element is never empty: this condition selects the index run_standing, which no other statement must use (0013).
    private const string ByElement =
        """join run r on r.tenant_id = s.tenant_id and r.scenario = s.number and r.generation = s.generation and r.element = $3 and r.element <> ''""";

    /// <summary>A profile's memory names its open runs.</summary>
    private const string ByProfile = """
        join profile_entry e on e.tenant_id = s.tenant_id and e.scenario = s.number and e.profile_id = any ($4)
        cross join lateral unnest(e.open) as named (id)
        join run r on r.tenant_id = s.tenant_id and r.scenario = s.number and r.id = named.id and r.generation = s.generation and r.element = $3
        """;

    public Task<List<StandingRun>> AtAsync(int tenant, int scenario, StandingAsk ask, CancellationToken cancellationToken)
    {
        var byEntry = ask.Order == StandingOrder.Entered;
        var order = byEntry ? "id" : "coalesce(leaves_at, 'infinity'), id";
        var after = byEntry
            ? "id > $6"
            : "(coalesce(leaves_at, 'infinity'), id) > (coalesce($9::timestamptz, '-infinity'), $6)";
        ReadOnlySpan<object?> values =
        [
            tenant,
            scenario,
            ask.Element,
            ask.Profiles,
            ask.OverdueOnly,
            ask.After?.Run ?? Guid.Empty,
            ask.Limit,
            ask.WithNames,
            .. byEntry ? (object?[])[] : [LeavesAfter(ask.After)],
        ];
        return dataSource
            .Command(
                $"""
                with found as (
                    select * from ({Found} {(
                    ask.Profiles is null ? ByElement : ByProfile
                )} where s.tenant_id = $1 and s.number = $2) as standing
                    where ($4::text[] is null or profile_id = any ($4)) and (not $5 or leaves_at <= clock_timestamp()) and {after}
                    order by {order} limit $7
                )
                select found.id, profile_id, state, null::text, null::text, element, entered_at, arrived_at, null::timestamptz, leaves_at, has_content,
                       nullif(coalesce(p.fields ->> 'name', concat_ws(' ', p.fields ->> 'firstName', p.fields ->> 'lastName')), ''), p.email
                from found
                left join profile p on $8 and p.tenant_id = $1 and p.database = found.database and p.id = profile_id
                order by {order.Replace("id", "found.id", StringComparison.Ordinal)}
                """,
                values
            )
            .ListAsync(Read, cancellationToken);
    }

    /// <summary>How many of the profiles have an open run at each element.</summary>
    public async Task<IReadOnlyDictionary<string, long>> ElementsAsync(
        int tenant,
        int scenario,
        string[] profiles,
        CancellationToken cancellationToken
    )
    {
        var rows = await dataSource
            .Command(
                $"""
                select element, count(distinct profile_id) from ({Found} {ByProfile.Replace(
                    " and r.element = $3",
                    "",
                    StringComparison.Ordinal
                ).Replace("$4", "$3", StringComparison.Ordinal)}
                    where s.tenant_id = $1 and s.number = $2) as standing
                group by element order by element
                """,
                tenant,
                scenario,
                profiles
            )
            .ListAsync(row => (row.GetString(0), row.GetInt64(1)), cancellationToken);
        return rows.ToDictionary(r => r.Item1, r => r.Item2);
    }

    /// <summary>A run that performs an effect has no known leaving time and comes last.</summary>
    private static object? LeavesAfter((DateTimeOffset? LeavesAt, Guid Run)? after) =>
        after is null ? null : after.Value.LeavesAt ?? DateTimeOffset.MaxValue;

    private static StandingRun Read(NpgsqlDataReader row) =>
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
            row.GetBoolean(10),
            row.Text(11),
            row.Text(12)
        );
}
