using System.Collections.Concurrent;
using System.Diagnostics;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Definitions;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>Re-entry is exact (A4, C1): one hot profile, many callers, two nodes, the gate moving all the while (L5).</summary>
public sealed class LinearizabilityTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int CallersAtOnce = 10,
        CallsEach = 30;

    /// <param name="by">How the callers name the profile: by its id, or by an address that nobody has yet.</param>
    [Theory]
    [InlineData(ReentryMode.Never, "id")]
    [InlineData(ReentryMode.AfterExit, "id")]
    [InlineData(ReentryMode.Restart, "id")]
    [InlineData(ReentryMode.Parallel, "id")]
    [InlineData(ReentryMode.Never, "email")]
    [InlineData(ReentryMode.AfterExit, "email")]
    [InlineData(ReentryMode.Restart, "email")]
    [InlineData(ReentryMode.Parallel, "email")]
    public async Task What_callers_of_one_profile_see_is_what_the_re_entry_model_allows(ReentryMode mode, string by)
    {
        var api = cluster.First.Api;
        var number = await api.ActiveAsync(settings: new { reentryMode = Engine.Json.Name<ReentryMode>.Of(mode) });
        var seed = Random.Shared.Next();
        var (history, runs) = (new ConcurrentQueue<Operation>(), new ConcurrentQueue<Guid>());

        await Task.WhenAll(
            Enumerable
                .Range(0, CallersAtOnce)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        var dice = new Random(seed + caller);
                        for (var call = 0; call < CallsEach; call++)
                            history.Enqueue(
                                await CallAsync(cluster.Nodes[dice.Next(cluster.Nodes.Count)].Api, number, by, dice, runs)
                            );
                    })
                )
        );

        var objection = Linearizability.Objection(mode, [.. history]);
        Assert.True(objection is null, $"seed {seed}, {objection}");
        var captured = history.OfType<Operation.Captured>().ToList();
        Assert.Equal(runs.Order(), (await api.RunsAsync(number)).Select(r => r.RunId).Order());
        Assert.True(
            captured.Exists(c => c.Run is not null)
                && captured.Exists(c => c.Declined is not null)
                && history.OfType<Operation.EndedAll>().Any(),
            "little happened"
        );
        if (mode == ReentryMode.Never)
            Assert.Single(runs);
        await Invariants.HoldAsync(api, number, [.. runs]);
    }

    private static async Task<Operation> CallAsync(
        Support.Api api,
        int number,
        string by,
        Random dice,
        ConcurrentQueue<Guid> runs
    )
    {
        var sent = Stopwatch.GetTimestamp();
        switch (dice.Next(20))
        {
            case 0:
                var cleared = await api.ClearAsync(number);
                return new Operation.EndedAll(sent, Stopwatch.GetTimestamp(), cleared, Closes: false);
            case 1:
                var ended = (await api.DeactivateAsync(number, "end")).GetProperty("ended").GetInt64();
                return new Operation.EndedAll(sent, Stopwatch.GetTimestamp(), ended, Closes: true);
            case 2 or 3 or 4:
                await api.ActivateAsync(number);
                return new Operation.Activated(sent, Stopwatch.GetTimestamp());
            case < 9 when !runs.IsEmpty:
                var run = runs.ElementAt(dice.Next(Math.Max(0, runs.Count - 3), runs.Count));
                sent = Stopwatch.GetTimestamp();
                var removed = await api.SendAsync(HttpMethod.Delete, $"/api/v1/scenarios/{number}/runs/{run}");
                return new Operation.Removed(
                    sent,
                    Stopwatch.GetTimestamp(),
                    run,
                    removed.Status == 204 ? true
                        : removed.Status is 404 or 409 ? false
                        : throw new InvalidOperationException(removed.Text)
                );
            default:
                var captured = by == "id" ? await api.CaptureAsync(number, "hot") : await ByEmailAsync(api, number);
                var answered = Stopwatch.GetTimestamp();
                if (captured.Accepted)
                    runs.Enqueue(captured.RunId);
                return new Operation.Captured(sent, answered, captured.Accepted ? captured.RunId : null, captured.Reason);
        }
    }

    private static async Task<Captured> ByEmailAsync(Support.Api api, int number)
    {
        var reply = await api.SendAsync(
            HttpMethod.Post,
            $"/api/v1/scenarios/{number}/captures",
            """{"match": {"email": "hot@example.com"}, "profile": {}}"""
        );
        var isAccepted = reply.Ok().GetProperty("accepted").GetBoolean();
        return new Captured(
            reply.Status,
            isAccepted,
            isAccepted ? reply.Body.GetProperty("runId").GetGuid() : default,
            isAccepted ? null : reply.Body.GetProperty("reason").GetString(),
            reply.Replayed
        );
    }

    [Fact]
    public void A_history_that_no_order_explains_is_refused()
    {
        var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
        Operation[] both = [new Operation.Captured(1, 5, a, null), new Operation.Captured(2, 6, b, null)];
        Operation[] stale = [new Operation.EndedAll(1, 2, 0, Closes: true), new Operation.Captured(3, 4, a, null)];
        Operation[] overlapping = [new Operation.EndedAll(1, 4, 1, Closes: true), new Operation.Captured(3, 5, a, null)];

        Assert.NotNull(Linearizability.Objection(ReentryMode.AfterExit, both));
        Assert.NotNull(Linearizability.Objection(ReentryMode.Never, both));
        Assert.Null(Linearizability.Objection(ReentryMode.Parallel, both));
        Assert.NotNull(Linearizability.Objection(ReentryMode.Parallel, stale));
        Assert.Null(Linearizability.Objection(ReentryMode.Parallel, overlapping));
        Assert.NotNull(
            Linearizability.Objection(ReentryMode.Parallel, [both[0], new Operation.EndedAll(7, 8, 0, Closes: false)])
        );
        Assert.NotNull(
            Linearizability.Objection(
                ReentryMode.Parallel,
                [both[0], new Operation.Removed(6, 7, a, true), new Operation.Removed(8, 9, a, true)]
            )
        );
        Assert.NotNull(Linearizability.Objection(ReentryMode.Never, [new Operation.Captured(1, 2, null, "alreadyEntered")]));
    }
}
