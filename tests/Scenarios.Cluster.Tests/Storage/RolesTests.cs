using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Effects;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Server;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Retention;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>The role of the server and the one that migrates, as docs/operating.md makes them.</summary>
public sealed partial class RolesTests(TestPostgres postgres, WebhookSink sink) : IClassFixture<WebhookSink>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_does_all_of_its_work_under_a_role_that_owns_nothing()
    {
        var admin = await postgres.AdminAsync();
        foreach (
            var statement in Block()
                .Match(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operating.md"), Cancel))
                .Groups["sql"]
                .Value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
            await ExecuteAsync(admin, statement);
        string As(string role, string password) =>
            new NpgsqlConnectionStringBuilder(admin)
            {
                Database = "journeys",
                Username = role,
                Password = password,
                Pooling = true,
            }.ConnectionString;
        var (owner, server) = (As("scenarios_owner", "the first of two"), As("scenarios_server", "the second of two"));

        // Whoever swallows it on the way: each refusal is thrown once.
        var refused = new ConcurrentQueue<string>();
        void Note(object? _, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs thrown)
        {
            if (thrown.Exception is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e)
                refused.Enqueue(e.MessageText);
        }
        var heard = new Heard();
        AppDomain.CurrentDomain.FirstChanceException += Note;
        try
        {
            // Nothing is there to work on, and this role may not make it.
            Assert.Contains(
                "ConnectionStrings__Migrations",
                (
                    await Assert.ThrowsAsync<MigrationException>(() =>
                        OpenAsync(new DatabaseOptions { ConnectionString = server })
                    )
                ).Message
            );
            Assert.NotEmpty(refused);
            refused.Clear();

            await using var logger = new LoggerConfiguration().WriteTo.Sink(heard).CreateLogger();
            await using var node = new TestNode(() => Task.FromResult(server), new TestClock(), logger: logger)
            {
                Migrations = owner,
            };
            await node.InitializeAsync();
            await WorkAsync(node);
            await node.StopAsync();
            // One that is not let migrate finds nothing to do, and one that migrates later lets the server work on what has come.
            await (await OpenAsync(new DatabaseOptions { ConnectionString = server })).DisposeAsync();
            Migration later = new($"{Migration.All[^1].Number + 1:0000}_later", "create table of_a_later_version (id int)");
            Assert.Equal(
                1,
                await Migrator.MigrateAsync(
                    owner,
                    [.. Migration.All, later],
                    NullLogger.Instance,
                    TimeProvider.System,
                    Cancel,
                    "scenarios_server"
                )
            );
            await ExecuteAsync(server, "insert into of_a_later_version values (1)");
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Note;
        }
        Assert.Empty(refused);
        Assert.DoesNotContain(heard.Lines, line =>
            line.Contains("permission", StringComparison.OrdinalIgnoreCase)
            || line.Contains("denied", StringComparison.OrdinalIgnoreCase)
        );

        foreach (
            var statement in new[]
            {
                "create table mine (id int)",
                "drop table run_history",
                "alter table token add column mine int",
                "truncate run",
                "create function mine() returns int language sql as 'select 1'",
                "create schema mine",
            }
        )
            Assert.Equal(
                PostgresErrorCodes.InsufficientPrivilege,
                (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(server, statement))).SqlState
            );
    }

    /// <summary>Captures, wakes, a webhook, a bulk action, a recount, a stop, and whatever goes on beside them.</summary>
    private async Task WorkAsync(TestNode node)
    {
        var api = node.Api;
        var number = await api.ActiveAsync(
            Graph.Of(
                "start > w1 > h1",
                ("w1", "wait", new { duration = new { days = 1 } }),
                ("h1", "webhook", new { url = $"http://127.0.0.1:{sink.Port}/ok", body = "{}" })
            ),
            new { reentryMode = "parallel" }
        );
        var woken = (await api.CaptureAsync(number, "ann", key: "once", profile: new { email = "ann@example.com" })).RunId;
        await api.UntilRunAsync(number, woken, run => run.Path == "start > w1 > waiting");
        await node.AdvanceAsync(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        await sink.ArrivalAsync($"{woken}/3");
        Assert.StartsWith("start > w1 > h1", (await api.EndOfAsync(number, woken)).Path);

        var removed = (await api.CaptureAsync(number, "bob")).RunId;
        (
            await api.SendAsync(
                HttpMethod.Post,
                $"/api/v1/scenarios/{number}/runs:bulk",
                new { select = new { profileIds = new[] { "bob" } }, action = "remove" }
            )
        ).Ok();
        await api.EndOfAsync(number, removed);
        Assert.True((await api.VerifyAsync(number)).GetProperty("consistent").GetBoolean());
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Get, "/api/v1/cluster")).Status);
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Get, $"/api/v1/scenarios/{number}/statistics")).Status);
        await api.DeactivateAsync(number, "freeze");
        await api.ActivateAsync(number);
        await api.ClearAsync(number);

        // What time does, and what it does a day and years later.
        var clock = new FakeTimeProvider();
        var hashes = new TokenHashes(node.Database.Ledger, clock, new SecretBox([new byte[SecretBox.KeyBytes]]));
        clock.Advance(TokenHashes.KeysKnown);
        await node.Services.GetRequiredService<TokenUses>().WriteAsync(Cancel);
        Assert.Equal(1, await hashes.KeyPlainAsync(2 * TokenHashes.PlainFor, Cancel));
        var months = new HistoryMonths(node.Database.Ledger);
        Assert.True((await months.RunOnceAsync(TimeSpan.FromDays(300), Cancel)).Made > 0);
        Assert.True((await new OutOfDate(node.Database.Ledger).RunOnceAsync(100, TimeSpan.FromDays(500), Cancel)).Runs > 0);
        Assert.True((await months.RunOnceAsync(TimeSpan.FromDays(500), Cancel)).Dropped > 0);
        await using (
            var lacking = node.Database.Ledger.CreateCommand(
                """select count(*) from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not has_table_privilege(oid, 'insert')"""
            )
        )
            Assert.Equal(0L, await lacking.ExecuteScalarAsync(Cancel));

        // A commit of its own that stands half sent.
        await new StalledCommits(node.Database.Ledger).EndAsync(TimeSpan.FromMinutes(1), Cancel);
        await using var other = await node.Database.Ledger.OpenConnectionAsync(Cancel);
        await using var end = node.Database.Ledger.CreateCommand($"select pg_terminate_backend({other.ProcessID})");
        Assert.Equal(true, await end.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task A_server_that_is_not_its_own_is_warned_of_a_superuser_and_its_own_is_not()
    {
        var connection = new NpgsqlConnectionStringBuilder(await postgres.AdminAsync())
        {
            Database = new NpgsqlConnectionStringBuilder(await postgres.CloneAsync()).Database,
        }.ConnectionString;

        Assert.Single(await WarnedAsync(new DatabaseOptions { ConnectionString = connection }), line =>
            line.Contains("superuser", StringComparison.Ordinal)
        );
        Assert.Empty(await WarnedAsync(new DatabaseOptions { ConnectionString = connection, IsOwn = true }));
        Assert.Empty(await WarnedAsync(new DatabaseOptions { ConnectionString = await postgres.CloneAsync() }));
    }

    /// <summary>By an address of this machine that others may have as well as it.</summary>
    [Fact]
    public async Task A_connection_that_leaves_the_machine_unverified_is_warned_of_once()
    {
        var address = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        Assert.SkipWhen(address is null, "this machine has no address but loopback");
        var here = new NpgsqlConnectionStringBuilder(await postgres.CloneAsync());
        await using var between = new Relay(here.Port, address);
        var away = new NpgsqlConnectionStringBuilder(here.ConnectionString)
        {
            Host = $"{address}",
            Port = between.Port,
        }.ConnectionString;

        var warned = await WarnedAsync(new DatabaseOptions { ConnectionString = away, MigrationsConnectionString = away });

        Assert.Contains("VerifyFull", Assert.Single(warned));
    }

    [Theory]
    [
        InlineData("Host=127.0.0.1", false),
        InlineData("Host=localhost:5433", false),
        InlineData("Host=::1", false),
        InlineData("Host=[::1]:5433", false),
        InlineData("Host=/run/postgresql", false),
        InlineData("Host=LOCALHOST,127.0.0.2:1", false)
    ]
    [
        InlineData("Host=db", true),
        InlineData("Host=db.example.com;SslMode=Require", true),
        InlineData("Host=db;SslMode=VerifyCA", true),
        InlineData("Host=db;SslMode=VerifyFull", false),
        InlineData("Host=127.0.0.1,db", true),
        InlineData("Host=fd00::1", true),
        InlineData("Host=10.0.0.1:5432", true),
        InlineData("Host=localhost.example.com", true)
    ]
    public void A_connection_that_leaves_the_machine_without_verifying_the_server_is_reported(string connection, bool isOpen) =>
        Assert.Equal(isOpen, DatabaseOptions.IsOpenOnTheWay(connection));

    [Fact]
    public async Task The_connection_for_migrations_belongs_to_the_database_of_the_server_and_to_no_other()
    {
        ServerOptions Read(params string[] named) =>
            ServerOptions.Read(
                [],
                new ConfigurationBuilder()
                    .AddInMemoryCollection(
                        named.Select(name => KeyValuePair.Create($"ConnectionStrings:{name}", (string?)$"Host={name}"))
                    )
                    .Build()
            );
        Assert.Null(Read("Scenarios").MigrationsConnectionString);
        Assert.Equal("Host=Migrations", Read("Scenarios", "Migrations").MigrationsConnectionString);
        Assert.Throws<UsageException>(() => Read("Migrations"));

        var two = new DatabaseOptions
        {
            ConnectionString = await postgres.CloneAsync(),
            MigrationsConnectionString = await postgres.CloneAsync(),
        };
        Assert.Contains("one database", (await Assert.ThrowsAsync<MigrationException>(() => OpenAsync(two))).Message);
    }

    private static Task<Database> OpenAsync(DatabaseOptions options) =>
        Database.OpenAsync(options, NullLoggerFactory.Instance, TimeProvider.System, Cancel);

    private static async Task<IReadOnlyCollection<string>> WarnedAsync(DatabaseOptions options)
    {
        var heard = new Heard();
        await using var logger = new LoggerConfiguration().MinimumLevel.Warning().WriteTo.Sink(heard).CreateLogger();
        using var logs = new SerilogLoggerFactory(logger);
        await (await Database.OpenAsync(options, logs, TimeProvider.System, Cancel)).DisposeAsync();
        return heard.Lines;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed class Heard : ILogEventSink
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public void Emit(LogEvent logEvent) => _lines.Enqueue($"{logEvent.RenderMessage()} {logEvent.Exception}");
    }

    [GeneratedRegex(@"^## Roles\n.*?```sql\n(?<sql>.*?)```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
