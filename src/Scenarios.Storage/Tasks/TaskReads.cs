using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Tasks;

/// <summary>A task as it is shown to a viewer.</summary>
/// <param name="Errors">JSON list.</param>
/// <param name="Result">JSON, as its kind writes it; a batch keeps it in parts.</param>
public sealed record TaskRow(
    Guid Id,
    string Kind,
    int Scenario,
    string State,
    long Done,
    long Total,
    string Errors,
    string? Result,
    string By,
    DateTimeOffset CreatedAt,
    DateTimeOffset At,
    DateTimeOffset? EndedAt
);

/// <summary>Tasks for scenarios that the viewer may see.</summary>
public sealed class TaskReads(NpgsqlDataSource dataSource)
{
    private const string Columns =
        "t.id, t.kind, t.scenario, t.state, t.done, t.total, t.errors, t.result, t.actor, t.created_at, t.at, t.ended_at";

    private const string Seen = """
        from task t
        join scenario s on s.tenant_id = t.tenant_id and s.number = t.scenario
        where t.tenant_id = $1 and ($2::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $2)
        """;

    public Task<TaskRow?> FindAsync(Viewer viewer, Guid id, CancellationToken cancellationToken) =>
        dataSource
            .Command($"select {Columns} {Seen} and t.id = $3", viewer.Tenant, viewer.Groups, id)
            .FirstAsync(Read, cancellationToken);

    /// <summary>The newest first, before the task <paramref name="before"/>.</summary>
    public Task<List<TaskRow>> ListAsync(
        Viewer viewer,
        int? scenario,
        string? state,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                $"""select {Columns} {Seen} and ($3::int is null or t.scenario = $3) and ($4::text is null or t.state = $4) and t.id < $5 order by t.id desc limit $6""",
                viewer.Tenant,
                viewer.Groups,
                scenario,
                state,
                before ?? Guid.AllBitsSet,
                limit
            )
            .ListAsync(Read, cancellationToken);

    /// <summary>The results of the completed pieces of a batch, in order.</summary>
    public Task<List<string>> OutcomesAsync(int tenant, Guid id, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                "select outcome from task_part where tenant_id = $1 and task = $2 and outcome is not null order by part",
                tenant,
                id
            )
            .ListAsync(row => row.GetString(0), cancellationToken);

    private static TaskRow Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetInt32(2),
            row.GetString(3),
            row.GetInt64(4),
            row.GetInt64(5),
            row.GetString(6),
            row.Text(7),
            row.GetString(8),
            row.At(9),
            row.At(10),
            row.AtOrNull(11)
        );
}
