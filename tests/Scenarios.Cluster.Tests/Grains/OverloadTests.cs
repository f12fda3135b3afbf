using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Scenarios.Grains.Partition;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>Above what it can do a slice says so, at once (O1).</summary>
public sealed class OverloadTests(TestPostgres postgres) : IAsyncLifetime
{
    private TestNode _node = null!;

    private Support.Api Api => _node.Api;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = new TestNode(postgres.CloneAsync, new TestClock(), new PartitionOptions { LongestQueue = TimeSpan.Zero });
        await _node.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_capture_behind_others_that_have_waited_too_long_is_refused_at_once_without_effect()
    {
        var number = await Api.ActiveAsync(settings: new { partitions = 1 });
        var slice = _node.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, 0);
        await Api.CaptureAsync(number, "warm");
        await using var held = await HeldPartition.HoldAsync(_node.Database, TestNode.Tenant, number, 0);
        var underWay = Api.CaptureAsync(number, "ann");
        await Support.Api.UntilAsync(held.WaitersAsync, n => n == 1);
        var waiting = Api.CaptureAsync(number, "bob");
        await Support.Api.UntilAsync(slice.Status, status => status.Queued == 1);

        using var http = new HttpClient
        {
            BaseAddress = _node.Address,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", TestNode.Token) },
        };
        using var refused = await http.PostAsJsonAsync(
            $"/api/v1/scenarios/{number}/captures",
            new { profileId = "cyd", profile = new { } },
            Cancel
        );
        var ofBatch = await Api.CaptureAllAsync(number, [new { profileId = "dan", profile = new { } }]);
        await held.ReleaseAsync();

        Assert.Equal((503, TimeSpan.FromSeconds(1)), ((int)refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        Assert.Contains("\"overloaded\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal((503, "overloaded"), (Assert.Single(ofBatch).Status, ofBatch[0].Reason));
        Assert.True((await underWay).Accepted && (await waiting).Accepted);
        Assert.Equal(3, (await Api.LiveAsync(number)).Inside);
        await Invariants.HoldAsync(Api, number);
    }
}
