using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>
/// Updates of the profile: what the next element sees, where the run stops for a commit, and what no field can hold.
/// </summary>
public class UpdateProfileWalkTests
{
    private const string Branches =
        """{'branches': [{'output': 'vip', 'rules': {'any': [{'field': 'tier', 'op': 'equal', 'value': 'gold'}, {'field': 'visits', 'op': 'greaterOrEqual', 'value': 3}, {'field': 'tags', 'op': 'contains', 'value': 'a'}]}}]}""";

    private static Journey Of(string settings, string fields = "{}", string content = "{}") =>
        Journey
            .Of("start > u1 > c1:vip > e1; u1:error > e2", ("u1", "updateProfile", settings), ("c1", "condition", Branches))
            .Begin(fields, content);

    [Fact]
    public void What_is_set_is_seen_by_the_very_next_condition_in_the_same_commit()
    {
        var journey = Of("{'set': {'tier': 'gold'}}");
        Assert.Equal("start > u1 > c1:vip > e1 = completed", journey.Path);
        Assert.Equal("""{"tier":"gold"}""", journey.Fields.GetRawText());
    }

    [Fact]
    public void Null_takes_the_field_away_for_the_next_condition() =>
        Assert.Equal("start > u1 > c1:else = completed", Of("{'set': {'tier': null}}", "{'tier': 'gold'}").Path);

    [Theory]
    [InlineData("{'increment': {'visits': 2}}", "{'visits': 1}")]
    [InlineData("{'add': {'tags': 'a'}}", "{}")]
    [InlineData("{'remove': {'tags': ['b', 'c']}}", "{'tags': ['a', 'b']}")]
    [InlineData("{'set': {'tier': 'tin'}, 'increment': {'visits': 3}}", "{}")]
    public void What_SQL_computes_is_committed_before_the_next_element_looks(string settings, string fields)
    {
        var journey = Of(settings, fields);
        Assert.Equal(("start > u1 > c1 arriving", journey.Now), (journey.Path, journey.Run.Due));
        Assert.Equal("start > u1 > c1:vip > e1 = completed", journey.Due().Path);
    }

    [Fact]
    public void Subscriptions_are_merged_by_the_commit_too()
    {
        var journey = Of("{'set': {'tier': 'gold'}, 'subscriptions': [{'channel': 'email', 'status': 'unsubscribed'}]}");
        Assert.Equal(("start > u1 > c1 arriving", 1), (journey.Path, journey.Subscriptions.GetArrayLength()));
    }

    [Fact]
    public void An_update_at_the_end_of_the_way_ends_the_run_at_once() =>
        Assert.Equal(
            "start > u1 = completed",
            Journey.Of("start > u1", ("u1", "updateProfile", "{'increment': {'visits': 1}}")).Begin().Path
        );

    [Fact]
    public void Updates_follow_one_another_and_stay_in_order()
    {
        var journey = Journey
            .Of(
                "start > u1 > u2 > w1",
                ("u1", "updateProfile", "{'set': {'tier': 'gold'}}"),
                ("u2", "updateProfile", "{'set': {'tier': '{{ profile.fields.tier }}en'}, 'increment': {'visits': 1}}"),
                ("w1", "wait", "{'duration': {'days': 1}}")
            )
            .Begin();
        Assert.Equal(
            ("start > u1 > u2 > w1 arriving", """{"tier":"golden","visits":1}"""),
            (journey.Path, journey.Fields.GetRawText())
        );
    }

    [Theory]
    [InlineData("{'set': {'tier': '{{ content.x }}'}}", "'tier':'7'")]
    [InlineData("{'set': {'visits': ' {{ content.x }} '}}", "'visits':7")]
    [InlineData("{'set': {'vip': '{{ content.yes }}'}}", "'vip':true")]
    [InlineData("{'set': {'born': '{{ content.day }}'}}", "'born':'2026-11-23'")]
    [InlineData("{'set': {'tags': ['{{ content.x }}', 'b', 1]}}", "'tags':['7','b',1]")]
    [InlineData("{'set': {'tags': '{{ content.x }}'}}", "'tags':['7']")]
    [InlineData("{'add': {'tags': '{{ content.x }}'}}", "'tags':['7']")]
    [InlineData("{'add': {'tags': ['{{ content.x }}', 1]}}", "'tags':['7',1]")]
    public void A_text_is_a_template_and_becomes_what_the_field_holds(string settings, string fields) =>
        Assert.Equal(
            "{" + fields + "}",
            Of(settings, content: "{'x': 7, 'yes': true, 'day': '2026-11-23'}").Fields.GetRawText().Replace('"', '\'')
        );

