using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>A failing profile hurts nobody else (architecture.md, guarantee 8).</summary>
public sealed class PoisonTests(TestNode node, TestPostgres postgres) : IClassFixture<TestNode>
{
    [Fact]
    public async Task Captures_that_cannot_be_stored_fail_alone_and_their_neighbours_are_committed()
    {
        var api = node.Api;
        var number = await api.ActiveAsync(settings: new { partitions = 1 });
        // The edge refuses what PostgreSQL cannot hold; a partition must not rely on it.
        var captures = Enumerable
            .Range(0, 40)
            .Select(i => Capture(Graph.Profile(i), i % 13 == 5 ? """[["set", "tier", "\u0000"]]""" : "[]"))
            .ToArray();

        var outcomes = await node
            .Services.GetRequiredService<IGrainFactory>()
            .Partition(TestNode.Tenant, number, 0)
            .Capture(captures);

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

        var outcomes = await node
            .Services.GetRequiredService<IGrainFactory>()
            .Partition(TestNode.Tenant, number, 0)
            .Capture(captures);

        Assert.Equal([CaptureResult.Accepted, CaptureResult.Failed, CaptureResult.Accepted], outcomes.Select(o => o.Result));
        await Invariants.HoldAsync(api, number, [outcomes[0].RunId, outcomes[2].RunId]);
    }

    /// <summary>Once such a run made the sweep begin again for ever, and the edit reached nobody behind it.</summary>
    [Fact]
    public async Task A_run_whose_new_wait_cannot_be_stored_fails_alone_and_the_edit_reaches_all_others()
    {
        const int Runs = 450; // more than two pages of the sweep
        var heard = new Heard();
        await using var own = new TestNode(
            postgres.CloneAsync,
            new TestClock(),
            logger: new LoggerConfiguration().WriteTo.Sink(heard).CreateLogger()
        );
        await own.InitializeAsync();
        var api = own.Api;
        var number = await api.ActiveAsync(
            Graph.Of("start > w1", ("w1", "wait", Graph.For(TimeSpan.FromHours(1)))),
            new { partitions = 1 }
        );
        var runs = await api.CaptureAllAsync(number, Enumerable.Range(0, Runs).Select(Graph.Profile));
        var (poisoned, unfailing) = (runs[7], runs[222]);
        // One cannot take its new wait, another one cannot even fail.
        await ExecuteAsync(
            own,
            $"alter table run add constraint poison check (revision = 1 or id not in ('{poisoned}', '{unfailing}'))"
        );
        await ExecuteAsync(own, $"alter table run_history add constraint poison check (id <> '{unfailing}')");

        (
            await api.SendAsync(
                HttpMethod.Put,
                $"/api/v1/scenarios/{number}",
                new { definition = Graph.Of("start > w1", ("w1", "wait", Graph.For(TimeSpan.FromHours(2)))) },
                ifMatch: "\"1\""
            )
        ).Ok();

        async Task<long> SweptAsync()
        {
            await using var command = own.Database.Reads.CreateCommand("select revision::bigint from partition");
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }
        await Support.Api.UntilAsync(SweptAsync, revision => revision == 2);
        Assert.Equal("start > w1 > failed:unstorable", (await api.RunAsync(number, poisoned)).Path);
        var standing = await api.RunsAtAsync(number, "w1");
        Assert.Equal(runs.Where(r => r != poisoned).Order(), standing.Select(r => r.RunId).Order());
        Assert.All(standing, r =>
            Assert.Equal(
                r.RunId == unfailing ? 1 : 2,
                (r.LeavesAt!.Value - r.Body.GetProperty("arrivedAt").GetDateTimeOffset()).TotalHours
            )
        );
        Assert.Contains($"\"the new wait of run {poisoned}\" cannot be decided or stored, and fails alone", heard.Text);
        Assert.Contains($"\"the new wait of run {unfailing}\" cannot be stored, nor can its failure", heard.Text);
        Assert.DoesNotContain("interrupted", heard.Text);

        // Mended, it is computed anew when its former wait is over.
        await ExecuteAsync(own, "alter table run drop constraint poison");
        await ExecuteAsync(own, "alter table run_history drop constraint poison");
        await own.AdvanceAsync(TimeSpan.FromMinutes(61));
        await api.UntilRunAsync(number, unfailing, r =>
            r.LeavesAt - r.Body.GetProperty("trail")[1].GetProperty("at").GetDateTimeOffset() == TimeSpan.FromHours(2)
        );
        await own.AdvanceAsync(TimeSpan.FromMinutes(60));
        await api.UntilLiveAsync(number, live => live.Inside == 0);
        await Invariants.HoldAsync(api, number, runs, isEdited: true);
    }

    private static async Task ExecuteAsync(TestNode node, string sql)
    {
        await using var command = node.Database.Ledger.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Heard : ILogEventSink
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public void Emit(LogEvent logEvent) =>
            _lines.Enqueue(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static Capture Capture(string profile, string operations) =>
        new(profile, new ProfileChange("{}", operations, null), null, null, null, null, 0, null);
}
