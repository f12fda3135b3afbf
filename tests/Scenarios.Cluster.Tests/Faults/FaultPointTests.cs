using System.Net.Sockets;
using System.Text;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Grains.Partition;

namespace Scenarios.Cluster.Tests.Faults;

// Why this file is the way it is.
//
// A kill finds by luck what an enumeration finds surely: each kind of input is given once for each call that it makes to the
// ledger or the receiver, and that call fails, before it arrives or after it was done. n goes up until nothing fails any
// more, so a call that is added to the product is enumerated with the others. What fails is the line between, so the product
// has no switch for it. Nobody sweeps here: what a fault leaves behind must be found by the slice itself.

/// <summary>Every storage and send call fails once, in both ways, for every kind of input (reliability.md S9).</summary>
public sealed class FaultPointTests(TestPostgres postgres) : IAsyncLifetime
{
    private const int MostCalls = 40,
        BatchSize = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// What tells a call by its SQL: take over, read the scenario, meet its gate, read, commit, settle, move the gate, end a
    /// transaction.
    /// </summary>
    private static readonly string[] Calls =
    [
        "set epoch = epoch + 1",
        "from scenario_generation g where",
        "select overdue, resumed",
        "select now() + $1",
        "select fence_broken(",
        "seq = seq + 2",
        "select epoch, seq from",
        "pg_advisory_xact_lock($1, $2)",
        "COMMIT",
    ];

    private FaultyLine _line = null!;
    private TestNode _node = null!;
    private Sink _sink = null!;
    private int _keys;

