using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>Rows of one scenario in a tenant of its own, as a ledger would have left them.</summary>
internal sealed class ScenarioRows(TestDatabase database, int tenant)
{
    public const int Number = 1;
    private static int _tenants;

    public int Tenant => tenant;

    public static async Task<ScenarioRows> NewAsync(
        TestDatabase database,
        string settings = "{}",
        string about = "{}",
        string status = "active"
    )
    {
        var name = $"tenant {Interlocked.Increment(ref _tenants)}";
        await database.ExecuteAsync("insert into tenant (name) values ($1)", name);
        await using var command = database.Ledger.CreateCommand($"select id from tenant where name = '{name}'");
        var rows = new ScenarioRows(database, (int)(await command.ExecuteScalarAsync())!);
        await rows.ExecuteAsync("insert into profile_database (tenant_id, number, name, fields) values ($t, 1, 'shop', '[]')");
        await rows.AddScenarioAsync(Number, "Welcome", settings, about, status);
        return rows;
    }

    public Task AddScenarioAsync(
        int number,
        string title,
        string settings = "{}",
        string about = "{}",
        string status = "active"
    ) =>
        ExecuteAsync(
            $$"""
            insert into scenario (tenant_id, number, title, about, database, partitions, settings, definition, status)
            values ($t, {{number}}, '{{title}}', '{{about}}', 1, 2, '{{settings}}', '{"elements": [{"id": "start"}, {"id": "w1"}], "links": []}', '{{status}}')
            """
        );

    /// <param name="phase">0 arriving, 1 waiting, 2 performing.</param>
    public async Task<Guid> RunAsync(
        string element,
        int phase = 1,
        string? due = null,
        bool stoppable = false,
        string profile = "ann",
        int generation = 1,
        bool counted = true
    )
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            $"""
            insert into run (tenant_id, scenario, id, partition, generation, profile_id, element, phase, step, entered_at, arrived_at, due, stoppable, revision, depth, hops, stopped, has_content, has_kept)
            values ($t, 1, '{id}', 0, {generation}, '{profile}', '{element}', {phase}, 1, '2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', {(
                due is null ? "null" : $"'{due}'"
            )}, {stoppable}, 1, 0, 0, '0', false, false)
            """
        );
        await ExecuteAsync(
            $"""
            insert into profile_entry (tenant_id, scenario, profile_id, entries, open, generation, completed, failed) values ($t, 1, '{profile}', 1, array['{id}'::uuid], {generation}, 0, 0)
            on conflict (tenant_id, scenario, profile_id) do update set entries = profile_entry.entries + 1, open = profile_entry.open || excluded.open
            """
        );
        await TrailAsync(
            id,
            """[{"step":1,"element":"start","at":"2026-11-20T10:00:00.000000Z","leftAt":"2026-11-20T11:00:00.000000Z","output":"next"}]"""
        );
        if (counted)
        {
            await LiveAsync(element, 1, generation);
            await CountAsync("2026-11-20T10:00:00Z", "", "entered", "");
            await CountAsync("2026-11-20T10:00:00Z", element, "entered", "");
        }
        return id;
    }

    public async Task<Guid> EndedAsync(
        string state,
        string? reason = null,
        string endedAt = "2026-11-20T12:00:00Z",
        string profile = "ann",
        bool counted = true
    )
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            $"""
            insert into run_history (tenant_id, scenario, id, partition, generation, profile_id, state, reason, element, step, entered_at, ended_at, has_content)
            values ($t, 1, '{id}', 0, 1, '{profile}', '{state}', {(
                reason is null ? "null" : $"'{reason}'"
            )}, 'w1', 2, '2026-11-20T10:00:00Z', '{endedAt}', false)
            """
        );
        await TrailAsync(
            id,
            $$"""[{"step":1,"element":"w1","at":"2026-11-20T10:00:00.000000Z","leftAt":"2026-11-20T12:00:00.000000Z","output":"next","end":{"state":"{{state}}"} }]"""
        );
        if (counted)
        {
            await CountAsync("2026-11-20T10:00:00Z", "", "entered", "");
            await CountAsync("2026-11-20T12:00:00Z", "", state, reason ?? "");
        }
        return id;
    }

    /// <summary>What clear does: the runs of this generation are dead, their rows still there.</summary>
    public Task EndGenerationAsync(int generation, string reason) =>
        ExecuteAsync(
            $"""
            with ended as (insert into scenario_generation values ($t, 1, {generation}, '2026-11-21T00:00:00Z', '{reason}'))
            update scenario set generation = {generation + 1} where tenant_id = $t and number = 1
            """
        );

    public Task TrailAsync(Guid run, string steps, int firstStep = 1) =>
        ExecuteAsync($"insert into run_trail values ($t, 1, '{run}', {firstStep}, '{steps}')");

    public Task LiveAsync(string element, int n, int generation = 1) =>
        ExecuteAsync(
            $"""
            insert into live_count values ($t, 1, {generation}, 0, '{element}', {n})
            on conflict (tenant_id, scenario, generation, partition, element) do update set n = live_count.n + excluded.n
            """
        );

    public Task CountAsync(string at, string element, string kind, string name, int n = 1, int scenario = 1) =>
        ExecuteAsync(
            $"""
            insert into period_count values ($t, {scenario}, '{at}', 0, '{element}', '{kind}', '{name}', {n})
            on conflict (tenant_id, scenario, at, partition, element, kind, name) do update set n = period_count.n + excluded.n
            """
        );

    public Task ExecuteAsync(string sql) =>
        database.ExecuteAsync(sql.Replace("$t", tenant.ToString(), StringComparison.Ordinal));
}
