using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage;
using Scenarios.Storage.Embedded;

[assembly: AssemblyFixture(typeof(TestPostgres))]
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")] // nor does the embedded PostgreSQL

namespace Scenarios.Cluster.Tests.Support;

/// <summary>The tests' own PostgreSQL, with a migrated template from which databases are cloned in a tenth of a second.</summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private const string Template = "scenarios_template";
    private readonly string _data = Path.Combine(Path.GetTempPath(), $"scenarios-tests-{Environment.ProcessId}");
    private readonly SemaphoreSlim _turn = new(1);
    private EmbeddedPostgres? _server;
    private int _clones;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A fresh database; the server starts with the first that is asked for.</summary>
    public async Task<string> CloneAsync()
    {
        await _turn.WaitAsync();
        try
        {
            _server ??= await StartAsync();
            var name = $"test_{++_clones}";
            await ExecuteAsync(
                _server.AdminConnectionString,
                $"create database {name} template {Template} owner {EmbeddedPostgres.Role}"
            );
            return To(name);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Its superuser.</summary>
    public async Task<string> AdminAsync()
    {
        await CloneAsync();
        return _server!.AdminConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task<EmbeddedPostgres> StartAsync()
    {
        var server = await EmbeddedPostgres.StartAsync(_data, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        await ExecuteAsync(server.AdminConnectionString, $"create database {Template} owner {EmbeddedPostgres.Role}");
        _server = server;
        await Migrator.MigrateAsync(To(Template), NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        return server;
    }

    private string To(string database) =>
        new NpgsqlConnectionStringBuilder(_server!.ConnectionString) { Database = database }.ConnectionString;

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>
/// A database of its own for a test class. Its time limits are long: tests hold locks on purpose, on a machine that may be
/// busy.
/// </summary>
public sealed class TestDatabase(TestPostgres postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private Database? _database;

    public string ConnectionString { get; private set; } = "";
    public NpgsqlDataSource Ledger => _database!.Ledger;
    public NpgsqlDataSource Reads => _database!.Reads;

    /// <summary>For a test that breaks its database.</summary>
    public static async Task<TestDatabase> NewAsync(TestPostgres postgres)
    {
        var database = new TestDatabase(postgres);
        await database.InitializeAsync();
        return database;
    }

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await postgres.CloneAsync();
        var options = new DatabaseOptions
        {
            ConnectionString = ConnectionString,
            LockTimeout = Patience,
            StatementTimeout = Patience,
            IdleInTransactionTimeout = Patience,
        };
        _database = await Database.OpenAsync(options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    public async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Ledger.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Ledger.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
