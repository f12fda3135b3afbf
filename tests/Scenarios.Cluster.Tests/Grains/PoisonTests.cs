using Microsoft.Extensions.DependencyInjection;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>A failing profile hurts nobody else (architecture.md, guarantee 8).</summary>
public sealed class PoisonTests(TestNode node) : IClassFixture<TestNode>
{
    [Fact]
    public async Task Captures_that_cannot_be_stored_fail_alone_and_their_neighbours_are_committed()
    {
        var api = node.Api;
        var number = await api.ActiveAsync(settings: new { partitions = 1 });
        // The edge refuses what PostgreSQL cannot hold; a partition must not rely on it.
        var captures = Enumerable.Range(0, 40).Select(i => Capture(Graph.Profile(i), i % 13 == 5 ? """[["set", "tier", "\u0000"]]""" : "[]")).ToArray();

        var outcomes = await node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, 0).Capture(captures);

        var poisoned = outcomes.Index().Where(o => o.Item.Result == CaptureResult.Failed).ToList();
        Assert.Equal([5, 18, 31], poisoned.Select(o => o.Index));
        Assert.All(poisoned, o => Assert.Equal("unstorable", o.Item.Reason));
        var accepted = outcomes.Where(o => o.Result == CaptureResult.Accepted).Select(o => o.RunId).ToList();
        Assert.Equal(37, accepted.Count);
        await Invariants.HoldAsync(api, number, accepted);
    }

    [Fact]
    public async Task A_capture_that_cannot_be_decided_fails_alone()
    {
        var api = node.Api;
        var number = await api.ActiveAsync(settings: new { partitions = 1 });
        Capture[] captures =
        [
            Capture("ann", "[]"),
            Capture("bob", """[["increment", "points", 1]]"""), // which no capture may bring
            Capture("cyd", "[]"),
        ];

        var outcomes = await node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, 0).Capture(captures);

        Assert.Equal([CaptureResult.Accepted, CaptureResult.Failed, CaptureResult.Accepted], outcomes.Select(o => o.Result));
        await Invariants.HoldAsync(api, number, [outcomes[0].RunId, outcomes[2].RunId]);
    }

    private static Capture Capture(string profile, string operations) => new(profile, new ProfileChange("{}", operations, null), null, null, null, null, 0, null);
}
