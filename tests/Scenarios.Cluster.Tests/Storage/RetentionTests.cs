using System.Globalization;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Retention;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>What is too old goes, and nothing else: in small bites, by one node at a time, out of everybody's way.</summary>
public sealed class RetentionTests(TestDatabase database, TestPostgres postgres) : IClassFixture<TestDatabase>
{
    private const int Chunk = 1000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<TakenAway> LookAsync(int chunk = Chunk) =>
        new OutOfDate(database.Ledger).RunOnceAsync(chunk, TimeSpan.Zero, Cancel);

    [Fact]
    public async Task An_expired_run_is_removed_with_all_its_rows_and_a_later_one_stays()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var (old, young) = (await EndedAsync(rows, daysAgo: 400.1), await EndedAsync(rows, daysAgo: 399.9));
        var open = await rows.RunAsync("w1", profile: "still inside");
        await CarryAsync(rows, open);

        var taken = await LookAsync();

        Assert.Equal(1, taken.Runs);
        Assert.Equal([0, 0, 0, 0], await HasAsync(rows, "run_history", old));
        Assert.Equal([1, 1, 1, 1], await HasAsync(rows, "run_history", young));
        Assert.Equal([1, 1, 1, 1], await HasAsync(rows, "run", open));
        Assert.True((await LookAsync()).IsNothing);
    }

    [Fact]
    public async Task Each_account_keeps_as_long_as_it_says()
    {
        var (brief, patient) = (await ScenarioRows.NewAsync(database), await ScenarioRows.NewAsync(database));
        await brief.ExecuteAsync("update tenant set retention_days = 1 where id = $t");
        await patient.ExecuteAsync("update tenant set retention_days = 3650 where id = $t");
        var (gone, kept) = (await EndedAsync(brief, daysAgo: 1.1), await EndedAsync(patient, daysAgo: 3000));

        await LookAsync();

        Assert.Equal([0, 0, 0, 0], await HasAsync(brief, "run_history", gone));
        Assert.Equal([1, 1, 1, 1], await HasAsync(patient, "run_history", kept));
    }

    [Fact]
    public async Task Numbers_still_add_up_when_their_runs_are_gone_also_after_the_account_has_changed_its_mind()
    {
        var rows = await ScenarioRows.NewAsync(database);
        foreach (var daysAgo in (double[])[500, 300, 100, 1])
        {
            var at = QuarterAgo(daysAgo);
            await rows.EndedAsync("completed", endedAt: at, counted: false);
            await rows.ExecuteAsync($"update run_history set entered_at = ended_at where tenant_id = $t and ended_at = '{at}'");
            await rows.CountAsync(at, "", "entered", "");
            await rows.CountAsync(at, "", "completed", "");
        }
        async Task ConsistentAsync() =>
            Assert.Empty((await new VerifyReads(database.Reads).VerifyAsync(rows.Tenant, 1, Cancel)).Differences);

        foreach (var (days, left) in ((int, int)[])[(400, 3), (200, 2), (1000, 2), (50, 1)])
        {
            await rows.ExecuteAsync($"update tenant set retention_days = {days} where id = $t");
            await ConsistentAsync();
            await LookAsync();
            await ConsistentAsync();
            Assert.Equal(left, await database.CountAsync($"select count(*) from run_history where tenant_id = {rows.Tenant}"));
        }

        // And it still sees: of what should be there, nothing may be missing.
        await rows.ExecuteAsync("delete from run_history where tenant_id = $t");
        Assert.Equal(
            ["completed", "entered"],
            (await new VerifyReads(database.Reads).VerifyAsync(rows.Tenant, 1, Cancel)).Differences.Select(d => d.What)
        );
    }

    [Fact]
    public async Task Keys_without_a_run_go_after_48_hours_but_for_pages_of_a_task_that_still_works()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var (working, done) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var (task, state) in new[] { (working, "running"), (done, "done") })
            await rows.ExecuteAsync(
                $"""insert into task (tenant_id, id, kind, scenario, state, total, work, actor, ended_at) values ($t, '{task}', 'bulk', 1, '{state}', 1, '[]', 'test', {(state == "done" ? "now()" : "null")})"""
            );
        foreach (
            var (key, hoursAgo) in new (string, double)[]
            {
                ("old", 48.1),
                ("young", 47.9),
                ($"\u0001task/{working:N}/0/0", 100),
                ($"\u0001task/{done:N}/0/0", 100),
                ("\u0001goto/x", 100),
            }
        )
            await rows.ExecuteAsync(
                $"""insert into receipt (tenant_id, key, route, hash, status, answer, at) values ($t, '{key}', 'x', '', 200, '', clock_timestamp() - interval '{hoursAgo.ToString(CultureInfo.InvariantCulture)} hours')"""
            );

        Assert.Equal(3, (await LookAsync(chunk: 2)).Keys);

        Assert.Equal(
            ["young", $"\u0001task/{working:N}/0/0"],
            (await TextsAsync($"select key from receipt where tenant_id = {rows.Tenant} order by at desc"))
        );
    }

    [Fact]
    public async Task Tasks_go_with_their_pieces_as_long_after_their_end_as_runs_and_never_while_they_work()
    {
        var rows = await ScenarioRows.NewAsync(database);
        foreach (
            var (key, state, daysAgo) in new[]
            {
                ("old", "done", 401),
                ("failed", "failed", 401),
                ("young", "cancelled", 399),
                ("working", "running", 500),
            }
        )
        {
            await rows.ExecuteAsync(
                $"""
                with made as (
                    insert into task (tenant_id, id, kind, scenario, state, total, work, key, actor, created_at, ended_at)
                    values ($t, gen_random_uuid(), 'captures', 1, '{state}', 1, '[]', '{key}', 'test', now() - interval '500 days', {(
                    state == "running" ? "null" : $"now() - interval '{daysAgo} days'"
                )}) returning id)
                insert into task_part (tenant_id, task, part, outcome) select $t, id, n, '[]' from made, generate_series(0, 1) as n
                """
            );
        }

        Assert.Equal(2, (await LookAsync()).Tasks);

        Assert.Equal(
            ["working", "young"],
            await TextsAsync($"select key from task where tenant_id = {rows.Tenant} order by key")
        );
        Assert.Equal(4, await database.CountAsync($"select count(*) from task_part where tenant_id = {rows.Tenant}"));
    }

    [Fact]
    public async Task While_one_node_keeps_the_others_do_not_and_two_at_once_do_all_of_it_once()
    {
        const int Runs = 500;
        var rows = await ScenarioRows.NewAsync(database);
        for (var i = 0; i < Runs; i++)
            await rows.EndedAsync("completed", endedAt: QuarterAgo(500), profile: Graph.Profile(i), counted: false);

        await using (var other = await database.Ledger.OpenConnectionAsync(Cancel))
        await using (var keeps = await other.BeginTransactionAsync(Cancel))
        {
            await using var turn = other.CreateCommand();
            turn.CommandText = "select pg_advisory_xact_lock(x'53434B4545504552'::bigint)";
            await turn.ExecuteNonQueryAsync(Cancel);
            Assert.True((await LookAsync()).IsNothing);
        }

        var taken = (await Task.WhenAll(LookAsync(chunk: 10), LookAsync(chunk: 10))).Sum(t => t.Runs);
        // Each that found the other at it has left the rest to the next look.
        taken += (await LookAsync()).Runs;
        Assert.Equal(Runs, taken);
        Assert.Equal(0, await database.CountAsync($"select count(*) from run_history where tenant_id = {rows.Tenant}"));
    }

    [Fact]
    public async Task A_row_that_somebody_holds_keeps_the_keeper_from_it_and_not_the_other_way_round()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var run = await EndedAsync(rows, daysAgo: 500);
        await using (var holder = await database.Ledger.OpenConnectionAsync(Cancel))
        await using (var holds = await holder.BeginTransactionAsync(Cancel))
        {
            await using var hold = holder.CreateCommand();
            hold.CommandText = $"select from run_trail where tenant_id = {rows.Tenant} for update";
            await hold.ExecuteNonQueryAsync(Cancel);

            Assert.Equal(0, (await LookAsync()).Runs);
            Assert.Equal([1, 1, 1, 1], await HasAsync(rows, "run_history", run));
        }

        Assert.Equal(1, (await LookAsync()).Runs);
    }

    [Fact]
    public async Task Months_of_the_history_are_created_ahead_and_dropped_when_empty_and_no_run_is_lost()
    {
        await using var fresh = await TestDatabase.NewAsync(postgres);
        var rows = await ScenarioRows.NewAsync(fresh);
        var months = new HistoryMonths(fresh.Ledger);
        var now = DateTimeOffset.UtcNow;
        string Month(int n) => $"run_history_{new DateTime(now.Year, now.Month, 1).AddMonths(n):yyyyMM}";
        async Task<IEnumerable<string>> AllAsync() =>
            await TextsAsync(
                "select relname::text from pg_class where relname ~ '^run_history_\\d{6}$' and relkind = 'r' order by 1",
                fresh
            );
        Task<(int, int)> InMonthsAsync(int n) =>
            months.RunOnceAsync(
                new DateTimeOffset(now.Year, now.Month, 15, 12, 0, 0, TimeSpan.Zero).AddMonths(n) - now,
                Cancel
            );

        Assert.Equal(Enumerable.Range(0, 4).Select(Month), await AllAsync());
        Assert.Equal((0, 0), await months.RunOnceAsync(TimeSpan.Zero, Cancel));

        // Nobody kept for half a year: what ended in a month that was not there stays where it fell, its month is passed over.
        await rows.EndedAsync("completed", endedAt: $"{now.AddMonths(1):yyyy-MM}-10T00:00:00Z");
        await rows.EndedAsync("completed", endedAt: $"{now.AddMonths(6):yyyy-MM}-10T00:00:00Z");
        // Three ahead are made; of those that are over, all that held nothing are taken away
        Assert.Equal((3, 3), await InMonthsAsync(6));

        Assert.Equal(new[] { 1, 7, 8, 9 }.Select(Month), await AllAsync());
        Assert.Equal(2, (await new RunReads(fresh.Reads).AllAsync(rows.Tenant, 1, null, null, null, 10, Cancel)).Count);
        Assert.Equal(1, await fresh.CountAsync("select count(*) from run_history_default"));
    }

    private static async Task<Guid> EndedAsync(ScenarioRows rows, double daysAgo)
    {
        var run = await rows.EndedAsync("completed", endedAt: $"{DateTimeOffset.UtcNow.AddDays(-daysAgo):O}");
        await CarryAsync(rows, run);
        return run;
    }

    /// <summary>It carries content, and a key began it.</summary>
    private static async Task CarryAsync(ScenarioRows rows, Guid run)
    {
        await rows.ExecuteAsync($"insert into run_data values ($t, 1, '{run}', '{{}}', null)");
        await rows.ExecuteAsync(
            $"""insert into receipt (tenant_id, key, route, hash, status, run_id, at) values ($t, '{run}', 'captures/1', '', 201, '{run}', '2020-01-01Z')"""
        );
    }

    /// <summary>How many rows of the run, its trail, its content and its key there are.</summary>
    private async Task<IEnumerable<long>> HasAsync(ScenarioRows rows, string table, Guid run) =>
        [
            await database.CountAsync($"select count(*) from {table} where tenant_id = {rows.Tenant} and id = '{run}'"),
            await database.CountAsync($"select count(*) from run_trail where tenant_id = {rows.Tenant} and run_id = '{run}'"),
            await database.CountAsync($"select count(*) from run_data where tenant_id = {rows.Tenant} and run_id = '{run}'"),
            await database.CountAsync($"select count(*) from receipt where tenant_id = {rows.Tenant} and run_id = '{run}'"),
        ];

    private async Task<List<string>> TextsAsync(string sql, TestDatabase? of = null)
    {
        await using var command = (of ?? database).Ledger.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var texts = new List<string>();
        while (await reader.ReadAsync(Cancel))
            texts.Add(reader.GetString(0));
        return texts;
    }

    private static string QuarterAgo(double days)
    {
        var at = DateTimeOffset.UtcNow.AddDays(-days);
        return new DateTimeOffset(at.Ticks - at.Ticks % (TimeSpan.TicksPerMinute * 15), TimeSpan.Zero).ToString("O");
    }
}
