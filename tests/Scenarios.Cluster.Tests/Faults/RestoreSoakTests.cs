using System.Diagnostics;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// The disk of the database is lost, and what is left is a base backup from before and the log that was received since, as
/// docs/operating.md tells to keep them (reliability.md O5). Effects may come again, under the keys they had.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class RestoreSoakTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_base_backup_and_the_log_received_since_bring_everything_back()
    {
        using var data = new TempDirectory();
        using var kept = new TempDirectory();
        var database = await data.StartPostgresAsync();
        var server = await DirectoryOfAsync(database.AdminConnectionString);
        var programs = Path.GetDirectoryName(await ProgramOfAsync(database.AdminConnectionString))!;
        Assert.SkipUnless(File.Exists(Path.Combine(programs, "pg_receivewal")), "no pg_receivewal here");
        var (backup, log) = (Path.Combine(kept.Path, "backup"), Path.Combine(kept.Path, "log"));
        foreach (var directory in (string[])[backup, log])
            Assert.True(
                Program.Run(
                    "install",
                    PostgresAccount.Choose().Name is { } owner
                        ? ["-d", "-m", "700", "-o", owner, directory]
                        : ["-d", "-m", "700", directory]
                )
            );

        await using var drill = await Drill.BeginAsync(database.ConnectionString, firstWaitSeconds: 6, secondWaitSeconds: 3);
        drill.Load(callers: 8);
        await drill.AckedAsync(300);
        var admin = new NpgsqlConnectionStringBuilder(database.AdminConnectionString);
        var connection =
            $"host={admin.Host} port={admin.Port} user={admin.Username} password={admin.Password} application_name=keeper";
        using (
            var receiving = Process.Start(
                new ProcessStartInfo(Path.Combine(programs, "pg_receivewal"), ["-d", connection, "-D", log, "--synchronous"])
                {
                    UserName = PostgresAccount.Choose().Name ?? "",
                    WorkingDirectory = "/",
                }
            )!
        )
        {
            await AsAsync(
                Path.Combine(programs, "pg_basebackup"),
                "-d",
                connection,
                "-D",
                backup,
                "-X",
                "none",
                "--checkpoint=fast",
                "--no-manifest"
            );
            await drill.AckedAsync(drill.Ledger.Acked + 600);
            await drill.StopLoadAsync();
            await drill.FaultAsync("the disk of the database lost", async () =>
            {
                foreach (var node in drill.Nodes)
                    await node.KillAsync(Cancel);
                await Support.Api.UntilAsync(
                    () => ReceivedAsync(database.AdminConnectionString),
                    all => all,
                    TimeSpan.FromSeconds(30)
                );
                Assert.Equal(0, Signals.Send(receiving.Id, 2));
                await receiving.WaitForExitAsync(Cancel);
                await database.DisposeAsync();
                Directory.Delete(server, recursive: true);

                Assert.True(
                    Program.Run(
                        "/bin/sh",
                        "-c",
                        $"""
                        set -e
                        cp -a '{backup}' '{server}'
                        touch '{server}/recovery.signal'
                        for part in '{log}'/*.partial; do [ ! -e "$part" ] || mv "$part" "$(echo "$part" | sed 's/.partial$//')"; done
                        echo "restore_command = 'cp {log}/%f %p'" >> '{server}/postgresql.auto.conf'
                        """
                    )
                );
                database = await data.StartPostgresAsync();
                foreach (var node in drill.Nodes)
                    node.Environment["ConnectionStrings__Scenarios"] = database.ConnectionString;
                await drill.HealAsync();
            });
        }
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 900, minUnknown: 0);
        Drill.Say(
            $"{drill.Ledger.Acked} of {drill.Ledger.Acked} acknowledged captures came back; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        foreach (var node in drill.Nodes)
            await node.KillAsync(Cancel);
        await database.DisposeAsync();
    }

    private static async Task AsAsync(string program, params string[] arguments)
    {
        var (code, output) = await PostgresAccount.Choose().RunAsync(program, arguments, input: null, Cancel);
        Assert.True(code == 0, output);
    }

    private static Task<string> DirectoryOfAsync(string admin) => TextAsync(admin, "show data_directory");

    private static async Task<string> ProgramOfAsync(string admin) =>
        await TextAsync(admin, "select setting from pg_config where name = 'BINDIR'") + "/postgres";

    private static async Task<bool> ReceivedAsync(string admin) =>
        await TextAsync(
            admin,
            "select (flush_lsn >= pg_current_wal_flush_lsn())::text from pg_stat_replication where application_name = 'keeper'"
        ) == "true";

    private static async Task<string> TextAsync(string connectionString, string sql)
    {
        await using var connection = await PostgresCrash.OpenAsync(connectionString, Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
