using System.Text.Json;
using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Ledger.Tables;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Scenarios;

/// <summary>A scenario's row as the control plane reads it; texts are JSON.</summary>
public sealed record ScenarioRow(
    int Number,
    string Title,
    string About,
    int Database,
    string DatabaseName,
    string DatabaseFields,
    int Partitions,
    ScenarioStatus Status,
    int Generation,
    int Revision,
    string Settings,
    string Definition,
    string Layout,
    bool Deleted,
    string KeptTimes,
    string Bin
);

/// <summary>
/// What a save writes. Null leaves a part as it is; <see cref="Settings"/> or <see cref="Definition"/> make a new
/// revision.
/// </summary>
public sealed record ScenarioChange(
    string? Title,
    string? About,
    string? Settings,
    string? Definition,
    string? Layout,
    int? Database,
    IReadOnlyDictionary<string, string> MoveRuns,
    IReadOnlyCollection<string> KeepTimes,
    string? Note,
    string Actor
);

/// <param name="Json">What is drawn, any object of the editor's; null: nothing.</param>
/// <param name="Writes">The version of what is kept; it is counted on when nothing is.</param>
public sealed record DraftRow(string? Json, long Writes, string By, DateTimeOffset At);

public enum SaveResult
{
    Saved,
    NotFound,
    Stale,
    HasRuns,
}

/// <summary>Scenarios' rows: creating them, saving revisions, and the snapshot that partitions work by.</summary>
public sealed class ScenarioStore(NpgsqlDataSource dataSource)
{
    /// <summary>Overdue runs released per second by a scenario that was never activated with a rate.</summary>
    private const int DefaultResumeRate = 1000;

    /// <summary>The tenant's scenarios, including those in the trash.</summary>
    public const int MaxScenarios = 10_000;

    /// <summary>
    /// Assigns the tenant's next number and creates the partitions' rows; null when the tenant already has
    /// <see cref="MaxScenarios"/>.
    /// </summary>
    public async Task<int?> CreateAsync(
        int tenant,
        string title,
        string about,
        int database,
        int partitions,
        string settings,
        string definition,
        string layout,
        string actor,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Numbers are assigned one at a time in a tenant and never reused, even after the scenario has left the
        // trash. (A silo of an older version assigns them without counting.)
        await ExecuteAsync(connection, "select 1 from tenant where id = $1 for no key update", cancellationToken, tenant);
        await using var command = connection.Command(
            """
            with next as (
                update tenant set scenarios = greatest(scenarios, (select max(number) from scenario where tenant_id = $1)) + 1
                where id = $1 and (select count(*) from scenario where tenant_id = $1) < $9 returning scenarios)
            insert into scenario (tenant_id, number, title, about, database, partitions, settings, definition, layout)
            select $1, scenarios, $2, $3::jsonb, $4, $5::smallint, $6::jsonb, $7::json, $8::json from next
            returning number
            """,
            tenant,
            title,
            about,
            database,
            partitions,
            settings,
            definition,
            layout,
            MaxScenarios
        );
        if (await command.ExecuteScalarAsync(cancellationToken) is not int number)
            return null;
        await ExecuteAsync(
            connection,
            """insert into partition (tenant_id, scenario, partition, revision) select $1, $2, n, 1 from generate_series(0, $3 - 1) as n""",
            cancellationToken,
            tenant,
            number,
            partitions
        );
        await KeepRevisionAsync(connection, tenant, number, "created", actor, "{}", cancellationToken);
        await ListenerRows.WriteAsync(connection, tenant, number, definition, KeptTimes.None, cancellationToken);
        await new Audit(tenant, actor, "create", $"scenario/{number}").WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return number;
    }

