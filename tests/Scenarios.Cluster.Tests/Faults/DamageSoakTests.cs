using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// What a disk does to what it was given (reliability.md D1): a bit of a page flips, the end of the log is gone. The first is
/// found out by the page's checksum when it is next read. The second cannot be found out: a log that ends too soon looks like
/// one that ends.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class DamageSoakTests
{
    private const int PageSize = 8192,
        Hurt = 800,
        WaitSeconds = 60;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_flipped_bit_is_reported_never_answered_and_calls_that_do_not_need_its_page_succeed()
    {
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        await using var drill = await Drill.BeginAsync(database.ConnectionString);
        using var api = Drill.ApiOf(drill.Nodes[0]);
        var number = await api.ActiveAsync(Graph.Waiting(WaitSeconds));
        var runs = await api.CaptureAllAsync(number, Enumerable.Range(0, Hurt).Select(Graph.Profile));
        var (page, inPage) = await SettledPageAsync(database, number);
        drill.Load(callers: 6);
        await drill.AckedAsync(200);

        var (hit, whole) = (inPage[0], runs.First(run => !inPage.Contains(run)));
        await drill.FaultAsync("a bit flipped", async () =>
        {
            using (await StopAsync(data, database))
                Flip(page);
            await PostgresCrash.AnswersAsync(database.ConnectionString, Cancel);
            await drill.HealAsync();
            await drill.AckedAsync(drill.Ledger.Acked + 200);
        });
        var path = $"/api/v1/scenarios/{number}";
        foreach (
            var (method, address) in (IEnumerable<(HttpMethod, string)>)
                [
                    (HttpMethod.Get, $"{path}/runs/{hit}"),
                    (HttpMethod.Get, $"{path}/runs?limit=1000"),
                    (HttpMethod.Post, $"{path}:verify"),
                    (HttpMethod.Post, $"{path}/runs/{hit}:release"),
                    (HttpMethod.Delete, $"{path}/runs/{hit}"),
                ]
        )
        {
            var reply = await api.SendAsync(method, address);
            Assert.True((reply.Status, reply.Code) == (503, "damaged"), $"{method} {address}: {reply.Text}");
        }
        Assert.Equal("start > w1 > waiting", (await api.RunAsync(number, whole)).Path);
        await api.PostAsync($"{path}/runs/{whole}:release");
        Assert.Equal("completed", (await api.RunAsync(number, whole)).State);
        var late = await api.CaptureAsync(number, "late");
        Assert.True(late.Accepted, late.Reason);

        // Those before the page leave when they are due. The page, and who is due behind it in its slices, waits until it is
        // mended; nobody else does.
        var stuck = await Support.Api.UntilAsync(
            () => api.LiveAsync(number),
            live => live.Inside < Hurt,
            TimeSpan.FromSeconds(WaitSeconds * 2)
        );
        await drill.AckedAsync(drill.Ledger.Acked + 200);
        stuck = await api.LiveAsync(number);
        Assert.InRange(stuck.Inside, inPage.Count, Hurt);
        // Whoever needed the page told which it is.
        Assert.Contains(drill.Nodes, node =>
            node.LastWords(int.MaxValue).Contains("invalid page in block", StringComparison.Ordinal)
        );

        Flip(page);
        await Support.Api.UntilAsync(
            () => api.LiveAsync(number),
            live => live.Inside == 0,
            TimeSpan.FromSeconds(WaitSeconds * 3)
        );
        await Invariants.HoldAsync(api, number, [.. runs, late.RunId]);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 600, minUnknown: 0);
        Drill.Say(
            $"{inPage.Count} of {Hurt} runs lay in the page, {stuck.Inside} waited for its mending; "
                + $"of the others the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, 15);
    }

    /// <summary>
    /// Not promised: what was acknowledged behind the cut is gone, and PostgreSQL says nothing. What is left is a moment that
    /// there was.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task A_log_that_is_cut_short_brings_back_the_moment_of_the_cut_and_half_of_nothing()
    {
        const int Behind = 300;
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        // So that what comes behind the cut stands in the log alone.
        foreach (var sql in (string[])["alter system set bgwriter_lru_maxpages = 0", "select pg_reload_conf()"])
            await RowsAsync(database.AdminConnectionString, sql, row => 0);
        await using var drill = await Drill.BeginAsync(database.ConnectionString, webhook: false);
        drill.Load(callers: 8);
        await drill.AckedAsync(400);
        await drill.StopLoadAsync();
        var (log, cut) = await EndOfLogAsync(database);
        using var api = Drill.ApiOf(drill.Nodes[0]);
        var behind = await api.CaptureAllAsync(drill.Scenario, Enumerable.Range(0, Behind).Select(Graph.Profile));

        await drill.FaultAsync("the log cut short", async () =>
        {
            foreach (var node in drill.Nodes)
                await node.KillAsync(Cancel);
            using (await StopAsync(data, database))
                Cut(log, cut);
            await PostgresCrash.AnswersAsync(database.ConnectionString, Cancel);
            await drill.HealAsync();
        });
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 400, minUnknown: 0);
        foreach (var run in behind)
            Assert.Equal(404, (await api.SendAsync(HttpMethod.Get, $"/api/v1/scenarios/{drill.Scenario}/runs/{run}")).Status);
        Drill.Say(
            $"all {drill.Ledger.Acked} acknowledged before the cut were there, "
                + $"all {Behind} behind it gone without a word; the latest wake came "
                + $"{verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
    }

    /// <summary>The checkpoint itself is behind the cut: PostgreSQL refuses, and so does a node.</summary>
    [Fact(Explicit = true)]
    public async Task A_log_without_its_last_checkpoint_is_refused_and_says_so()
    {
        using var data = new TempDirectory();
        var database = await data.StartPostgresAsync();
        var (log, cut) = await EndOfLogAsync(database);
        await database.DisposeAsync();
        Cut(log, cut);

        var refused = await Assert.ThrowsAsync<PostgresUnavailableException>(() => data.StartPostgresAsync());

        Assert.Contains("could not locate a valid checkpoint record", refused.Message);
    }

    /// <summary>
    /// A page of the table in which rows of this scenario lie and no others. It is at rest: a page that is written after the
    /// last checkpoint, and be it a hint, stands whole in the log, and a crash would mend it from there.
    /// </summary>
    private static async Task<((string File, long At) Page, List<Guid> Runs)> SettledPageAsync(
        EmbeddedPostgres database,
        int number
    )
    {
        var admin = new NpgsqlConnectionStringBuilder(database.AdminConnectionString)
        {
            Database = EmbeddedPostgres.Role,
        }.ConnectionString;
        foreach (var sql in (string[])["vacuum (freeze) run", "checkpoint"])
            await RowsAsync(admin, sql, row => 0);
        var block = (
            await RowsAsync(
                admin,
                $"""
                with rows as (select (ctid::text::point)[0]::int as block, scenario from run)
                select block from rows group by block having bool_and(scenario = {number}) order by block offset 2 limit 1
                """,
                row => row.GetInt32(0)
            )
        ).Single();
        var runs = await RowsAsync(admin, $"select id from run where (ctid::text::point)[0]::int = {block}", row =>
            row.GetGuid(0)
        );
        var file = (
            await RowsAsync(admin, "select current_setting('data_directory') || '/' || pg_relation_filepath('run')", row =>
                row.GetString(0)
            )
        ).Single();
        return ((file, block * (long)PageSize + PageSize - 192), runs);
    }

    /// <summary>Where the log ends that is on the disk.</summary>
    private static async Task<(string File, int At)> EndOfLogAsync(EmbeddedPostgres database) =>
        (
            await RowsAsync(
                database.AdminConnectionString,
                """select current_setting('data_directory') || '/pg_wal/' || file_name, file_offset from pg_walfile_name_offset(pg_current_wal_flush_lsn())""",
                row => (row.GetString(0), row.GetInt32(1))
            )
        ).Single();

    /// <summary>
    /// Stopped in the middle of everything, and held there: its watch does not start it before this is given back.
    /// </summary>
    private static async Task<IDisposable> StopAsync(TempDirectory data, EmbeddedPostgres database)
    {
        var gate = await FileLock.AloneAsync(
            Path.Combine(data.Path, "postgres.gate"),
            TimeSpan.FromMinutes(1),
            TimeProvider.System,
            Cancel
        );
        await PostgresCrash.StopAtOnceAsync(database.AdminConnectionString, Cancel);
        return gate;
    }

    private static void Flip((string File, long At) page)
    {
        using var file = File.Open(page.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = page.At;
        var was = file.ReadByte();
        file.Position = page.At;
        file.WriteByte((byte)(was ^ 1));
    }

    private static void Cut(string log, int at)
    {
        foreach (
            var later in Directory
                .EnumerateFiles(Path.GetDirectoryName(log)!)
                .Where(f => Path.GetFileName(f).Length == 24 && string.CompareOrdinal(f, log) > 0)
        )
            File.Delete(later);
        using var file = File.OpenWrite(log);
        file.SetLength(at);
    }

    private static async Task<List<T>> RowsAsync<T>(string connectionString, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(Cancel))
            rows.Add(read(reader));
        return rows;
    }
}
