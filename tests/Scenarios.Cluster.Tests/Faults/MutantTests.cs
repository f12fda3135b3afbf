using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

// Why this file is the way it is.
//
// A harness that finds nothing proves nothing until it has been seen to find something. Each mutant is a mistake on purpose,
// made in the drill's own database by a trigger, a replaced function or a setting, so that the product has no switch for it;
// the same drill and the same checker must then object, and by the right invariant.

/// <summary><c>./test mutants</c>: mistakes on purpose, each of which must make a drill red (reliability.md 2.1).</summary>
[Collection(FaultCollection.Name)]
public sealed class MutantTests(TestPostgres postgres)
{
    private static readonly TimeSpan StuckLimit = TimeSpan.FromSeconds(15);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="invariant">Whose letters the objection bears; where chance decides what is seen first, either's.</param>
    [Theory(Explicit = true)]
    [InlineData(
        "N1|W3",
        "skips one counter delta in ten",
        """
            create function mutant() returns trigger language plpgsql as $$ begin
                if random() < 0.1 then new.n := old.n; end if; return new; end $$;
            create trigger mutant before update on live_count for each row execute function mutant()
            """
    )]
    [InlineData(
        "W3",
        "answers before it stores, and one in ten is not stored",
        """
            create function mutant() returns trigger language plpgsql as $$ begin
                if random() < 0.1 then return null; end if; return new; end $$;
            create trigger mutant before insert on run for each row execute function mutant()
            """
    )]
    [InlineData(
        "W3",
        "scans half of the due rows",
        """
            create function mutant() returns trigger language plpgsql as $$ begin
                if random() < 0.5 then new.due := '2100-01-01'; end if; return new; end $$;
            create trigger mutant before insert on run for each row execute function mutant()
            """
    )]
    [InlineData(
        "W1",
        "leaves 5 ms early",
        """
            create function mutant() returns trigger language plpgsql as $$ begin
                new.steps := (select json_agg(case when s ->> 'element' = 'w1'
                    then s || jsonb_build_object('leftAt', to_char(((s ->> 'at')::timestamptz + interval '1.995 s') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) else s end)
                    from jsonb_array_elements(new.steps::jsonb) as s)::text; return new; end $$;
            create trigger mutant before insert on run_trail for each row execute function mutant()
            """
    )]
    [InlineData(
        "E2",
        "sends before it commits, and one commit in ten never comes",
        """
            create function mutant() returns trigger language plpgsql as $$ begin
                if random() < 0.1 then return null; end if; return new; end $$;
            create trigger mutant before insert on run_history for each row execute function mutant()
            """
    )]
    [InlineData(
        "A3",
        "forgets what keys were answered",
        """
            create function mutant() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger mutant before insert on receipt for each row execute function mutant()
            """
    )]
    public async Task A_mistake_on_purpose_makes_the_drill_red(string invariant, string mistake, string sql)
    {
        var connectionString = await postgres.CloneAsync();
        await ExecuteAsync(connectionString, sql);
        var objection = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var drill = await Drill.BeginAsync(connectionString, nodes: 1);
            drill.StuckLimit = StuckLimit;
            drill.Load(callers: 6);
            await drill.AckedAsync(300);
            await drill.SettleAsync();
            await drill.JudgeAsync(minAcked: 300, minUnknown: 0);
        });
        Found(invariant, mistake, objection);
    }

    [Fact(Explicit = true)]
    public async Task Commits_that_do_not_wait_for_the_disk_make_the_drill_red()
    {
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        // Of the role: the server's own command line, which says on, is stronger than its files.
        await ExecuteAsync(database.AdminConnectionString, $"alter role {EmbeddedPostgres.Role} set synchronous_commit = off");
        foreach (var setting in (string[])["wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"])
            await ExecuteAsync(database.AdminConnectionString, $"alter system set {setting}");
        await ExecuteAsync(database.AdminConnectionString, "select pg_reload_conf()");
        var objection = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var drill = await Drill.BeginAsync(database.ConnectionString, nodes: 1, webhook: false);
            drill.StuckLimit = StuckLimit;
            drill.Load(callers: 8);
            for (var crash = 0; crash < 3; crash++)
            {
                await drill.AckedAsync(drill.Ledger.Acked + 150);
                await PostgresCrash.KillAsync(database.ConnectionString, Cancel);
                await PostgresCrash.AnswersAsync(database.ConnectionString, Cancel);
            }
            await drill.AckedAsync(drill.Ledger.Acked + 50);
            await drill.SettleAsync();
            await drill.JudgeAsync(minAcked: 300, minUnknown: 0);
        });
        Found("A1", "synchronous_commit = off", objection);
    }

    /// <summary>
    /// Paused in the middle of its work beyond its death, a silo comes back to a fence that lets everybody through.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task A_fence_that_checks_nothing_fails_the_drill()
    {
        var connectionString = await postgres.CloneAsync();
        await ExecuteAsync(
            connectionString,
            """
            create or replace function fence_broken(tenants int[], scenarios int[], gates bigint[]) returns void language sql as $$ $$
            """
        );
        var objection = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var drill = await Drill.BeginAsync(connectionString);
            drill.StuckLimit = StuckLimit;
            drill.Load(callers: 8);
            for (var pause = 0; pause < 3; pause++)
            {
                await drill.AckedAsync(drill.Ledger.Acked + 150);
                var (owner, _) = await drill.BusiestAsync();
                var other = drill.Nodes.Single(n => n != owner);
                owner.Pause();
                await Support.Api.UntilAsync(
                    () => Drill.SlicesOfAsync(owner, from: other),
                    n => n == 0,
                    TimeSpan.FromSeconds(60)
                );
                owner.Continue();
                if (await owner.ExitsWithinAsync(TimeSpan.FromSeconds(15), Cancel))
                    owner.Start();
                await owner.ReadyAsync(Cancel);
            }
            await drill.SettleAsync();
            await drill.JudgeAsync(minAcked: 300, minUnknown: 0);
        });
        Found("", "no fence", objection);
    }

    private static void Found(string invariant, string mistake, Exception objection)
    {
        Assert.Contains(invariant.Split('|'), name => objection.Message.Contains(name, StringComparison.Ordinal));
        Drill.Say($"{mistake}: {objection.Message.Split('\n')[0][..Math.Min(160, objection.Message.Split('\n')[0].Length)]}");
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