    public async Task<ScenarioRow?> FindAsync(int tenant, int number, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, tenant, number, cancellationToken);
    }

    /// <summary>Publishes a change under the gate's lock, if <paramref name="ifRevision"/> is still the newest.</summary>
    /// <returns>The result, and the current revision.</returns>
    public async Task<(SaveResult Result, int Revision)> SaveAsync(
        int tenant,
        int number,
        int? ifRevision,
        ScenarioChange change,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ScenarioGate.LockAsync(connection, tenant, number, cancellationToken);
        var row = await FindAsync(connection, tenant, number, cancellationToken);
        if (row is null || row.Deleted)
            return (SaveResult.NotFound, 0);
        if (ifRevision is { } seen && seen != row.Revision)
            return (SaveResult.Stale, row.Revision);
        if (
            change.Database is { } database
            && database != row.Database
            && (
                row.Status != ScenarioStatus.Inactive
                || await InsideAsync(connection, tenant, number, row.Generation, cancellationToken) > 0
            )
        )
            return (SaveResult.HasRuns, row.Revision);

        var publishes =
            change.Settings is not null
            || change.Definition is not null
            || (change.Database is { } other && other != row.Database);
        var kept = change.Definition is null
            ? null
            : KeptTimes.After(row.KeptTimes, row.Definition, change.Definition, row.Revision + 1, change.KeepTimes);
        var bin = change.Definition is null ? null : KeptTimes.Bin(row.Bin, row.Definition, change.Definition);
        await ExecuteAsync(
            connection,
            """
            update scenario set
                title = coalesce($3, title), about = coalesce($4::jsonb, about), settings = coalesce($5::jsonb, settings), definition = coalesce($6::json, definition),
                layout = coalesce($7::json, layout), database = coalesce($8, database), kept_times = coalesce($10::json, kept_times), bin = coalesce($11::json, bin),
                revision = revision + $9, gate = gate + case when $9 > 0 or $3 <> title then 1 else 0 end, updated_at = clock_timestamp(),
                -- What was drawn is published now, or overtaken.
                draft = case when $6 is null then draft end, draft_writes = draft_writes + case when $6 is null or draft is null then 0 else 1 end,
                draft_version = case when $6 is null then draft_version end, draft_by = case when $6 is null then draft_by end, draft_at = case when $6 is null then draft_at end
            where tenant_id = $1 and number = $2
            """,
            cancellationToken,
            tenant,
            number,
            change.Title,
            change.About,
            change.Settings,
            change.Definition,
            change.Layout,
            change.Database,
            publishes ? 1 : 0,
            kept,
            bin
        );
        if (publishes)
        {
            await KeepRevisionAsync(
                connection,
                tenant,
                number,
                change.Note,
                change.Actor,
                JsonSerializer.Serialize(change.MoveRuns),
                cancellationToken
            );
            await ListenerRows.WriteAsync(
                connection,
                tenant,
                number,
                change.Definition ?? row.Definition,
                kept ?? row.KeptTimes,
                cancellationToken
            );
        }
        await new Audit(
            tenant,
            change.Actor,
            publishes ? "save" : "change",
            $"scenario/{number}",
            $"{{\"from\":{row.Revision}}}"
        ).WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (SaveResult.Saved, row.Revision + (publishes ? 1 : 0));
    }

    /// <summary>Null when there is no such scenario.</summary>
    public Task<DraftRow?> DraftAsync(int tenant, int number, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """select draft, draft_writes, coalesce(draft_by, ''), coalesce(draft_at, updated_at) from scenario where tenant_id = $1 and number = $2""",
                tenant,
                number
            )
            .FirstAsync(DraftOf, cancellationToken);

    /// <summary>
    /// Keeps what is drawn (null takes it away), if <paramref name="ifVersion"/> is still the version of what is kept
    /// (0: nothing is).
    /// </summary>
    /// <returns>Null when it is not.</returns>
    public Task<DraftRow?> KeepDraftAsync(
        int tenant,
        int number,
        string? json,
        long ifVersion,
        string by,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                update scenario set
                    draft = $4::json, draft_writes = draft_writes + 1, draft_version = case when $4 is not null then draft_writes + 1 end,
                    draft_by = case when $4 is not null then $5 end, draft_at = case when $4 is not null then clock_timestamp() end
                where tenant_id = $1 and number = $2 and coalesce(draft_version, 0) = $3
                returning draft, draft_writes, $5, clock_timestamp()
                """,
                tenant,
                number,
                ifVersion,
                json,
                by
            )
            .FirstAsync(DraftOf, cancellationToken);

    private static DraftRow DraftOf(NpgsqlDataReader row) =>
        new(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1), row.GetString(2), row.At(3));

    /// <summary>The number of runs at each element now.</summary>
    public async Task<Dictionary<string, long>> StandingAsync(int tenant, int number, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Command(
            """
            select c.element, sum(c.n)::bigint from scenario s
            join live_count c on c.tenant_id = s.tenant_id and c.scenario = s.number and c.generation = s.generation
            where s.tenant_id = $1 and s.number = $2 group by c.element
            """,
            tenant,
            number
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var standing = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            standing[reader.GetString(0)] = reader.GetInt64(1);
        return standing;
    }

    /// <summary>
    /// Elements at which the edits since a revision may concern runs (<see cref="Definition.Touched"/>).
    /// </summary>
    public async Task<IReadOnlyList<string>> TouchedSinceAsync(
        int tenant,
        int number,
        int revision,
        CancellationToken cancellationToken
    )
    {
        var edit = await dataSource
            .Command(
                """
                select r.definition, s.definition, (r.settings ->> 'timeZone') is distinct from (s.settings ->> 'timeZone')
                from scenario_revision r join scenario s on s.tenant_id = r.tenant_id and s.number = r.scenario
                where r.tenant_id = $1 and r.scenario = $2 and r.revision = $3
                """,
                tenant,
                number,
                revision
            )
            .FirstAsync(row => Tuple.Create(row.GetString(0), row.GetString(1), row.GetBoolean(2)), cancellationToken);
        return edit is null
            ? []
            :
            [
                .. Definition.Touched(
                    StoredDefinition.Read(edit.Item1) ?? Definition.Empty,
                    StoredDefinition.Read(edit.Item2) ?? Definition.Empty,
                    edit.Item3
                ),
            ];
    }

    /// <summary>The ids of every element that any revision ever had: none may be reused for another element.</summary>
    public async Task<Dictionary<string, string>> ElementTypesEverAsync(
        int tenant,
        int number,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Command(
            """
            select distinct e ->> 'id', e ->> 'type' from scenario_revision r, json_array_elements(r.definition -> 'elements') as e
            where r.tenant_id = $1 and r.scenario = $2
            """,
            tenant,
            number
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            types.TryAdd(reader.GetString(0), reader.GetString(1));
        return types;
    }

    /// <summary>
    /// The snapshot that partitions decide by, at one gate. Null when there is no such scenario (or it is in the
    /// trash).
    /// </summary>
    public async Task<ScenarioSnapshot?> SnapshotAsync(int tenant, int number, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Command(
            """
            select s.gate, s.status, s.generation, s.revision, s.database, s.definition, s.kept_times, s.settings, s.stopped, s.resumed_at, s.resume_rate, s.resume_overdue, d.fields,
                   array(select g.generation from scenario_generation g where g.tenant_id = s.tenant_id and g.scenario = s.number order by g.generation),
                   array(select g.ended_at from scenario_generation g where g.tenant_id = s.tenant_id and g.scenario = s.number order by g.generation),
                   (select coalesce(jsonb_object_agg(m.key, m.value), '{}')::text from scenario_revision v, jsonb_each_text(v.moved) as m where v.tenant_id = s.tenant_id and v.scenario = s.number),
                   t.time_zone, s.title
            from scenario s join profile_database d on d.tenant_id = s.tenant_id and d.number = s.database join tenant t on t.id = s.tenant_id
            where s.tenant_id = $1 and s.number = $2 and s.deleted_at is null
            """,
            tenant,
            number
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Snapshot(reader) : null;
    }

    private static ScenarioSnapshot Snapshot(NpgsqlDataReader reader)
    {
        var row = new RowCursor(reader);
        return new ScenarioSnapshot(
            row.Value<long>(),
            Name<ScenarioStatus>.Parse(row.Text()),
            row.Int(),
            row.Int(),
            row.Int(),
            DefinitionOf(row.Text(), row.Text()),
            StoredDefinition.ReadSettings(row.Text()),
            row.Value<TimeSpan>(),
            row.InstantOrNull(),
            row.IntOrNull() ?? DefaultResumeRate,
            row.LongOrNull() ?? 0,
            StoredDefinition.ReadFields(row.Text()),
            row.Value<int[]>().Zip(row.Value<DateTimeOffset[]>()).ToDictionary(p => p.First, p => p.Second),
            JsonSerializer.Deserialize<Dictionary<string, string>>(row.Text())!,
            row.Text()
        )
        {
            Title = row.Text(),
        };
    }

    private static Definition? DefinitionOf(string definition, string keptTimes) =>
        StoredDefinition.Read(definition) is { } read ? KeptTimes.Of(read, keptTimes) : null;

    private static async Task<ScenarioRow?> FindAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        CancellationToken cancellationToken
    )
    {
        await using var command = connection.Command(
            """
            select s.number, s.title, s.about, s.database, d.name, d.fields, s.partitions, s.status, s.generation, s.revision, s.settings, s.definition, s.layout, s.deleted_at is not null, s.kept_times, s.bin
            from scenario s join profile_database d on d.tenant_id = s.tenant_id and d.number = s.database
            where s.tenant_id = $1 and s.number = $2
            """,
            tenant,
            number
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ScenarioRow(
                reader.GetInt32(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetInt32(3),
                reader.GetString(4),
                reader.GetString(5),
                reader.GetInt16(6),
                Name<ScenarioStatus>.Parse(reader.GetString(7)),
                reader.GetInt32(8),
                reader.GetInt32(9),
                reader.GetString(10),
                reader.GetString(11),
                reader.GetString(12),
                reader.GetBoolean(13),
                reader.GetString(14),
                reader.GetString(15)
            )
            : null;
    }

    private static async Task<long> InsideAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        int generation,
        CancellationToken cancellationToken
    )
    {
        await using var command = connection.Command(
            "select coalesce(sum(n), 0)::bigint from live_count where tenant_id = $1 and scenario = $2 and generation = $3",
            tenant,
            number,
            generation
        );
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static Task KeepRevisionAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        string? note,
        string actor,
        string moved,
        CancellationToken cancellationToken
    ) =>
        ExecuteAsync(
            connection,
            """
            insert into scenario_revision (tenant_id, scenario, revision, actor, note, settings, definition, moved)
            select tenant_id, number, revision, $3, $4, settings, definition, $5::jsonb from scenario where tenant_id = $1 and number = $2
            """,
            cancellationToken,
            tenant,
            number,
            actor,
            note,
            moved
        );

    private static async Task ExecuteAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellationToken,
        params object?[] values
    )
    {
        await using var command = connection.Command(sql, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
