using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Storage;

public sealed class RunReadsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly StandingAsk AtW1 = new(
        "w1",
        StandingOrder.Entered,
        Profiles: null,
        OverdueOnly: false,
        WithNames: false,
        After: null,
        Limit: 10
    );

    private readonly RunReads _runs = new(database.Ledger);
    private readonly StandingReads _standing = new(database.Ledger);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_waiting_run_shows_its_element_and_when_it_leaves_at_the_end_of_its_trail()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var id = await rows.RunAsync("w1", due: "2026-11-27T09:30:00.123456Z");

        var run = (await _runs.FindAsync(rows.Tenant, 1, id, Cancel))!;

        Assert.Equal(("waiting", "w1", null), (run.State, run.Element, run.EndedAt));
        Assert.Equal(DateTimeOffset.Parse("2026-11-27T09:30:00.123456Z"), run.LeavesAt);
        Assert.Equal(
            """{"step":2,"element":"w1","at":"2026-11-20T11:00:00.000000Z","output":null,"leavesAt":"2026-11-27T09:30:00.123456Z"}""",
            run.Trail[run.Trail.GetArrayLength() - 1].GetRawText()
        );
        Assert.Equal("start", run.Trail[0].GetProperty("element").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_run_that_arrives_or_acts_is_performing_and_has_no_instant_of_leaving(int phase)
    {
        var rows = await ScenarioRows.NewAsync(database);
        var id = await rows.RunAsync("h1", phase, due: "2026-11-27T09:30:00Z");

        var run = (await _runs.FindAsync(rows.Tenant, 1, id, Cancel))!;

        Assert.Equal(("performing", null), (run.State, run.LeavesAt));
    }

    [Fact]
    public async Task A_duration_wait_leaves_later_by_as_long_as_the_clock_stood_still()
    {
        var rows = await ScenarioRows.NewAsync(database, """{"frozenWaits": "clockStops"}""");
        var stoppable = await rows.RunAsync("w1", due: "2026-11-27T09:00:00Z", stoppable: true);
        var until = await rows.RunAsync("w2", due: "2026-11-27T09:00:00Z", profile: "bo");
        await rows.ExecuteAsync("update scenario set stopped = '2 hours' where tenant_id = $t");

        Assert.Equal(
            DateTimeOffset.Parse("2026-11-27T11:00:00Z"),
            (await _runs.FindAsync(rows.Tenant, 1, stoppable, Cancel))!.LeavesAt
        );
        Assert.Equal(
            DateTimeOffset.Parse("2026-11-27T09:00:00Z"),
            (await _runs.FindAsync(rows.Tenant, 1, until, Cancel))!.LeavesAt
        );

        await rows.ExecuteAsync("update scenario set frozen_at = clock_timestamp() - interval '3 hours' where tenant_id = $t");
        var frozen = (await _runs.FindAsync(rows.Tenant, 1, stoppable, Cancel))!.LeavesAt!.Value;
        Assert.InRange(frozen, DateTimeOffset.Parse("2026-11-27T14:00:00Z"), DateTimeOffset.Parse("2026-11-27T14:05:00Z"));
    }

    [Fact]
    public async Task A_frozen_wait_whose_clock_runs_on_keeps_its_instant()
    {
        var rows = await ScenarioRows.NewAsync(database, """{"frozenWaits": "clockRuns"}""");
        var id = await rows.RunAsync("w1", due: "2026-11-27T09:00:00Z", stoppable: true);
        await rows.ExecuteAsync("update scenario set frozen_at = clock_timestamp() - interval '3 hours' where tenant_id = $t");

        Assert.Equal(
            DateTimeOffset.Parse("2026-11-27T09:00:00Z"),
            (await _runs.FindAsync(rows.Tenant, 1, id, Cancel))!.LeavesAt
        );
    }

    [Fact]
    public async Task A_run_of_an_ended_generation_reads_as_left_before_its_row_is_cleaned_up()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var dead = await rows.RunAsync("w1", due: "2026-11-27T09:00:00Z");
        await rows.EndGenerationAsync(1, "cleared");
        var alive = await rows.RunAsync("w1", due: "2026-11-28T09:00:00Z", profile: "bo", generation: 2);

        var run = (await _runs.FindAsync(rows.Tenant, 1, dead, Cancel))!;

        Assert.Equal(("left", "cleared", null), (run.State, run.Reason, run.LeavesAt));
        Assert.Equal(DateTimeOffset.Parse("2026-11-21T00:00:00Z"), run.EndedAt);
        Assert.Equal(
            """{"step":2,"element":"w1","at":"2026-11-20T11:00:00.000000Z","leftAt":"2026-11-21T00:00:00.000000Z","output":null,"end":{"state":"left","reason":"cleared"}}""",
            run.Trail[1].GetRawText()
        );
        Assert.Equal([alive], (await _standing.AtAsync(rows.Tenant, 1, AtW1, Cancel)).Select(r => r.RunId));
        Assert.Equal([dead], (await _runs.AllAsync(rows.Tenant, 1, "ann", null, null, 10, Cancel)).Select(r => r.RunId));
        Assert.Equal([dead], (await _runs.AllAsync(rows.Tenant, 1, null, ["left"], null, 10, Cancel)).Select(r => r.RunId));
        Assert.Equal([alive], (await _runs.AllAsync(rows.Tenant, 1, null, ["waiting"], null, 10, Cancel)).Select(r => r.RunId));
    }

    [Fact]
    public async Task A_dead_run_is_found_by_its_profile_also_when_the_profile_has_entered_again()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var dead = await rows.RunAsync("w1");
        await rows.EndGenerationAsync(1, "deactivated");
        await rows.ExecuteAsync("delete from profile_entry where tenant_id = $t");
        var alive = await rows.RunAsync("w1", generation: 2);

        Assert.Equal([alive, dead], (await _runs.AllAsync(rows.Tenant, 1, "ann", null, null, 10, Cancel)).Select(r => r.RunId));
    }

    [Fact]
    public async Task A_list_pages_by_entry_over_open_and_ended_runs_and_misses_none()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var entered = new List<Guid>();
        for (var i = 0; i < 7; i++)
            entered.Add(
                i % 2 == 0 ? await rows.RunAsync("w1", profile: $"p{i}") : await rows.EndedAsync("completed", profile: $"p{i}")
            );

        var seen = new List<Guid>();
        while (
            await _runs.AllAsync(rows.Tenant, 1, null, null, seen.Count == 0 ? null : seen[^1], 3, Cancel)
                is { Count: > 0 } page
        )
            seen.AddRange(page.Select(r => r.RunId));

        Assert.Equal(entered.Order().Reverse(), seen);
    }

    [Fact]
    public async Task An_ended_run_shows_its_trail_as_it_was_committed()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var id = await rows.EndedAsync("completed");

        var run = (await _runs.FindAsync(rows.Tenant, 1, id, Cancel))!;

        Assert.Equal("completed", run.State);
        Assert.Equal(1, run.Trail.GetArrayLength());
    }

    /// <summary>
    /// Written by a hand, or a version to come: the run is shown as far as it can be read, and where it stands or ended is in
    /// its own row.
    /// </summary>
    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("""[7, null, {"step": 1}, {"element": "start"}]""")]
    [InlineData("""[{"step": 1, "element": "\ud800"}]""")]
    public async Task What_is_no_step_is_left_out_of_a_trail_and_the_number_that_lacks_says_so(string steps)
    {
        var rows = await ScenarioRows.NewAsync(database);
        var (open, ended) = (
            await rows.RunAsync("w1", due: "2026-11-27T09:30:00Z"),
            await rows.EndedAsync("completed", profile: "bo")
        );
        await rows.ExecuteAsync($"update run_trail set steps = '{steps}' where tenant_id = $t");

        var (standing, gone) = (
            (await _runs.FindAsync(rows.Tenant, 1, open, Cancel))!,
            (await _runs.FindAsync(rows.Tenant, 1, ended, Cancel))!
        );

        Assert.Equal((2, "w1"), StepOf(Assert.Single(standing.WithoutValues().Trail.EnumerateArray())));
        var last = Assert.Single(gone.WithoutValues().Trail.EnumerateArray());
        Assert.Equal((2, "w1"), StepOf(last));
        Assert.Equal("completed", last.GetProperty("end").GetProperty("state").GetString());

        static (int, string?) StepOf(System.Text.Json.JsonElement step) =>
            (step.GetProperty("step").GetInt32(), step.GetProperty("element").GetString());
    }

    [Fact]
    public async Task A_viewer_sees_nothing_of_a_trail_detail_of_unknown_shape()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var id = await rows.RunAsync("w1", due: "2026-11-27T09:30:00Z");
        await rows.ExecuteAsync(
            """
            update run_trail set steps = '[{"step": 1, "element": "a", "detail": "canary"}, {"step": 2, "element": "b", "detail": {"seen": "canary", "kept": 1}}, {"step": 3, "element": "c", "detail": {"seen": ["canary"]}}]' where tenant_id = $t
            """
        );

        var trail = (await _runs.FindAsync(rows.Tenant, 1, id, Cancel))!.WithoutValues().Trail;

        Assert.Equal(4, trail.GetArrayLength());
        Assert.DoesNotContain("canary", trail.ToString());
        Assert.Equal(1, trail[1].GetProperty("detail").GetProperty("kept").GetInt32());
    }

    [Fact]
    public async Task Nothing_is_seen_across_tenants()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var other = await ScenarioRows.NewAsync(database);
        var id = await rows.RunAsync("w1");

        Assert.Null(await _runs.FindAsync(other.Tenant, 1, id, Cancel));
        Assert.Empty(await _runs.AllAsync(other.Tenant, 1, null, null, null, 10, Cancel));
        Assert.Empty(await _runs.AllAsync(other.Tenant, 1, "ann", null, null, 10, Cancel));
        Assert.Empty(await _standing.AtAsync(other.Tenant, 1, AtW1, Cancel));
    }
}
