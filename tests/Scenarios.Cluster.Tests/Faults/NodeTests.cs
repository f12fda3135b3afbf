using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>Real nodes on their own PostgreSQL, started, stopped and killed as people and machines do it.</summary>
public sealed class NodeTests : IDisposable
{
    private readonly TempDirectory _data = new();

    private string Cluster => Path.Combine(_data.Path, "postgres");
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_node_killed_alone_or_with_its_database_restarts_on_the_same_data_and_stops_cleanly()
    {
        var token = Path.Combine(_data.Path, "token");
        await using (var node = await NodeProcess.StartAsync(_data.Path))
            await node.KillAsync();
        var given = await File.ReadAllTextAsync(token, Cancel);
        Assert.True(Postmaster.Read(Cluster)!.IsAlive());

        await using (var node = await NodeProcess.StartAsync(_data.Path))
        {
            await node.KillAsync();
            using var postgres = System.Diagnostics.Process.GetProcessById(Postmaster.Read(Cluster)!.Pid);
            postgres.Kill();
        }

        await using (var node = await NodeProcess.StartAsync(_data.Path))
            Assert.Equal(0, await node.StopAsync());
        Assert.Null(Postmaster.Read(Cluster));
        Assert.Equal(given, await File.ReadAllTextAsync(token, Cancel));
    }

    [Fact]
    public async Task Nodes_on_one_directory_are_one_cluster_and_a_survivor_keeps_the_database()
    {
        await using var first = await NodeProcess.StartAsync(_data.Path);
        await using var second = await NodeProcess.StartAsync(_data.Path);
        await using var api = await NodeProcess.StartAsync(_data.Path, "--roles", "api");
        Assert.Equal(2, await ActiveMembersAsync());

        Assert.Equal(0, await first.StopAsync());

        Assert.Equal(1, await ActiveMembersAsync());
        Assert.True(await second.IsReadyAsync());
        Assert.True(await api.IsReadyAsync());
    }

    [Fact]
    public async Task A_node_told_to_stop_while_it_starts_leaves_nothing_running()
    {
        await using (var node = NodeProcess.Begin(_data.Path))
        {
            while (Postmaster.Read(Cluster) is null)
                await Task.Delay(10, Cancel);
            Assert.Equal(0, await node.StopAsync());
        }
        Assert.Null(Postmaster.Read(Cluster));
    }

    private async Task<long> ActiveMembersAsync()
    {
        await using var postgres = await EmbeddedPostgres.StartAsync(
            _data.Path,
            NullLogger.Instance,
            TimeProvider.System,
            Cancel
        );
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = database.CreateCommand("select count(*) from orleansmembershiptable where status = 3");
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
