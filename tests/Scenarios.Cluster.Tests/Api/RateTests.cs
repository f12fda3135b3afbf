using System.Diagnostics;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>A tenant sends what its account allows; more is refused honestly, and hurts nobody else (O1, T2).</summary>
[Collection(ApiCollection.Name)]
public sealed class RateTests(ApiFixture api)
{
    private const int Rate = 40;

    /// <summary>What a request of an unlimited tenant may still know of it.</summary>
    private static Task<ApiAnswer> LimitedAsync(ScenarioOfTenant scenario) =>
        Support.Api.UntilAsync(
            () => scenario.Admin.PostAsync(scenario.Path + "/captures:batch", Batch(30)),
            a => a.Status == 429
        );

    private static string Batch(int items) =>
        $$"""{"items": [{{string.Join(',', Enumerable.Range(0, items).Select(i => $$"""{"profileId": "p{{i}}"}"""))}}]}""";

    [Fact]
    public async Task A_tenant_over_its_rate_gets_Retry_After_and_its_neighbour_is_not_affected()
    {
        var (scenario, neighbour) = (await ScenarioOfTenant.NewAsync(api), await ScenarioOfTenant.NewAsync(api));
        Assert.Equal(200, (await scenario.Admin.PatchAsync("/api/v1/account", $$"""{"ratePerSecond": {{Rate}}}""")).Status);

        var refused = await LimitedAsync(scenario);
        Assert.Equal("rateLimited", refused.Code);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!), 1, 60);
        Assert.Equal(200, (await neighbour.Admin.GetAsync(neighbour.Path)).Status);

        // Over a few seconds it does what it may, and no more than a bucketful beyond it.
        await Support.Api.UntilAsync(() => scenario.Admin.GetAsync(scenario.Path), a => a.Status == 200);
        var (done, begun) = (0, Stopwatch.GetTimestamp());
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(3))
                            if ((await scenario.Admin.GetAsync(scenario.Path)).Status == 200)
                                Interlocked.Increment(ref done);
                    })
                )
        );
        var elapsed = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Assert.InRange(done, 1, Rate * (elapsed + 1) + 8);
        Assert.True(done > Rate * elapsed / 3, $"{done} in {elapsed:0.0} s are far below the rate");
        Assert.Equal(200, (await neighbour.Admin.GetAsync(neighbour.Path)).Status);
    }

    [Fact]
    public async Task What_was_refused_has_not_happened()
    {
        var scenario = await ScenarioOfTenant.NewAsync(api);
        await scenario.Admin.PatchAsync("/api/v1/account", """{"ratePerSecond": 5}""");
        await LimitedAsync(scenario);

        var n = 0;
        Task<ApiAnswer> SendAsync() =>
            scenario.CaptureAsync($$"""{"profileId": "late{{n}}", "profile": {"fields": {"tier": "gold"} } }""", $"k{n}");
        var refused = await Support.Api.UntilAsync(
            () =>
            {
                n++;
                return SendAsync();
            },
            a => a.Status == 429
        );
        await Support.Api.UntilAsync(
            () => scenario.Admin.PatchAsync("/api/v1/account", """{"ratePerSecond": null}"""),
            a => a.Status == 200,
            TimeSpan.FromSeconds(60)
        );
        var again = await Support.Api.UntilAsync(SendAsync, a => a.Status != 429);

        Assert.Equal("rateLimited", refused.Code);
        Assert.Equal((201, null), (again.Status, again.Header("Idempotency-Replayed")));
    }
}
