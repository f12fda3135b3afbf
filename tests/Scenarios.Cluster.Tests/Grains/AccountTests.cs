using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>What an account says holds on every node from the moment on at which the change was answered.</summary>
public sealed class AccountTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int Profiles = 60;

    private static readonly object AtNineInTheMorning = Graph.Of(
        "start > w1",
        ("w1", "wait", new { field = new { name = "day", at = "09:00" } })
    );

    private Support.Api Api => cluster.First.Api;

    [Fact]
    public async Task A_changed_time_zone_holds_for_every_later_wait_on_every_node()
    {
        var number = await Api.ScenarioAsync(await Api.DatabaseAsync(), AtNineInTheMorning);
        // Every other slice on every other node.
        for (var i = 0; i < 8; i++)
        {
            RequestContext.Set(
                IPlacementDirector.PlacementHintKey,
                cluster.Nodes[i % 2].Services.GetRequiredService<ILocalSiloDetails>().SiloAddress
            );
            await cluster.First.Services.GetRequiredService<IGrainFactory>().Partition(TestNode.Tenant, number, i).Poke();
        }
        RequestContext.Clear();
        await Api.ActivateAsync(number);
        var round = 0;
        foreach (
            var (zone, utc) in new[]
            {
                ("UTC", "09:00"),
                ("Asia/Kolkata", "03:30"),
                ("Asia/Tokyo", "00:00"),
                ("Asia/Kolkata", "03:30"),
            }
        )
        {
            var by = cluster.Nodes[round % 2].Api;
            Assert.Equal(200, (await by.SendAsync(HttpMethod.Patch, "/api/v1/account", new { timeZone = zone })).Status);

            // By the other node, into slices on both; each has commits behind it under the zone before.
            var runs = await cluster
                .Nodes[(round + 1) % 2]
                .Api.CaptureAllAsync(
                    number,
                    Enumerable
                        .Range(round++ * Profiles, Profiles)
                        .Select(
                            object (i) =>
                                new { profileId = Graph.Profile(i), profile = new { fields = new { day = "2030-01-01" } } }
                        )
                );

            var leaves = (await Api.RunsAtAsync(number, "w1")).ToDictionary(r => r.RunId, r => r.LeavesAt!.Value);
            Assert.All(runs, run => Assert.Equal(DateTimeOffset.Parse($"2030-01-01T{utc}Z"), leaves[run.RunId]));
            Assert.Equal(zone, (await Api.GetAsync("/api/v1/account")).GetProperty("timeZone").GetString());
        }
        Assert.Equal(
            2,
            (await Api.GetAsync("/api/v1/cluster"))
                .GetProperty("partitions")
                .EnumerateArray()
                .Select(p => p.GetProperty("owner").GetString())
                .Distinct()
                .Count()
        );
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task What_a_change_does_not_name_stays_and_each_change_is_audited_once()
    {
        var before = await AuditedAsync();
        (await Api.SendAsync(HttpMethod.Patch, "/api/v1/account", new { retentionDays = 30 })).Ok();
        (await Api.SendAsync(HttpMethod.Patch, "/api/v1/account", new { ratePerSecond = 100_000 })).Ok();
        (await cluster.Nodes[1].Api.SendAsync(HttpMethod.Patch, "/api/v1/account", new { retentionDays = 60 })).Ok();

        var account = await cluster.Nodes[1].Api.GetAsync("/api/v1/account");

        Assert.Equal(
            (60, 100_000),
            (account.GetProperty("retentionDays").GetInt32(), account.GetProperty("ratePerSecond").GetInt32())
        );
        Assert.Equal(before + 3, await AuditedAsync());
        (await Api.SendAsync(HttpMethod.Patch, "/api/v1/account", """{"ratePerSecond": null, "retentionDays": 400}""")).Ok();
        Assert.Equal(JsonValueKind.Null, (await Api.GetAsync("/api/v1/account")).GetProperty("ratePerSecond").ValueKind);
    }

    private async Task<int> AuditedAsync() =>
        (await Api.GetAsync("/api/v1/audit?limit=1000"))
            .GetProperty("items")
            .EnumerateArray()
            .Count(e => e.GetProperty("subject").GetString() == "account");
}
