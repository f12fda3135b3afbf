using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Definitions;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Storage;

public sealed class ListReadsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly ScenarioFilter All = new(null, null, null, null, false);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
    private readonly ScenarioList _list = new(database.Ledger);
    private readonly ScenarioReads _scenarios = new(database.Ledger);

    [Fact]
    public async Task Scenarios_with_groups_are_visible_to_tokens_that_share_one_and_to_admins()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.AddScenarioAsync(2, "Crm only", about: """{"groups": ["crm"], "tags": []}""");

        async Task<string> SeenAsync(string[]? groups) =>
            string.Join(
                ' ',
                (await _list.PageAsync(new Viewer(rows.Tenant, groups), All, null, 10, Cancel)).Select(s => s.Number)
            );

        Assert.Equal("2 1", await SeenAsync(null));
        Assert.Equal("2 1", await SeenAsync(["sales", "crm"]));
        Assert.Equal("1", await SeenAsync(["sales"]));
        Assert.Equal("1", await SeenAsync([]));
        Assert.Null(await _scenarios.HeadAsync(new Viewer(rows.Tenant, ["sales"]), 2, Cancel));
        Assert.NotNull(await _scenarios.HeadAsync(new Viewer(rows.Tenant, ["crm"]), 2, Cancel));
    }

    [Fact]
    public async Task A_list_is_narrowed_by_text_number_tag_status_and_group()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.AddScenarioAsync(
            22,
            "Win BACK 100%",
            about: """{"description": "for the lost", "tags": ["spring"], "groups": ["crm"]}""",
            status: "inactive"
        );

        async Task<string> FoundAsync(ScenarioFilter filter) =>
            string.Join(
                ' ',
                (await _list.PageAsync(new Viewer(rows.Tenant, null), filter, null, 10, Cancel)).Select(s => s.Number)
            );

        Assert.Equal("22", await FoundAsync(All with { Text = "win back" }));
        Assert.Equal("22", await FoundAsync(All with { Text = "LOST" }));
        Assert.Equal("22", await FoundAsync(All with { Text = "0%" }));
        Assert.Equal("22", await FoundAsync(All with { Text = "#22" }));
        Assert.Equal("", await FoundAsync(All with { Text = "#2" }));
        Assert.Equal("22", await FoundAsync(All with { Tag = "spring" }));
        Assert.Equal("1", await FoundAsync(All with { Status = ScenarioStatus.Active }));
        Assert.Equal("22", await FoundAsync(All with { Group = "crm" }));
    }

    [Fact]
    public async Task A_line_of_the_list_has_the_runs_inside_and_the_numbers_of_seven_days()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.LiveAsync("w1", 3);
        var now = DateTimeOffset.UtcNow;
        await rows.CountAsync(now.AddDays(-1).ToString("O"), "", "entered", "", 8);
        await rows.CountAsync(now.AddDays(-1).ToString("O"), "", "completed", "goal", 5);
        await rows.CountAsync(now.AddDays(-8).ToString("O"), "", "entered", "", 90);
        await rows.CountAsync(now.AddDays(-1).ToString("O"), "w1", "entered", "", 90);

        var line = Assert.Single(await _list.PageAsync(new Viewer(rows.Tenant, null), All, null, 10, Cancel));

        Assert.Equal((3, 8, 5), (line.Inside, line.Entered, line.Completed));
    }

    [Fact]
    public async Task A_deleted_scenario_lies_in_the_trash_for_thirty_days()
    {
        var rows = await ScenarioRows.NewAsync(database, status: "inactive");
        var viewer = new Viewer(rows.Tenant, null);
        await rows.ExecuteAsync("update scenario set deleted_at = clock_timestamp() - interval '29 days' where tenant_id = $t");

        Assert.Null(await _scenarios.HeadAsync(viewer, 1, Cancel));
        Assert.Single(await _list.PageAsync(viewer, All with { Trash = true }, null, 10, Cancel));
        await rows.ExecuteAsync("update scenario set deleted_at = null where tenant_id = $t");
        Assert.NotNull(await _scenarios.HeadAsync(viewer, 1, Cancel));

        await rows.ExecuteAsync("update scenario set deleted_at = clock_timestamp() - interval '31 days' where tenant_id = $t");
        Assert.Empty(await _list.PageAsync(viewer, All with { Trash = true }, null, 10, Cancel));
    }

    [Fact]
    public async Task A_scenario_shows_its_layout_in_the_definition_and_its_partitions_in_the_settings()
    {
        var rows = await ScenarioRows.NewAsync(database, """{"reentryMode": "never"}""");
        await rows.ExecuteAsync("""update scenario set layout = '{"start": {"x": 1.50, "y": 2}}' where tenant_id = $t""");

        var scenario = (await _scenarios.FindAsync(new Viewer(rows.Tenant, null), 1, Cancel))!;

        Assert.Equal("shop", scenario.Database);
        Assert.Equal("""{"start": {"x": 1.50, "y": 2}}""", scenario.Definition.GetProperty("layout").GetRawText());
        Assert.Equal(2, scenario.Settings.GetProperty("partitions").GetInt32());
        Assert.Equal("never", scenario.Settings.GetProperty("reentryMode").GetString());
    }

    [Fact]
    public async Task A_profile_shows_its_entries_runs_and_last_decline_in_a_scenario()
    {
        var rows = await ScenarioRows.NewAsync(database);
        var open = await rows.RunAsync("w1");
        var ended = await rows.EndedAsync("completed");
        await rows.ExecuteAsync(
            "update profile_entry set declined = 'engaged', declined_at = '2026-11-21T08:00:00Z' where tenant_id = $t"
        );
        await rows.ExecuteAsync("insert into profile (tenant_id, database, id) values ($t, 1, 'never here')");
        var profiles = new ProfileReads(database.Ledger);

        var profile = (await profiles.FindAsync(rows.Tenant, 1, 1, "ann", Cancel))!;

        Assert.Equal([open], profile.Open.Select(r => r.RunId));
        Assert.Equal([ended], profile.Ended.Select(r => r.RunId));
        Assert.Equal("engaged", profile.LastDeclined!.Reason);
        Assert.Equal(0, (await profiles.FindAsync(rows.Tenant, 1, 1, "never here", Cancel))!.Entries);
        Assert.Null(await profiles.FindAsync(rows.Tenant, 1, 1, "nobody", Cancel));
    }

    [Fact]
    public async Task A_timeline_goes_on_over_scenarios_page_by_page_and_hides_those_of_other_groups()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.AddScenarioAsync(2, "Second");
        await rows.AddScenarioAsync(3, "Secret", about: """{"groups": ["crm"]}""");
        var open = await rows.RunAsync("w1");
        var ended = await rows.EndedAsync("completed");
        await rows.ExecuteAsync(
            """
            insert into profile_entry (tenant_id, scenario, profile_id, entries, open, generation, completed, failed, declined, declined_at)
            values ($t, 2, 'ann', 0, '{}', 1, 0, 0, 'inactive', '2026-11-22T00:00:00Z'), ($t, 3, 'ann', 0, '{}', 1, 0, 0, 'inactive', '2026-11-22T00:00:00Z')
            """
        );
        var profiles = new ProfileReads(database.Ledger);

        var seen = new List<TimelineItem>();
        while (true)
        {
            (DateTimeOffset, int, Guid)? last =
                seen.Count == 0 ? null : (seen[^1].At, seen[^1].Scenario, seen[^1].RunId ?? Guid.Empty);
            var page = await profiles.TimelineAsync(new Viewer(rows.Tenant, []), 1, "ann", last, 1, Cancel);
            if (page.Count == 0)
                break;
            seen.AddRange(page);
        }

        Assert.Equal(
            [("declined", 2, null), ("run", 1, ended), ("run", 1, (Guid?)open)],
            seen.Select(i => (i.Kind, i.Scenario, i.RunId))
        );
    }

    [Fact]
    public async Task A_revision_tells_what_it_changed()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.ExecuteAsync(
            """
            insert into scenario_revision (tenant_id, scenario, revision, actor, settings, definition) values
            ($t, 1, 1, 'ann', '{}', '{"elements": [{"id": "start"}, {"id": "a"}, {"id": "b", "n": 1}], "links": []}'),
            ($t, 1, 2, 'bo', '{}', '{"elements": [{"id": "start"}, {"id": "b", "n": 2}, {"id": "c"}], "links": [{"from": "start", "output": "next", "to": "b"}]}')
            """
        );
        var revisions = new RevisionReads(database.Ledger);

        var newest = Assert.Single(await revisions.ListAsync(rows.Tenant, 1, null, 1, Cancel));

        Assert.Equal((2, "bo"), (newest.Revision, newest.By));
        Assert.Equal(
            ["relinked start", "changed b", "added c", "removed a"],
            newest.Changes.Select(c => $"{c.Kind} {c.Element}")
        );
        Assert.Equal(
            ["added start", "added a", "added b"],
            (await revisions.ListAsync(rows.Tenant, 1, 2, 5, Cancel)).Single().Changes.Select(c => $"{c.Kind} {c.Element}")
        );
    }

    [Fact]
    public async Task Profiles_are_found_by_email_phone_and_field_first_in_the_profile_then_in_subscriptions()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.ExecuteAsync(
            """
            insert into profile (tenant_id, database, id, email, phone, fields, subscriptions) values
            ($t, 1, 'ann', 'Ann@Example.com', '+491', '{"card": 12}', '[]'),
            ($t, 1, 'bo', 'bo@example.com', null, '{"card": 13}', '[{"channel": "email", "address": "ann@example.com"}, {"channel": "email", "address": "second@example.com"}]'),
            ($t, 1, 'twin', 'bo@example.com', null, '{"card": "12"}', '[{"channel": "sms", "address": "+492"}]')
            """
        );
        ProfileMatch[] asked =
        [
            new(MatchKind.Email, null, "ann@example.COM"),
            new(MatchKind.Email, null, "Second@example.com"),
            new(MatchKind.Email, null, "bo@example.com"),
            new(MatchKind.Phone, null, "+491"),
            new(MatchKind.Phone, null, "+492"),
            new(MatchKind.Field, "card", "12"),
            new(MatchKind.Field, "card", "99"),
        ];

        var found = await new MatchReads(database.Ledger).FindAsync(rows.Tenant, 1, asked, Cancel);

        Assert.Equal(["ann", "bo", "bo twin", "ann", "twin", "ann", ""], found.Select(f => string.Join(' ', f.Ids.Order())));
    }

    [Fact]
    public async Task The_operator_sees_each_partition_with_its_owner_and_how_late_it_is()
    {
        var rows = await ScenarioRows.NewAsync(database);
        await rows.RunAsync("w1", due: DateTimeOffset.UtcNow.AddSeconds(-30).ToString("O"));
        await rows.RunAsync("w1", due: DateTimeOffset.UtcNow.AddDays(1).ToString("O"), profile: "bo");
        await rows.ExecuteAsync(
            """insert into partition (tenant_id, scenario, partition, owner, next_due) values ($t, 1, 0, 'silo-1', clock_timestamp() - interval '30 seconds'), ($t, 1, 1, 'silo-2', null)"""
        );

        var lines = (await new ClusterReads(database.Reads).PartitionsAsync(100, Cancel))
            .Where(p => p.Tenant == rows.Tenant)
            .ToList();

        Assert.Equal([("silo-1", 2L, 1L), ("silo-2", 0L, 0L)], lines.Select(p => (p.Owner!, p.Waiting, p.Due)));
        Assert.InRange(lines[0].LatenessSeconds, 29, 60);
        Assert.Equal(0, lines[1].LatenessSeconds);
    }
}