    [Theory]
    [InlineData("{'set': {'visits': '{{ content.word }}'}}", "wrongType")]
    [InlineData("{'set': {'visits': '1e300'}}", "wrongType")]
    [InlineData("{'set': {'visits': '99999999999999999999'}}", "outOfRange")]
    [InlineData("{'set': {'vip': '{{ content.word }}'}}", "wrongType")]
    [InlineData("{'set': {'born': '{{ content.word }}'}}", "invalidDate")]
    [InlineData("{'set': {'expires': '2026-11-23'}}", "invalidInstant")]
    [InlineData("{'set': {'tier': '{{ content.nul | url_decode }}'}}", "invalidText")]
    [InlineData("{'set': {'tier': 7}}", "wrongType")]
    [InlineData("{'set': {'tier': 'gold', 'visits': 'many'}}", "wrongType")]
    [InlineData("{'set': {'tier': '{{ 1 | divided_by: 0 }}'}}", "templateFailed")]
    public void What_the_field_cannot_hold_takes_the_error_output_and_changes_nothing(string settings, string code)
    {
        var journey = Of(settings, content: "{'word': 'many', 'nul': '%00'}");
        Assert.Equal(
            ("start > u1:error > e2 = completed", $"{{'code':'{code}'}}", "{}"),
            (journey.Path, journey.Told("u1"), journey.Fields.GetRawText())
        );
    }

    [Fact]
    public void An_unlinked_error_fails_the_run_with_its_code() =>
        Assert.Equal(
            "start > u1:error = failed wrongType",
            Journey.Of("start > u1 > e1", ("u1", "updateProfile", "{'set': {'visits': 'many'}}")).Begin().Path
        );

    [Fact]
    public void A_later_subscription_comes_after_those_that_stay()
    {
        var profile = ProfileOverlay.Empty("p1", Journey.Monday) with
        {
            Subscriptions = Definitions.Reading.Parsed(
                "[{'channel': 'email', 'status': 'subscribed'}, {'channel': 'sms', 'status': 'subscribed'}]"
            ),
        };
        var after = ProfileOverlay.Apply(profile, "{}", "[]", """[{"channel": "email", "status": "unsubscribed"}]""");
        Assert.Equal(
            ["sms subscribed", "email unsubscribed"],
            after.Subscriptions.EnumerateArray().Select(s => $"{s.GetProperty("channel")} {s.GetProperty("status")}")
        );
    }

    [Fact]
    public void An_upsert_is_seen_as_SQL_will_make_it()
    {
        var before = ProfileOverlay.Empty("p1", Journey.Monday) with
        {
            Email = "a@example.com",
            Phone = "1",
            Fields = Definitions.Reading.Parsed("{'tier': 'tin', 'visits': 1}"),
        };
        var merged = ProfileOverlay.Apply(
            before,
            """{"phone": null}""",
            """[["merge", null, {"tier": null, "vip": true}]]""",
            null
        );
        Assert.Equal(
            ("a@example.com", null, """{"visits":1,"vip":true}"""),
            (merged.Email, merged.Phone, merged.Fields.GetRawText())
        );
        Assert.Equal(
            """{"vip":true}""",
            ProfileOverlay.Apply(before, "{}", """[["replace", null, {"vip": true, "tier": null}]]""", null).Fields.GetRawText()
        );
        Assert.Equal(
            """{"visits":1,"tier":"gold"}""",
            ProfileOverlay.Apply(before, "{}", """[["set", "tier", "gold"]]""", null).Fields.GetRawText()
        );
    }
}
