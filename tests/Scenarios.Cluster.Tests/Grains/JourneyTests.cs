using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>Whole passages through a scenario, from the capture to the last step.</summary>
public sealed class JourneyTests(TestNode node) : IClassFixture<TestNode>
{
    [Fact]
    public async Task A_captured_profile_waits_its_day_and_completes()
    {
        var api = node.Api;
        var number = await api.ActiveAsync();

        var capture = await api.CaptureAsync(number, "ann");
        Assert.True(capture.Accepted);
        Assert.Equal(1, (await api.LiveAsync(number)).At("w1"));
        await Invariants.HoldAsync(api, number, [capture.RunId]);

        await node.AdvanceAsync(TimeSpan.FromHours(26));
        var run = await api.EndOfAsync(number, capture.RunId);

        Assert.Equal("start > w1 > completed", run.Path);
        await Invariants.HoldAsync(api, number, [capture.RunId]);
    }
}
