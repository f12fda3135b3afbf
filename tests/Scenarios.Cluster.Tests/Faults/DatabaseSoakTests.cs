using System.Diagnostics;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// What else befalls a database (reliability.md P5 to P9, B2, K2): it has no connections, no locks, no room, another's
/// transactions, another time.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class DatabaseSoakTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_when_connections_cannot_be_had() =>
        OnItsOwnAsync(async database => await HurtAsync(database, "three connections", minUnknown: 0, async _ =>
            {
                await ExecuteAsync(database.AdminConnectionString, $"alter role {EmbeddedPostgres.Role} connection limit 3");
                await ExecuteAsync(
                    database.AdminConnectionString,
                    $"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{EmbeddedPostgres.Role}'"
                );
                await Task.Delay(Long, Cancel);
                await ExecuteAsync(database.AdminConnectionString, $"alter role {EmbeddedPostgres.Role} connection limit -1");
            }));

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_and_no_slice_changes_hands_while_a_table_is_locked() =>
        OnItsOwnAsync(async database => await HurtAsync(database, "locked", minUnknown: 0, async drill =>
            {
                var before = await EpochsAsync(database);
                await using (var connection = await PostgresCrash.OpenAsync(database.ConnectionString, Cancel))
                await using (var transaction = await connection.BeginTransactionAsync(Cancel))
                {
                    await using var command = new NpgsqlCommand(
                        "lock table run in access exclusive mode",
                        connection,
                        transaction
                    );
                    await command.ExecuteNonQueryAsync(Cancel);
                    await Task.Delay(TimeSpan.FromSeconds(30), Cancel);
                }
                await drill.AckedAsync(drill.Ledger.Acked + 100);
                Assert.Equal(before, await EpochsAsync(database));
            }));

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_while_the_writers_of_the_database_stand_still_and_checkpoints_storm() =>
        OnItsOwnAsync(async database => await HurtAsync(database, "writers still", minUnknown: 0, async drill =>
            {
                foreach (var writer in (string[])["walwriter", "checkpointer", "background writer"])
                {
                    var pid = await ScalarAsync<int>(
                        database.AdminConnectionString,
                        $"select pid from pg_stat_activity where backend_type = '{writer}'"
                    );
                    Assert.Equal(0, Signals.Send(pid, 19));
                    await Task.Delay(TimeSpan.FromSeconds(5), Cancel);
                    Assert.Equal(0, Signals.Send(pid, 18));
                }
                for (var i = 0; i < 20; i++)
                    await ExecuteAsync(database.AdminConnectionString, "checkpoint");
            }));

    /// <summary>53100 for all that wants room, and the server stays up.</summary>
    [Fact(Explicit = true)]
    public async Task Nothing_acknowledged_is_lost_when_the_disk_of_the_data_is_full()
    {
        using var disk = SmallDisk.TryMount(megabytes: 100);
        Assert.SkipWhen(disk is null, "no disk can be mounted here");
        await OnItsOwnAsync(async database =>
        {
            var place = Path.Combine(disk.Path, "data");
            Assert.True(Program.Run("install", "-d", "-o", PostgresAccount.Choose().Name!, place));
            await ExecuteAsync(database.AdminConnectionString, $"create tablespace small location '{place}'");
            await ExecuteAsync(database.AdminConnectionString, "alter database scenarios set tablespace small");
            await HurtAsync(database, "disk full", minUnknown: 1, async drill =>
            {
                await FillAsync(database);
                await Task.Delay(Long, Cancel);
                disk.Grow(megabytes: 400);
            });
        });
    }

    /// <summary>PANIC: every session ends, and no start succeeds before there is room.</summary>
    [Fact(Explicit = true)]
    public async Task Nothing_acknowledged_is_lost_when_the_disk_of_the_log_is_full()
    {
        using var disk = SmallDisk.TryMount(megabytes: 100);
        Assert.SkipWhen(disk is null, "no disk can be mounted here");
        using var data = new TempDirectory();
        await using (await data.StartPostgresAsync()) { }
        var log = Path.Combine(data.Path, "postgres", "pg_wal");
        Assert.True(Program.Run("cp", "-a", log, Path.Combine(disk.Path, "log")));
        Directory.Delete(log, recursive: true);
        Assert.True(Program.Run("ln", "-s", Path.Combine(disk.Path, "log"), log));
        await using var database = await data.StartPostgresAsync();
        await ExecuteAsync(database.AdminConnectionString, "select pg_create_physical_replication_slot('hold', true)");
        await HurtAsync(database, "log full", minUnknown: 1, async drill =>
        {
            // Until it is gone; and it does not come back, however often it is started.
            await Assert.ThrowsAnyAsync<NpgsqlException>(async () =>
            {
                while (true)
                    await ExecuteAsync(
                        database.AdminConnectionString,
                        """create table filler as select repeat(md5(i::text), 100) from generate_series(1, 5000) i; drop table filler"""
                    );
            });
            await Task.Delay(Long, Cancel);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(database.AdminConnectionString, "select 1"));
            disk.Grow(megabytes: 2000);
            await PostgresCrash.AnswersAsync(database.ConnectionString, Cancel);
        });
    }

    /// <summary>
    /// Somebody else locks the same rows in the other order, and is patient: it is our transactions that are ended.
    /// </summary>
    [Fact(Explicit = true)]
    public Task Deadlocks_with_another_client_lose_nothing() =>
        OnItsOwnAsync(async database => await HurtAsync(database, "deadlocks", minUnknown: 0, async drill =>
            {
                Task<long> DeadlocksAsync() =>
                    ScalarAsync<long>(
                        database.AdminConnectionString,
                        "select deadlocks from pg_stat_database where datname = 'scenarios'"
                    );
                var before = await DeadlocksAsync();
                var admin = new NpgsqlConnectionStringBuilder(database.AdminConnectionString)
                {
                    Database = "scenarios",
                }.ConnectionString;
                for (
                    var begun = Stopwatch.GetTimestamp();
                    Stopwatch.GetElapsedTime(begun) < Long;
                    await Task.Delay(100, Cancel)
                )
                    await ExecuteAsync(
                        admin,
                        """
                        set deadlock_timeout = '20s';
                        do $$ declare slice record; begin
                            for slice in select ctid from partition order by scenario desc, partition desc loop
                                perform from partition where ctid = slice.ctid for update;
                                perform pg_sleep(0.02);
                            end loop;
                        end $$
                        """
                    );
                Drill.Say($"{await DeadlocksAsync() - before} deadlocks");
            }));

    /// <summary>B2, with a minute for its ten: what fell due meanwhile is worked off while new captures pass.</summary>
    [Fact(Explicit = true)]
    public Task After_an_outage_the_backlog_drains_in_less_than_twice_its_time() =>
        OnItsOwnAsync(async database =>
        {
            var outage = TimeSpan.FromSeconds(60);
            await using var line = new Relay(database.Port);
            var through = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Port = line.Port }.ConnectionString;
            await using var drill = await Drill.BeginAsync(through, firstWaitSeconds: 10);
            await drill.Callers.SendAsync(3000, callers: 4, batch: 25);
            drill.Load(callers: 4);
            await drill.AckedAsync(drill.Ledger.Acked + 50);
            await drill.FaultAsync("outage", async () =>
            {
                line.Refuse();
                await Task.Delay(outage, Cancel);
                line.Mend();
                await drill.HealAsync();
            });
            var begun = Stopwatch.GetTimestamp();
            await drill.AckedAsync(drill.Ledger.Acked + 1);
            var first = Stopwatch.GetElapsedTime(begun);
            using var api = Drill.ApiOf(drill.Nodes[0]);
            await Support.Api.UntilAsync(
                async () =>
                    (await api.RunsAsync(drill.Scenario)).Count(r =>
                        r.IsOpen && r.Body.GetProperty("enteredAt").GetDateTimeOffset() < DateTimeOffset.UtcNow - outage
                    ),
                n => n == 0,
                outage * 2
            );
            Drill.Say(
                $"after {outage.TotalSeconds:0} s without a database the next capture was acknowledged after "
                    + $"{first.TotalSeconds:0.0} s, the backlog gone after "
                    + $"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s"
            );
            await drill.SettleAsync();
            await drill.JudgeAsync(minAcked: 3000, minUnknown: 1);
        });

    /// <summary>Backwards nobody is early; forwards everybody moves, once.</summary>
    [Fact(Explicit = true)]
    public async Task The_clock_of_the_database_may_jump()
    {
        Assert.SkipWhen(ClockFaultTests.Library is null, "libfaketime is not installed");
        using var folder = new TempDirectory();
        var clock = Path.Combine(folder.Path, "clock");
        await SetAsync("+0");
        Assert.True(Program.Run("chmod", "-R", "a+rX", folder.Path));
        (string Name, string Value)[] fake =
        [
            ("LD_PRELOAD", ClockFaultTests.Library!),
            ("FAKETIME_TIMESTAMP_FILE", clock),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        using var data = new TempDirectory();
        foreach (var (name, value) in fake)
            Environment.SetEnvironmentVariable(name, value); // for whom we start from here on
        var starting = data.StartPostgresAsync();
        await Task.WhenAny(starting);
        foreach (var (name, _) in fake)
            Environment.SetEnvironmentVariable(name, null);
        await using var database = await starting;
        await using var drill = await Drill.BeginAsync(database.ConnectionString);
        drill.Load(callers: 6);
        await drill.AckedAsync(100);
        foreach (var jump in (string[])["-600", "+0", "+3600"])
            await drill.FaultAsync($"clock of the database {jump}", async () =>
            {
                await SetAsync(jump);
                await drill.AckedAsync(drill.Ledger.Acked + 150);
                Assert.InRange(
                    (
                        await ScalarAsync<DateTime>(database.AdminConnectionString, "select clock_timestamp()")
                        - DateTime.UtcNow
                    ).TotalSeconds - int.Parse(jump, System.Globalization.CultureInfo.InvariantCulture),
                    -5,
                    5
                );
                await drill.HealAsync();
            });
        await drill.SettleAsync();
        await drill.JudgeAsync(minAcked: 500, minUnknown: 0);

        async Task SetAsync(string shift) => await File.WriteAllTextAsync(clock, shift, Cancel);
    }

    private static async Task HurtAsync(EmbeddedPostgres database, string what, int minUnknown, Func<Drill, Task> hurtAndHeal)
    {
        await using var drill = await Drill.BeginAsync(database.ConnectionString);
        drill.Load(callers: 8);
        await drill.AckedAsync(200);
        await drill.FaultAsync(what, async () =>
        {
            await hurtAndHeal(drill);
            var ended = await drill.HealAsync();
            if (ended > 0)
                Drill.Say($"{ended} nodes ended themselves");
        });
        await drill.AckedAsync(drill.Ledger.Acked + 150);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 350, minUnknown);
        Drill.Say($"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late");
    }

    private static async Task OnItsOwnAsync(Func<EmbeddedPostgres, Task> test)
    {
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        await test(database);
    }

    /// <summary>Until there is no room for one row more.</summary>
    private static async Task FillAsync(EmbeddedPostgres database)
    {
        await ExecuteAsync(database.ConnectionString, "create table filler (text text)");
        for (var rows = 1000; rows > 0; rows /= 2)
            try
            {
                while (true)
                    await ExecuteAsync(
                        database.ConnectionString,
                        $"insert into filler select repeat(md5(i::text), 60) from generate_series(1, {rows}) i"
                    );
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DiskFull)
            {
                // Half as much may still find room.
            }
    }

    private static async Task<string> EpochsAsync(EmbeddedPostgres database) =>
        await ScalarAsync<string>(
            database.ConnectionString,
            """select string_agg(format('%s/%s: %s %s', scenario, partition, epoch, owner), ', ' order by scenario, partition) from partition"""
        );

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<T> ScalarAsync<T>(string connectionString, string sql)
    {
        await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
