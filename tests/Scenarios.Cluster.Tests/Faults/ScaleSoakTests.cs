using System.Diagnostics;
using Npgsql;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// <c>./test soak 1 1 Scale</c>: what must not depend on how many are inside (F1), nor on how much others have to do (T2, W4).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class ScaleSoakTests(TestPostgres postgres)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Those who are overdue are counted one by one.</summary>
    private static readonly TimeSpan ToCountAll = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Freezing_going_on_stopping_and_clearing_answer_at_once_with_a_million_inside()
    {
        await using var node = new TestNode(postgres);
        await node.InitializeAsync();
        foreach (var inside in (int[])[10, 10_000, 1_000_000])
        {
            var told = new List<string>();
            var number = await InsideAsync(node, inside);
            await MeasureAsync(
                "freeze",
                () => node.Api.DeactivateAsync(number, "freeze"),
                moved => moved.GetProperty("frozen").GetInt64()
            );
            await MeasureAsync(
                "activation, told",
                () => node.Api.ActivateAsync(number, dryRun: true),
                plan => plan.GetProperty("frozen").GetInt64()
            );
            await MeasureAsync(
                "activation",
                () => node.Api.ActivateAsync(number),
                moved => moved.GetProperty("frozen").GetInt64()
            );
            await node.Api.DeactivateAsync(number, "freeze");
            node.Clock.Advance(TimeSpan.FromDays(2));
            await MeasureAsync(
                "activation of all overdue, told",
                () => node.Api.ActivateAsync(number, dryRun: true),
                plan => plan.GetProperty("overdue").GetInt64()
            );
            await MeasureAsync(
                "activation of all overdue",
                () => node.Api.ActivateAsync(number),
                moved => moved.GetProperty("overdue").GetInt64()
            );
            await MeasureAsync("freeze again", () => node.Api.DeactivateAsync(number, "freeze"), _ => inside);
            await MeasureAsync("clear", async () => await node.Api.PostAsync($"/api/v1/scenarios/{number}:clear"), _ => inside);
            var again = await InsideAsync(node, inside);
            await MeasureAsync(
                "stop",
                () => node.Api.DeactivateAsync(again, "end"),
                moved => moved.GetProperty("ended").GetInt64()
            );
            Drill.Say($"{inside:N0} inside: {string.Join(", ", told)}");

            async Task MeasureAsync(
                string what,
                Func<Task<System.Text.Json.JsonElement>> act,
                Func<System.Text.Json.JsonElement, long> count
            )
            {
                var begun = Stopwatch.GetTimestamp();
                var answer = await act();
                var took = Stopwatch.GetElapsedTime(begun);
                told.Add($"{what} {took.TotalMilliseconds:0} ms");
                Assert.Equal(inside, count(answer));
                Assert.True(
                    took < (what.Contains("all overdue", StringComparison.Ordinal) ? ToCountAll : AtOnce),
                    $"{what} took {took.TotalSeconds:0.0} s with {inside:N0} inside"
                );
            }
        }
    }

    /// <summary>F2: twenty thousand are overdue in eight slices, which share the rate by how many each has.</summary>
    [Fact(Explicit = true)]
    public async Task The_overdue_leave_at_the_rate_a_tenth_more_or_less_in_each_second()
    {
        const int Overdue = 20_000,
            Rate = 2_000;
        await using var node = new TestNode(postgres);
        await node.InitializeAsync();
        var number = await InsideAsync(node, Overdue, Rate);
        await node.Api.DeactivateAsync(number, "freeze");
        node.Clock.Advance(TimeSpan.FromDays(2));
        await node.Api.ActivateAsync(number);
        await node.Api.UntilLiveAsync(number, live => live.Inside == 0);

        var seconds = new List<int>();
        await using var command = node.Database.Reads.CreateCommand(
            $"""
            select count(*)::int from run_history h join scenario s on s.tenant_id = h.tenant_id and s.number = h.scenario
            where h.tenant_id = 1 and h.scenario = {number} group by floor(extract(epoch from h.ended_at - s.activated_at)) order by floor(extract(epoch from h.ended_at - s.activated_at))
            """
        );
        await using var rows = await command.ExecuteReaderAsync(Cancel);
        while (await rows.ReadAsync(Cancel))
            seconds.Add(rows.GetInt32(0));
        Drill.Say($"{Overdue:N0} overdue at {Rate:N0} a second left so in each second: {string.Join(", ", seconds)}");
        Assert.Equal(Overdue, seconds.Sum());
        // The last second begins when nine tenths have left, or a little later.
        Assert.All(seconds.SkipLast(1), left => Assert.InRange(left, Rate * 9 / 10, Rate * 11 / 10));
        Assert.InRange(seconds.Count, 10, 11);
    }

    /// <summary>
    /// W4, L4: a hundred thousand of one tenant are due at one instant; another tenant's single waits, four a second, hardly
    /// notice.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task A_storm_of_wakes_of_one_tenant_makes_another_ones_waits_late_by_less_than_a_second()
    {
        const int Storm = 100_000;
        var folder = Directory.CreateTempSubdirectory("scenarios-scale-");
        await using var server = new ServerProcess("node1", folder.FullName, await postgres.CloneAsync(), Drill.Token);
        server.Start();
        await server.ReadyAsync(Cancel);
        using var first = Drill.ApiOf(server);
        using var second = await TenantAsync(server, first);
        var (quiet, due) = (
            await second.ActiveAsync(Graph.Waiting(1), new { reentryMode = "parallel" }),
            DateTimeOffset.UtcNow.AddSeconds(45)
        );
        var number = await first.ActiveAsync(
            Graph.Of("start > w1", ("w1", "wait", new { until = due.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") })),
            new { partitions = 8 }
        );
        due = DateTimeOffset.Parse(due.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        await first.CaptureAllAsync(number, Enumerable.Range(0, Storm).Select(Graph.Profile));
        Assert.True(DateTimeOffset.UtcNow < due, "too slow to be ready for the storm");

        var probes = new List<Guid>();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var inside = (long)Storm; inside > 0 && await ticks.WaitForNextTickAsync(Cancel); )
        {
            probes.Add((await second.CaptureAsync(quiet, $"probe{probes.Count}")).RunId);
            if (probes.Count % 4 == 0)
                inside = (await first.LiveAsync(number)).Inside;
        }
        await second.UntilLiveAsync(quiet, live => live.Inside == 0);

        var late = new List<double>();
        foreach (var probe in probes)
        {
            var wait = (await second.RunAsync(quiet, probe)).Body.GetProperty("trail")[1];
            late.Add(
                (wait.GetProperty("leftAt").GetDateTimeOffset() - wait.GetProperty("at").GetDateTimeOffset()).TotalSeconds - 1
            );
        }
        var last = (await first.RunsAsync(number)).Max(r => r.Body.GetProperty("endedAt").GetDateTimeOffset()) - due;
        Drill.Say(
            $"the last of {Storm:N0} left {last.TotalSeconds:0.0} s late (target 5); "
                + $"the other tenant's {probes.Count} by {late.Max():0.00} s at most (target 1)"
        );
        Assert.True(late.Min() >= 0, "early");
        Assert.InRange(late.Max(), 0, 2);
        Assert.InRange(last.TotalSeconds, 0, 10);
        folder.Delete(recursive: true);
    }

    /// <summary>
    /// T2: one tenant floods with ten times its rate; the captures of another one take hardly longer, and none is refused.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task A_tenant_that_floods_at_ten_times_its_rate_slows_its_neighbour_by_less_than_twice()
    {
        const int Rate = 200,
            Flood = 10 * Rate,
            Seconds = 20;
        var folder = Directory.CreateTempSubdirectory("scenarios-scale-");
        await using var server = new ServerProcess("node1", folder.FullName, await postgres.CloneAsync(), Drill.Token);
        server.Start();
        await server.ReadyAsync(Cancel);
        using var first = Drill.ApiOf(server);
        using var second = await TenantAsync(server, first);
        var (loud, quiet) = (
            await first.ActiveAsync(settings: new { reentryMode = "parallel" }),
            await second.ActiveAsync(settings: new { reentryMode = "parallel" })
        );
        (await first.SendAsync(HttpMethod.Patch, "/api/v1/account", new { ratePerSecond = Rate })).Ok();
        await PacedAsync(second, quiet, perSecond: 50, TimeSpan.FromSeconds(5)); // until all is compiled

        var (idle, refusedIdle, _) = await PacedAsync(second, quiet, perSecond: 50, TimeSpan.FromSeconds(Seconds));
        var flooding = PacedAsync(first, loud, Flood, TimeSpan.FromSeconds(Seconds));
        var (noisy, refused, _) = await PacedAsync(second, quiet, perSecond: 50, TimeSpan.FromSeconds(Seconds - 2));
        var (_, floodRefused, floodSent) = await flooding;

        Drill.Say(
            $"alone p50 {At(idle, 0.5):0.0} ms, p99 {At(idle, 0.99):0.0} ms; beside {floodSent} calls, "
                + $"{floodRefused} of them refused, p50 {At(noisy, 0.5):0.0} ms, p99 {At(noisy, 0.99):0.0} ms"
        );
        Assert.Equal((0, 0), (refusedIdle, refused));
        Assert.True(floodRefused > floodSent / 2, "it was no flood");
        Assert.InRange(At(noisy, 0.99), 0, 2 * Math.Max(At(idle, 0.99), 10));
        folder.Delete(recursive: true);

        static double At(List<double> sorted, double share) => sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * share)];
    }

    /// <summary>
    /// So many captures a second, whatever becomes of those before, each timed from when it was due to be sent.
    /// </summary>
    private static async Task<(List<double> Sorted, int Refused, int Sent)> PacedAsync(
        Support.Api api,
        int number,
        int perSecond,
        TimeSpan duration
    )
    {
        var (sent, refused, took, begun) = (0, 0, new List<double>(), Stopwatch.GetTimestamp());
        var open = new List<Task>();
        while (TimeSpan.FromSeconds((double)sent / perSecond) is var due && due < duration)
        {
            if (due - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } early)
                await Task.Delay(early, Cancel);
            var profile = $"p{sent++}";
            open.Add(
                Task.Run(
                    async () =>
                    {
                        var captured = await api.CaptureAsync(number, profile);
                        lock (took)
                        {
                            if (captured.Status != 201)
                                refused++;
                            else
                                took.Add((Stopwatch.GetElapsedTime(begun) - due).TotalMilliseconds);
                        }
                    },
                    Cancel
                )
            );
        }
        await Task.WhenAll(open);
        took.Sort();
        return (took, refused, sent);
    }

    private static async Task<Support.Api> TenantAsync(ServerProcess server, Support.Api of)
    {
        var made = await of.PostAsync("/api/v1/tenants", new { name = $"beside {Guid.NewGuid():n}" });
        return new Support.Api(server.Address, made.GetProperty("token").GetString()!);
    }

    /// <summary>An active scenario with so many who wait a day: rows as captures would have left them.</summary>
    private static async Task<int> InsideAsync(TestNode node, int inside, int resumeRate = 1)
    {
        var number = await node.Api.ActiveAsync(settings: new { freezeOnDeactivate = true, resumeRate });
        await ExecuteAsync(
            node,
            $"""
            insert into run (tenant_id, scenario, id, partition, generation, profile_id, element, phase, step, entered_at, arrived_at, due, stoppable, revision, depth, hops, stopped, has_content, has_kept)
            select 1, {number}, gen_random_uuid(), i % 8, 1, 'p' || i, 'w1', 1, 1, now(), now(), now() + {node.Clock.Shift.TotalDays
                + 1} * interval '1 day' + i * interval '1 millisecond', true, 1, 0, 0, '0', false, false from generate_series(1, {inside}) as i;
            insert into live_count select 1, {number}, 1, i % 8, 'w1', count(*) from generate_series(1, {inside}) as i group by i % 8;
            insert into period_count select 1, {number}, date_bin('15 minutes', now(), 'epoch'), 0, e, 'entered', '', {inside} from unnest(array['', 'start', 'w1']) as e;
            insert into period_count select 1, {number}, date_bin('15 minutes', now(), 'epoch'), 0, 'start', 'left', 'next', {inside};
            """
        );
        await ExecuteAsync(node, "vacuum analyze run");
        return number;
    }

    private static async Task ExecuteAsync(TestNode node, string sql)
    {
        await using var connection = await node.Database.Ledger.OpenConnectionAsync(Cancel);
        await using (var patience = new NpgsqlCommand("set statement_timeout = 0", connection))
            await patience.ExecuteNonQueryAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
