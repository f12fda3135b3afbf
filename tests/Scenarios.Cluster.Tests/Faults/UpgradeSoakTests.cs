using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// <c>./test soak [minutes] [seed] Upgrade</c>: versions beside each other, and large tables that change under load
/// (reliability.md O3, M1).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class UpgradeSoakTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// Three nodes of the former version become nodes of the next one, and go back, one after the other, and for most of the
    /// time there are some of both. Every table has a column more than the former version knows.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_while_nodes_of_two_versions_work_together_forth_and_back()
    {
        Assert.SkipUnless(
            OtherBuild.HasFormer,
            $"the history here lacks {OtherBuild.Former}, of which the former version is built (a shallow clone?)"
        );
        var minutes = double.TryParse(
            Environment.GetEnvironmentVariable("SOAK_MINUTES"),
            CultureInfo.InvariantCulture,
            out var asked
        )
            ? asked
            : 10;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SOAK_SEED"), out var given) ? given : 1;
        using var former = OtherBuild.OfFormer();
        using var next = OtherBuild.OfNext(
            former.Tables.Select(table =>
                (
                    $"later_{table}",
                    $"-- since {former.Newest:0000}\nalter table {table} add column later text not null default 'x';"
                )
            )
        );
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        await using var drill = await Drill.BeginAsync(
            database.ConnectionString,
            nodes: 3,
            firstWaitSeconds: 3,
            secondWaitSeconds: 2,
            equip: (node, _) => node.Build = former.Path
        );
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var storm = new Storm(drill, seed);
        await storm.BeginAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        drill.Load(callers: 8);
        var storming = storm.RunAsync(over.Token);
        await drill.AckedAsync(200);
        foreach (var (from, to) in ((OtherBuild, OtherBuild)[])[(former, next), (next, former)])
        {
            await BecomeAsync(drill, drill.Nodes[0], to);
            await MixAsync(drill, TimeSpan.FromMinutes(minutes / 2), from, to);
            await BecomeAsync(drill, drill.Nodes[1], to);
            await BecomeAsync(drill, drill.Nodes[2], to);
            Assert.Equal(
                Migration.All.Count + former.Tables.Count(),
                await AskAsync<long>(source, "select count(*) from schema_migration")
            );
        }
        await over.CancelAsync();
        await storming;
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 1000, minUnknown: 0);
        await storm.JudgeAsync();
        Drill.Say(
            $"{former.Newest} migrations became {Migration.All.Count + former.Tables.Count()}; "
                + $"{drill.Faults.Count} replacements and kills, {storm.Calls} calls of management; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
    }

    /// <summary>
    /// The table of runs, ten million of them (<c>MIGRATION_ROWS</c>), gets a column, an index, and a value in each row of one
    /// slice in eight, while two nodes take captures. The node that migrates is killed in the middle of the index and in the
    /// middle of the values; two start at once then.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task A_migration_of_ten_million_runs_blocks_no_caller_for_a_second_however_often_its_node_is_killed()
    {
        var rows = int.TryParse(Environment.GetEnvironmentVariable("MIGRATION_ROWS"), out var given) ? given : 10_000_000;
        var since = $"-- since {Migration.All.Count:0000}";
        using var next = OtherBuild.OfNext([
            ("later_column", $"{since}\nalter table run add column later bigint;"),
            (
                "later_index",
                $"{since}, in steps\ndrop index concurrently if exists run_later;\n-- step\ncreate index "
                    + "concurrently run_later on run (tenant_id, scenario, profile_id);"
            ),
            (
                "later_values",
                $$"""
                {{since}}, in steps
                do $$ begin
                    for page in 0 .. pg_relation_size('run') / current_setting('block_size')::int / 400 loop
                        update run set later = step + 1
                        where ctid >= format('(%s,0)', page * 400)::tid and ctid < format('(%s,0)', page * 400 + 400)::tid and partition = 0 and later is null;
                        commit;
                    end loop;
                end $$;
                """
            ),
        ]);
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        await using var drill = await Drill.BeginAsync(database.ConnectionString, firstWaitSeconds: 3, secondWaitSeconds: 2);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var begun = Stopwatch.GetTimestamp();
        await FillAsync(source, drill, rows);
        Drill.Say(
            $"{rows} runs were laid in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s: "
                + $"{await AskAsync<string>(source, "select pg_size_pretty(pg_total_relation_size('run'))")}"
        );
        await VacuumAsync(database, source);
        await Holdups.SeeAsync(database.ConnectionString);
        drill.Load(callers: 6);
        await drill.AckedAsync(300);
        await using var holdups = new Holdups(database.ConnectionString);
        await using ServerProcess one = New("next1"),
            other = New("next2");
        await drill.FaultAsync("migration", async () =>
        {
            begun = Stopwatch.GetTimestamp();
            await KillAsync(
                "in the middle of the index",
                """select exists (select from pg_stat_progress_create_index where blocks_total > 0 and blocks_done * 2 > blocks_total)"""
            );
            await KillAsync(
                "in the middle of the values",
                """select exists (select from run where ctid >= format('(%s,0)', pg_relation_size('run') / 16384)::tid and ctid < format('(%s,0)', pg_relation_size('run') / 16384 + 1)::tid and later is not null)"""
            );
            one.Start();
            other.Start();
            await UntilAsync($"select count(*) = {Migration.All.Count + 3} from schema_migration");
            await one.ReadyAsync(Cancel);
            await other.ReadyAsync(Cancel);
            await drill.AckedAsync(drill.Ledger.Acked + 300);
        });
        var took = Stopwatch.GetElapsedTime(begun);
        var held = await holdups.EndAsync();
        Assert.Equal(
            0,
            await AskAsync<long>(
                source,
                "select count(*) from run where profile_id like 'parked%' and partition = 0 and later is distinct from step + 1"
            )
        );
        Assert.Equal(
            1,
            await AskAsync<long>(
                source,
                "select count(*) from pg_index where indexrelid = 'run_later'::regclass and indisvalid"
            )
        );
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 600, minUnknown: 0);
        Drill.Say(
            $"{rows} rows migrated in {took.TotalSeconds:0} s, two kills among them; "
                + $"nobody waited longer than {held.TotalMilliseconds:0} ms for a lock of the migration, "
                + $"no silence of captures was longer than {drill.Ledger.LongestSilence.TotalSeconds:0.0} s; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.InRange(held.TotalSeconds, 0, 1);

        ServerProcess New(string name) => new(name, data.Path, database.ConnectionString, Drill.Token) { Build = next.Path };

        async Task KillAsync(string when, string sql)
        {
            one.Start();
            await UntilAsync(sql);
            Drill.Say($"killed {when}, after {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
            await one.KillAsync(Cancel);
        }

        Task UntilAsync(string sql) =>
            Support.Api.UntilAsync(
                async () =>
                {
                    if (one.HasExited)
                        throw new InvalidOperationException(one.LastWords());
                    if (drill.Nodes.Any(n => n.HasExited))
                        await drill.HealAsync(); // on a starved machine one may be taken for dead
                    return await AskAsync<bool>(source, sql);
                },
                yes => yes,
                TimeSpan.FromMinutes(30)
            );
    }

    /// <summary>Replaced as one does it: asked to stop, and started as what it shall be.</summary>
    private static Task BecomeAsync(Drill drill, ServerProcess node, OtherBuild build) =>
        drill.FaultAsync($"{node.Name} becomes another version", async () =>
        {
            await node.TerminateAsync(Cancel);
            Assert.Equal(0, node.ExitCode);
            node.Build = build.Path;
            node.Start();
            await node.ReadyAsync(Cancel);
            await drill.AckedAsync(drill.Ledger.Acked + 50);
        });

    /// <summary>Both versions at work, one of each dies meanwhile, and what ended is the same to both.</summary>
    private static async Task MixAsync(Drill drill, TimeSpan span, OtherBuild from, OtherBuild to)
    {
        var kinds = ((OtherBuild[])[from, to]).Select(build => drill.Nodes.First(n => n.Build == build.Path)).ToList();
        foreach (var victim in kinds)
        {
            await Task.Delay(span / 3, Cancel);
            await drill.FaultAsync($"kill -9 of {victim.Name}", async () =>
            {
                await victim.KillAsync(Cancel);
                await drill.HealAsync();
                await drill.AckedAsync(drill.Ledger.Acked + 50);
            });
        }
        await Task.Delay(span / 3, Cancel);
        using Support.Api old = Drill.ApiOf(kinds[0]),
            young = Drill.ApiOf(kinds[1]);
        var alike = 0;
        foreach (var wanted in drill.Ledger.All.Where(w => w.Accepted).Chunk(20).Select(some => some[0]).Take(500))
        {
            var (here, there) = (await SeenAsync(old, wanted), await SeenAsync(young, wanted));
            if (here.IsOpen || there.IsOpen)
                continue;
            Assert.Equal(here.Body.GetRawText(), there.Body.GetRawText());
            alike++;
        }
        Assert.True(alike > 0, "no run has ended that both could read");

        Task<RunSeen> SeenAsync(Support.Api api, Wanted wanted) =>
            Drill.PatientlyAsync(() => api.RunAsync(drill.Scenario, wanted.RunId));
    }

    /// <summary>
    /// Runs of a scenario of their own that wait for a year; without the indexes, which are made afterwards as they were.
    /// </summary>
    private static async Task FillAsync(NpgsqlDataSource dataSource, Drill drill, int rows)
    {
        using var api = Drill.ApiOf(drill.Nodes[0]);
        var parked = await api.ActiveAsync(Graph.WaitingADay);
        var key = await AskAsync<string>(
            dataSource,
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'run_pkey'"
        );
        var indexes = await AskAsync<string>(
            dataSource,
            "select string_agg(indexdef, ';') from pg_indexes where tablename = 'run' and indexname <> 'run_pkey'"
        );
        foreach (
            var sql in (string[])
                [
                    "alter table run drop constraint run_pkey; drop index run_due; drop index run_element",
                    $"""
                        insert into run (tenant_id, scenario, id, partition, generation, profile_id, element, phase, step, entered_at, arrived_at, due, stoppable, revision, depth, hops, stopped, has_content, has_kept)
                        select 1, {parked}, gen_random_uuid(), i % 8, 1, 'parked' || i, 'w1', 1, 1, now(), now(), now() + interval '1 year', true, 1, 0, 0, '0', false, false from generate_series(1, {rows}) i
                        """,
                    $"set maintenance_work_mem = '1GB'; alter table run add constraint run_pkey {key}; {indexes}",
                ]
        )
        {
            await using var command = dataSource.CreateCommand(sql);
            command.CommandTimeout = 3600;
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    /// <summary>A vacuum of the runs, as it is under way on most days, that would last for hours.</summary>
    private static async Task VacuumAsync(EmbeddedPostgres database, NpgsqlDataSource dataSource)
    {
        await using var admin = NpgsqlDataSource.Create(database.AdminConnectionString);
        var runs = await AskAsync<uint>(dataSource, "select 'run'::regclass::oid");
        foreach (
            var (where, sql) in ((NpgsqlDataSource, string)[])
                [
                    (dataSource, "alter table run set (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"),
                    (admin, "alter system set autovacuum_naptime = '1s'"),
                    (admin, "select pg_reload_conf()"),
                ]
        )
        {
            await using var command = where.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Cancel);
        }
        await Support.Api.UntilAsync(
            () => AskAsync<bool>(admin, $"select exists (select from pg_stat_progress_vacuum where relid = {runs})"),
            under => under,
            TimeSpan.FromMinutes(3)
        );
    }

    private static async Task<T> AskAsync<T>(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.CommandTimeout = 600;
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>
    /// Looks twenty times a second who waits for a lock that a migration has, or waits for itself, and for how long.
    /// </summary>
    private sealed class Holdups : IAsyncDisposable
    {
        private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);
        private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        private readonly Task<TimeSpan> _looking;

        public Holdups(string connectionString) => _looking = LookAsync(connectionString);

        /// <summary>Whoever sees nothing must have shown that he would.</summary>
        public static async Task SeeAsync(string connectionString)
        {
            await using var holdups = new Holdups(connectionString);
            await using var migrating = await PostgresCrash.OpenAsync(
                $"{connectionString};Application Name=scenarios migrations",
                Cancel
            );
            await using var transaction = await migrating.BeginTransactionAsync(Cancel);
            await using var hold = new NpgsqlCommand("lock table audit in access exclusive mode", migrating);
            await hold.ExecuteNonQueryAsync(Cancel);
            await using var other = await PostgresCrash.OpenAsync($"{connectionString};Options=-c lock_timeout=1000", Cancel);
            await using var wait = new NpgsqlCommand("select count(*) from audit", other);
            await Assert.ThrowsAsync<PostgresException>(() => wait.ExecuteScalarAsync(Cancel));
            Assert.InRange((await holdups.EndAsync()).TotalSeconds, 0.5, 2);
        }

        /// <summary>The longest that anybody waited.</summary>
        public async Task<TimeSpan> EndAsync()
        {
            await _over.CancelAsync();
            return await _looking;
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            _over.Dispose();
        }

        private async Task<TimeSpan> LookAsync(string connectionString)
        {
            await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
            await using var command = new NpgsqlCommand(
                """
                select max(clock_timestamp() - l.waitstart) from pg_locks l join pg_stat_activity a using (pid)
                where not l.granted and a.application_name <> 'scenarios migrations' and a.backend_type = 'client backend' and exists (
                    select from unnest(pg_blocking_pids(l.pid)) as b (pid) join pg_stat_activity m using (pid) where m.application_name = 'scenarios migrations')
                """,
                connection
            );
            var longest = TimeSpan.Zero;
            while (!_over.IsCancellationRequested)
            {
                if (await command.ExecuteScalarAsync(Cancel) is TimeSpan waited && waited > longest)
                    longest = waited;
                await Task.Delay(LookEvery, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            return longest;
        }
    }
}
