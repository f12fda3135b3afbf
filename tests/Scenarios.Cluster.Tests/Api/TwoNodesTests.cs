using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Serialization;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>What one node was told holds on the other.</summary>
public sealed class TwoNodesTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int Rate = 40;

    /// <summary>A call costs time, and the machine is not ours alone.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_token_revoked_on_one_node_is_refused_by_the_other_within_five_seconds()
    {
        var (here, there) = (cluster.Nodes[0], cluster.Nodes[1]);
        var made = await here.Api.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer"}""");
        using var caller = new Support.Api(there.Address, made.GetProperty("token").GetString()!);
        Assert.Equal(200, (await caller.SendAsync(HttpMethod.Get, "/api/v1/databases")).Status);

        Assert.Equal(
            204,
            (await here.Api.SendAsync(HttpMethod.Delete, "/api/v1/tokens/" + made.GetProperty("id").GetString())).Status
        );
        var revoked = Stopwatch.GetTimestamp();

        await Support.Api.UntilAsync(() => caller.SendAsync(HttpMethod.Get, "/api/v1/databases"), a => a.Status == 401);
        Assert.InRange(Stopwatch.GetElapsedTime(revoked), TimeSpan.Zero, TimeSpan.FromSeconds(5) + Slack);
    }

    [Fact]
    public async Task A_tenant_that_sends_to_both_nodes_has_one_rate()
    {
        var made = await cluster.First.Api.PostAsync("/api/v1/tenants", """{"name": "of two nodes"}""");
        var token = made.GetProperty("token").GetString()!;
        var callers = cluster.Nodes.Select(node => new Support.Api(node.Address, token)).ToList();
        await callers[0].SendAsync(HttpMethod.Patch, "/api/v1/account", new { ratePerSecond = Rate });
        foreach (var caller in callers)
            await Support.Api.UntilAsync(() => LookAsync(caller), status => status == 429);

        var (done, begun) = (0, Stopwatch.GetTimestamp());
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    Task.Run(async () =>
                    {
                        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(3))
                            if (await LookAsync(callers[i % 2]) == 200)
                                Interlocked.Increment(ref done);
                    })
                )
        );

        var elapsed = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Assert.InRange(done, Rate * elapsed / 3, Rate * (elapsed + 1) + 8);
        callers.ForEach(caller => caller.Dispose());

        static async Task<int> LookAsync(Support.Api caller) =>
            (await caller.SendAsync(HttpMethod.Get, "/api/v1/databases")).Status;
    }

    /// <summary>
    /// By what the database said the edge tells "try again" from a failure: it must arrive from whichever silo it was said to.
    /// </summary>
    [Fact]
    public void What_a_database_said_to_a_silo_arrives_at_the_edge_as_what_it_is()
    {
        var wire = cluster.First.Services.GetRequiredService<Serializer>();
        Exception[] said =
        [
            new PostgresException("the database system is starting up", "FATAL", "FATAL", PostgresErrorCodes.CannotConnectNow),
            new PostgresException(
                "canceling statement due to lock timeout",
                "ERROR",
                "ERROR",
                PostgresErrorCodes.LockNotAvailable
            ),
            new NpgsqlException("Exception while reading from stream", new EndOfStreamException()),
            new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)),
        ];
        foreach (var e in said)
        {
            var heard = (NpgsqlException)wire.Deserialize<Exception>(wire.SerializeToArray(e))!;

            Assert.Equal((e.GetType(), true), (heard.GetType(), heard.IsTransient));
            Assert.Contains(e.Message.Split(": ")[^1], heard.Message, StringComparison.Ordinal);
            Assert.Equal((e as PostgresException)?.SqlState, (heard as PostgresException)?.SqlState);
        }
    }
}