    private Support.Api Api => _node.Api;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_line, _sink) = (new FaultyLine(await postgres.CloneAsync()), await Sink.StartAsync());
        _sink.Answer = (_, _) => Task.CompletedTask;
        _node = new TestNode(
            () => Task.FromResult(_line.ConnectionString),
            new TestClock(),
            new PartitionOptions { Lanes = 1, SweepEvery = Timeout.InfiniteTimeSpan },
            preparedStatements: 0
        );
        await _node.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _line.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Theory, CombinatorialFaults]
    public Task A_first_capture_is_accepted_once_whichever_call_fails(CallFault kind, int inARow) =>
        EachCallAsync(
            kind,
            inARow,
            prepared: async () => await WaitingAsync(60),
            async number =>
            {
                var run = await CaptureAsync(number, "ann", "k1");
                return [run];
            }
        );

    [Theory, CombinatorialFaults]
    public Task A_batch_is_accepted_once_by_item_whichever_call_fails(CallFault kind, int inARow) =>
        EachCallAsync(
            kind,
            inARow,
            prepared: async () => await WaitingAsync(60),
            async number =>
            {
                var key = $"b{++_keys}";
                var items = Enumerable
                    .Range(0, BatchSize)
                    .Select(
                        object (i) =>
                            new
                            {
                                profileId = $"p{i}",
                                profile = new { },
                                key = $"{key}-{i}",
                            }
                    )
                    .ToList();
                var outcomes = new Captured?[items.Count];
                while (outcomes.Any(o => o is null))
                {
                    var open = Enumerable.Range(0, items.Count).Where(i => outcomes[i] is null).ToList();
                    var reply = await PatientlyAsync(() => Api.CaptureAllAsync(number, open.Select(i => items[i])));
                    foreach (var (i, outcome) in open.Zip(reply))
                        if (outcome.Status < 500)
                            outcomes[i] = outcome;
                }
                Assert.All(outcomes, o => Assert.True(o!.Accepted, o.Reason));
                return [.. outcomes.Select(o => o!.RunId)];
            }
        );

    [Theory, CombinatorialFaults]
    public Task A_wake_happens_once_whichever_call_fails(CallFault kind, int inARow) =>
        EachCallAsync(
            kind,
            inARow,
            prepared: async () =>
            {
                var number = await WaitingAsync(1);
                return (number, (await Api.CaptureAsync(number, "ann")).RunId);
            },
            async prepared =>
            {
                Assert.Equal(
                    "start > w1 > completed",
                    (await PatientlyAsync(() => Api.EndOfAsync(prepared.number, prepared.RunId))).Path
                );
                return [prepared.RunId];
            },
            p => p.number
        );

    [Theory, CombinatorialFaults]
    public Task An_effect_is_sent_and_settled_whichever_call_fails(CallFault kind, int inARow) =>
        EachCallAsync(
            kind,
            inARow,
            prepared: () => CallingAsync(),
            async number =>
            {
                var run = await CaptureAsync(number, "ann", "k1");
                Assert.Equal("start > h1:success > completed", (await PatientlyAsync(() => Api.EndOfAsync(number, run))).Path);
                Assert.Contains(_sink.Deliveries, d => d.Key == $"{run}/2");
                return [run];
            }
        );

    [Theory, CombinatorialFaults]
    public Task A_freeze_holds_from_its_answer_and_loses_no_run_whichever_call_fails(CallFault kind, int inARow) =>
        EachCallAsync(
            kind,
            inARow,
            prepared: async () =>
            {
                var number = await WaitingAsync(1);
                return (number, (await Api.CaptureAsync(number, "ann")).RunId);
            },
            async prepared =>
            {
                await CommandAsync($"/api/v1/scenarios/{prepared.number}:deactivate", new { mode = "freeze" });
                Assert.Equal(
                    "inactive",
                    (await PatientlyAsync(() => DefiniteAsync(Api.CaptureAsync(prepared.number, "bob")))).Reason
                );
                await CommandAsync($"/api/v1/scenarios/{prepared.number}:activate", new { });
                Assert.Equal(
                    "start > w1 > completed",
                    (await PatientlyAsync(() => Api.EndOfAsync(prepared.number, prepared.RunId))).Path
                );
                return [prepared.RunId];
            },
            p => p.number
        );

    [Theory, CombinatorialFaults]
    public Task A_clear_ends_exactly_the_runs_inside_whichever_call_fails(CallFault kind, int inARow) =>
        EachCallAsync(
            kind,
            inARow,
            prepared: async () =>
            {
                var number = await WaitingAsync(60);
                return (number, (await Api.CaptureAsync(number, "ann")).RunId);
            },
            async prepared =>
            {
                await CommandAsync($"/api/v1/scenarios/{prepared.number}:clear", null);
                var after = await CaptureAsync(prepared.number, "ann", "after");
                Assert.Equal(
                    "start > w1 > left:cleared",
                    (await PatientlyAsync(() => Api.RunAsync(prepared.number, prepared.RunId))).Path
                );
                Assert.True((await PatientlyAsync(() => Api.RunAsync(prepared.number, after))).IsOpen);
                return [prepared.RunId, after];
            },
            p => p.number
        );

    /// <summary>The request is done, and its answer never reaches the caller, who asks again.</summary>
    [Fact]
    public async Task A_capture_whose_reply_is_lost_is_answered_as_before()
    {
        var number = await WaitingAsync(60);
        var body = """{"profileId":"ann","profile":{}}""";
        using (var caller = new TcpClient(_node.Address.Host, _node.Address.Port))
        {
            await caller
                .GetStream()
                .WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"POST /api/v1/scenarios/{number}/captures HTTP/1.1\r\nHost: x\r\nAuthorization: "
                            + $"Bearer {TestNode.Token}\r\nIdempotency-Key: lost\r\nContent-Type: "
                            + $"application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"
                    ),
                    Cancel
                );
            await Api.UntilLiveAsync(number, live => live.Inside == 1);
        }

        var again = await Api.CaptureAsync(number, "ann", "lost");

        Assert.True(again is { Accepted: true, Replayed: true });
        await Invariants.HoldAsync(Api, number, [again.RunId]);
    }

    /// <summary>
    /// The receiver is gone before it has read anything, or has read all and says nothing: both are attempts, under one key.
    /// </summary>
    [Theory]
    [
        InlineData(CallFault.FailsBefore, 1),
        InlineData(CallFault.FailsBefore, 2),
        InlineData(CallFault.LosesAnswer, 1),
        InlineData(CallFault.LosesAnswer, 2)
    ]
    public async Task An_effect_that_its_receiver_fails_is_sent_again_under_its_key(CallFault kind, int inARow)
    {
        var number = await CallingAsync();
        var armed = new ArmedFault(1, inARow);
        _sink.Refuses = _ => kind == CallFault.FailsBefore && armed.Strikes();
        _sink.Answer = (http, _) =>
        {
            if (kind == CallFault.LosesAnswer && armed.Strikes())
                http.Abort();
            return Task.CompletedTask;
        };

        var run = (await Api.CaptureAsync(number, "ann")).RunId;

        Assert.Equal("start > h1:success > completed", (await Api.EndOfAsync(number, run)).Path);
        var hits = _sink.Deliveries.Where(d => d.Key == $"{run}/2").ToList();
        Assert.Equal(kind == CallFault.FailsBefore ? 1 : inARow + 1, hits.Count);
        Assert.Single(hits.DistinctBy(h => h.BodyHash));
        await Invariants.HoldAsync(Api, number, [run]);
    }

    private Task EachCallAsync(CallFault kind, int inARow, Func<Task<int>> prepared, Func<int, Task<Guid[]>> input) =>
        EachCallAsync(kind, inARow, prepared, input, number => number);

    /// <summary>The input, once for each of its calls; a scenario of its own for each.</summary>
    private async Task EachCallAsync<T>(
        CallFault kind,
        int inARow,
        Func<Task<T>> prepared,
        Func<T, Task<Guid[]>> input,
        Func<T, int> numberOf
    )
    {
        for (var n = 1; ; n++)
        {
            Assert.True(n < MostCalls, $"{n} calls, and still another one");
            var scenario = await prepared();
            var armed = _line.FailNth(n, inARow, kind, Calls);
            var runs = await input(scenario);
            _line.Mend();
            await Invariants.HoldAsync(Api, numberOf(scenario), runs);
            await Api.DeactivateAsync(numberOf(scenario), "end");
            if (armed.Fired > 0)
                continue;
            Assert.True(n > 2, "nothing failed");
            TestContext.Current.TestOutputHelper?.WriteLine($"{n - 1} calls");
            return;
        }
    }

    private Task<int> WaitingAsync(int seconds) =>
        Api.ActiveAsync(
            Graph.Waiting(seconds),
            new
            {
                partitions = 1,
                resumeRate = 1000,
                reentryMode = "parallel",
            }
        );

    private Task<int> CallingAsync() =>
        Api.ActiveAsync(
            Graph.Of(
                "start > h1",
                (
                    "h1",
                    "webhook",
                    new
                    {
                        method = "POST",
                        url = _sink.Address.ToString(),
                        timeout = 10,
                        retries = 5,
                    }
                )
            ),
            new { partitions = 1, reentryMode = "parallel" }
        );

    private async Task<Guid> CaptureAsync(int number, string profile, string key)
    {
        var unique = $"{key}-{number}";
        var outcome = await PatientlyAsync(() => DefiniteAsync(Api.CaptureAsync(number, profile, unique)));
        return outcome.Accepted ? outcome.RunId : throw new InvalidOperationException(outcome.Reason);
    }

    /// <summary>Under one key until it is definite, as callers do.</summary>
    private async Task CommandAsync(string path, object? body)
    {
        var key = $"c{++_keys}";
        await PatientlyAsync(async () => (await Api.SendAsync(HttpMethod.Post, path, body ?? "{}", key)).Ok());
    }

    private static async Task<Captured> DefiniteAsync(Task<Captured> capture) =>
        await capture is { Status: < 500 } outcome ? outcome : throw new InvalidOperationException("not definite");

    private static async Task<T> PatientlyAsync<T>(Func<Task<T>> call)
    {
        using var ticks = new PeriodicTimer(Pause);
        for (var attempt = 1; ; attempt++)
            try
            {
                return await call();
            }
            catch (InvalidOperationException) when (attempt < 200)
            {
                await ticks.WaitForNextTickAsync(Cancel);
            }
    }
}

/// <summary>
/// Both kinds of fault; on demand (FAULTS_IN_A_ROW=2) also so many in a row, which takes as long again for each.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CombinatorialFaultsAttribute : Xunit.v3.DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        System.Reflection.MethodInfo testMethod,
        Xunit.Sdk.DisposalTracker disposalTracker
    ) =>
        new([
            new TheoryDataRow<CallFault, int>(CallFault.FailsBefore, 1),
            new TheoryDataRow<CallFault, int>(CallFault.LosesAnswer, 1),
            .. Again,
        ]);

    private static IEnumerable<TheoryDataRow<CallFault, int>> Again =>
        int.TryParse(Environment.GetEnvironmentVariable("FAULTS_IN_A_ROW"), out var most)
            ? from inARow in Enumerable.Range(2, Math.Max(0, most - 1))
            from kind in Enum.GetValues<CallFault>()
            select new TheoryDataRow<CallFault, int>(kind, inARow)
            : [];

    public override bool SupportsDiscoveryEnumeration() => true;
}
