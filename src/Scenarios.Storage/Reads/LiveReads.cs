using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>The draft of a scenario.</summary>
/// <param name="Version">0: there is none.</param>
public sealed record LiveDraft(long Version, string? By, DateTimeOffset? At)
{
    public static readonly LiveDraft None = new(0, null, null);
}

/// <summary>A task that is running or has recently ended.</summary>
public sealed record LiveTask(Guid Id, string Kind, string State, long Done, long Total);

/// <summary>The number of runs at each element, at one instant. Elements without runs are left out.</summary>
/// <param name="Inside">The sum of <paramref name="Elements"/>, always.</param>
/// <param name="Status">With <paramref name="Revision"/> and <paramref name="Gate"/>: of the scenario, at the same
/// instant. The gate tells a scenario that was switched on and off again from one that was not.</param>
public sealed record LiveCounts(
    long Inside,
    IReadOnlyDictionary<string, long> Elements,
    DateTimeOffset At,
    string Status,
    int Revision,
    long Gate
)
{
    /// <summary>Only if requested.</summary>
    public LiveTotals? Totals { get; init; }

    public LiveDraft Draft { get; init; } = LiveDraft.None;

    /// <summary>The access groups that may see it; empty: the whole tenant.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyList<LiveTask> Tasks { get; init; } = [];

    public bool IsSame(LiveCounts other) =>
        (Gate, Status, Revision, Totals, Draft) == (other.Gate, other.Status, other.Revision, other.Totals, other.Draft)
        && Tasks.SequenceEqual(other.Tasks)
        && Groups.SequenceEqual(other.Groups)
        && SameNumbers(other);

    public bool SameNumbers(LiveCounts other) =>
        Inside == other.Inside
        && Elements.Count == other.Elements.Count
        && Elements.All(e => other.Elements.TryGetValue(e.Key, out var n) && n == e.Value);
}

/// <summary>The live counts, which change in the same commit as the runs that they count.</summary>
public sealed class LiveReads(NpgsqlDataSource dataSource)
{
    public async Task<LiveCounts?> CountsAsync(int tenant, int scenario, CancellationToken cancellationToken) =>
        (await CountsAsync([(tenant, scenario)], cancellationToken)).GetValueOrDefault((tenant, scenario));

    /// <summary>Of several scenarios in one snapshot; deleted ones are missing from the answer.</summary>
    public async Task<IReadOnlyDictionary<(int Tenant, int Scenario), LiveCounts>> CountsAsync(
        IReadOnlyCollection<(int Tenant, int Scenario)> scenarios,
        CancellationToken cancellationToken
    )
    {
        await using var command = dataSource.Command(
            """
            select s.tenant_id, s.number, l.element, sum(l.n)::bigint, statement_timestamp(), s.status, s.revision, s.gate, s.draft_version, s.draft_by, s.draft_at,
                   array(select jsonb_array_elements_text(s.about -> 'groups'))
            from unnest($1::int[], $2::int[]) as asked (tenant_id, number)
            join scenario s using (tenant_id, number)
            left join live_count l on l.tenant_id = s.tenant_id and l.scenario = s.number and l.generation = s.generation
            where s.deleted_at is null
            group by s.tenant_id, s.number, l.element
            order by s.tenant_id, s.number, l.element
            """,
            scenarios.Select(s => s.Tenant).ToArray(),
            scenarios.Select(s => s.Scenario).ToArray()
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<(int, int), (LiveCounts Head, Dictionary<string, long> Elements)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = (reader.GetInt32(0), reader.GetInt32(1));
            if (!found.TryGetValue(key, out var scenario))
            {
                var elements = new Dictionary<string, long>(StringComparer.Ordinal);
                var draft = reader.IsDBNull(8)
                    ? LiveDraft.None
                    : new LiveDraft(reader.GetInt64(8), reader.Text(9), reader.AtOrNull(10));
                found.Add(
                    key,
                    scenario = (
                        new LiveCounts(0, elements, reader.At(4), reader.GetString(5), reader.GetInt32(6), reader.GetInt64(7))
                        {
                            Draft = draft,
                            Groups = reader.GetFieldValue<string[]>(11),
                        },
                        elements
                    )
                );
            }
            if (!reader.IsDBNull(2) && reader.GetInt64(3) is not 0 and var n)
                scenario.Elements.Add(reader.GetString(2), n);
        }
        return found.ToDictionary(f => f.Key, f => f.Value.Head with { Inside = f.Value.Elements.Values.Sum() });
    }

    /// <summary>
    /// The tasks of these scenarios that run, or ended within the last minute: viewers that saw one running are
    /// notified of its end.
    /// </summary>
    public async Task<ILookup<(int Tenant, int Scenario), LiveTask>> TasksAsync(
        IReadOnlyCollection<(int Tenant, int Scenario)> scenarios,
        CancellationToken cancellationToken
    ) =>
        (
            await dataSource
                .Command(
                    """
                    select t.tenant_id, t.scenario, t.id, t.kind, t.state, t.done, t.total
                    from unnest($1::int[], $2::int[]) as asked (tenant_id, scenario)
                    join task t on t.tenant_id = asked.tenant_id and t.scenario = asked.scenario and (t.state = 'running' or t.ended_at > clock_timestamp() - interval '1 minute')
                    order by t.id
                    """,
                    scenarios.Select(s => s.Tenant).ToArray(),
                    scenarios.Select(s => s.Scenario).ToArray()
                )
                .ListAsync(
                    row =>
                        (
                            Key: (row.GetInt32(0), row.GetInt32(1)),
                            Task: new LiveTask(
                                row.GetGuid(2),
                                row.GetString(3),
                                row.GetString(4),
                                row.GetInt64(5),
                                row.GetInt64(6)
                            )
                        ),
                    cancellationToken
                )
        ).ToLookup(t => t.Key, t => t.Task);
}
