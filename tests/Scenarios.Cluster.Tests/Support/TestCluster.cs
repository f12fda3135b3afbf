namespace Scenarios.Cluster.Tests.Support;

/// <summary>Two nodes in this process on one database: partitions live on either, and every call may cross.</summary>
public sealed class TestCluster(TestPostgres postgres) : IAsyncLifetime
{
    private readonly List<TestNode> _nodes = [];
    private string _connection = "";

    public TestClock Clock { get; } = new();
    public IReadOnlyList<TestNode> Nodes => _nodes;
    public TestNode First => _nodes[0];

    public async ValueTask InitializeAsync()
    {
        _connection = await postgres.CloneAsync();
        await AddNodeAsync();
        await AddNodeAsync();
    }

    public async Task<TestNode> AddNodeAsync()
    {
        var node = new TestNode(() => Task.FromResult(_connection), Clock) { HasNeighbours = true };
        await node.InitializeAsync();
        _nodes.Add(node);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
