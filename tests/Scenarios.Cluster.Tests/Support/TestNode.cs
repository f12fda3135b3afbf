using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Grains.Effects;
using Scenarios.Grains.Partition;
using Scenarios.Server;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>The product in this process, silo and API, on a database of its own and on ports of its own.</summary>
public sealed class TestNode : IAsyncLifetime
{
    /// <summary>An admin of the first tenant, who also operates the cluster.</summary>
    public const string Token = "operator-of-the-tests-1";

    /// <summary>The tenant of <see cref="Token"/>.</summary>
    public const int Tenant = 1;

    private readonly Func<Task<string>> _connection;
    private readonly Serilog.ILogger _logger;
    private readonly PartitionOptions _partitions;
    private readonly int _preparedStatements;
    private Database? _database;
    private WebApplication? _app;

    public TestNode(TestPostgres postgres)
        : this(postgres.CloneAsync, new TestClock()) { }

    /// <param name="clock">Nodes of one cluster share it.</param>
    /// <param name="preparedStatements">0: each statement goes out as its text, by which a line between recognises it.</param>
    /// <param name="logger">Hears what the node logs; nobody does without it.</param>
    internal TestNode(
        Func<Task<string>> connection,
        TestClock clock,
        PartitionOptions? partitions = null,
        int preparedStatements = 200,
        Serilog.ILogger? logger = null
    ) =>
        (_connection, Clock, _partitions, _preparedStatements, _logger) = (
            connection,
            clock,
            partitions ?? new PartitionOptions(),
            preparedStatements,
            logger ?? Serilog.Core.Logger.None
        );

    public TestClock Clock { get; }

    /// <summary>What stands between the node's grains.</summary>
    internal IOutgoingGrainCallFilter? Between { get; init; }

    /// <summary>A performer beside those that the node has.</summary>
    internal IPerformer? Also { get; init; }

    /// <summary>Of the role that owns the schema, where the node's own does not.</summary>
    public string? Migrations { get; init; }

    internal RequestLimits Limits { get; init; } = new();

    /// <summary>They may wait for its last answers when it stops; a node alone need not give them a second for it.</summary>
    internal bool HasNeighbours { get; init; }

    public Database Database => _database!;
    public IServiceProvider Services => _app!.Services;
    public Uri Address { get; private set; } = null!;

    /// <summary>Calls with <see cref="Token"/>.</summary>
    public Api Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var connection = await _connection();
        _database = await Database.OpenAsync(
            new DatabaseOptions
            {
                ConnectionString = connection,
                MigrationsConnectionString = Migrations,
                LedgerConnections = 16,
                ReadConnections = 4,
                IdleInTransactionTimeout = TimeSpan.FromMinutes(1),
                PreparedStatements = _preparedStatements,
            },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            CancellationToken.None
        );
        await new TenantStore(_database.Ledger).BootstrapAsync(Token, CancellationToken.None);
        var options = new ServerOptions
        {
            Urls = "http://127.0.0.1:0",
            ConnectionString = connection,
            SiloPort = LoopbackPort.Find(),
            GatewayPort = LoopbackPort.Find(),
        };
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration["Effects:AllowedNetworks"] = "127.0.0.0/8"; // where the sinks are
        builder.Services.AddSingleton(_partitions with { ClockShift = () => Clock.Shift });
        builder.Services.AddSingleton(Limits);
        if (!HasNeighbours)
            builder.Services.PostConfigure<SiloMessagingOptions>(o =>
                o.WaitForMessageToBeQueuedForOutboundTime = TimeSpan.Zero
            );
        if (Between is not null)
            builder.Services.AddSingleton(Between);
        if (Also is not null)
            builder.Services.AddSingleton(Also);
        _app = Node.Build(builder, options, _database, NodePorts.Claim(options), _logger);
        try
        {
            await _app.StartAsync();
        }
        catch
        {
            // A host that has not begun to start cannot be stopped.
            await _app.DisposeAsync();
            _app = null;
            throw;
        }
        Address = new Uri(_app.Urls.First());
        Api = new Api(Address, Token);
    }

    /// <summary>Moves the clock by which waits are due, and wakes whoever may be due by it: nothing else would know.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        var grains = Services.GetRequiredService<IGrainFactory>();
        await using var command = Database.Ledger.CreateCommand(
            "select tenant_id, number, partitions from scenario where status <> 'inactive'"
        );
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            for (var partition = 0; partition < reader.GetInt16(2); partition++)
                await grains.Partition(reader.GetInt32(0), reader.GetInt32(1), partition).Poke();
    }

    /// <summary>Hands everything over, as a node that is told to stop.</summary>
    public async Task StopAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        Api?.Dispose();
    }
}

/// <summary>How far the clock by which waits are due runs before the real one.</summary>
public sealed class TestClock
{
    private long _shift;

    public TimeSpan Shift => new(Interlocked.Read(ref _shift));
    public DateTimeOffset Now => DateTimeOffset.UtcNow + Shift;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);
}
