using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>Runs that wait: for how long, what wakes them, and what an edit or a freeze does to them.</summary>
public class WaitWalkTests
{
    private const string Graph = "start > w1 > e1; w1:notComputable > e2";
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1),
        Microsecond = TimeSpan.FromMicroseconds(1);

    private static Journey Waiting(string rule, string fields = "{}") => Journey.Of(Graph, ("w1", "wait", rule)).Begin(fields);

    [Theory]
    [InlineData("{'duration': {'hours': 1}}", "{}", "2026-11-23T13:00:00Z")]
    [InlineData("{'duration': {'days': 1}}", "{}", "2026-11-24T12:00:00Z")]
    [InlineData("{'until': '2026-12-24T18:00:00Z'}", "{}", "2026-12-24T18:00:00Z")]
    [InlineData("{'field': {'name': 'born', 'at': '09:00'}}", "{'born': '2026-12-01'}", "2026-12-01T08:00:00Z")]
    [InlineData(
        "{'field': {'name': 'expires', 'offset': {'days': 3}, 'before': true}}",
        "{'expires': '2026-12-10T10:00:00Z'}",
        "2026-12-07T10:00:00Z"
    )]
    [InlineData("{'window': {'weekdays': [2], 'from': '09:00', 'to': '17:00'}}", "{}", "2026-11-24T08:00:00Z")]
    public void Every_kind_of_wait_is_left_at_its_instant_and_not_a_microsecond_before(string rule, string fields, string due)
    {
        var journey = Waiting(rule, fields);
        Assert.Equal(("start > w1 waiting", DateTimeOffset.Parse(due)), (journey.Path, journey.Run.Due));
        journey.At(due).After(-Microsecond);
        Assert.Null(journey.Give(new RunInput.Due()));
        Assert.Equal("start > w1 > e1 = completed", journey.After(Microsecond).Due().Path);
    }

    [Fact]
    public void A_wait_that_is_late_is_left_all_the_same() =>
        Assert.Equal(
            "start > w1 > e1 = completed",
            Waiting("{'window': {'weekdays': [2], 'from': '09:00', 'to': '17:00'}, 'past': 'exit'}")
                .At("2026-11-27T03:00:00Z")
                .Due()
                .Path
        );

    [Fact]
    public void An_open_window_is_no_wait() =>
        Assert.Equal(
            "start > w1 > e1 = completed",
            Waiting("{'window': {'weekdays': [1], 'from': '09:00', 'to': '17:00'}}").Path
        );

    [Fact]
    public void A_past_date_continues_and_says_so()
    {
        var journey = Waiting("{'until': '2026-01-01T00:00:00Z'}");
        Assert.Equal(("start > w1 > e1 = completed", "{'past':true}"), (journey.Path, journey.Told("w1")));
    }

    [Theory]
    [InlineData("{'until': '2026-01-01T00:00:00Z', 'past': 'exit'}")]
    [InlineData("{'field': {'name': 'born'}, 'past': 'exit'}")]
    public void A_past_date_exits_expired_if_so_set(string rule) =>
        Assert.Equal("start > w1 = left expired", Waiting(rule, "{'born': '2026-11-22'}").Path);

    [Theory]
    [
        InlineData("{}", "fieldMissing"),
        InlineData("{'born': null}", "fieldMissing"),
        InlineData("{'born': 'soon'}", "fieldInvalid"),
        InlineData("{'born': 7}", "fieldInvalid")
    ]
    public void A_date_that_is_not_there_goes_its_own_way(string fields, string reason)
    {
        var journey = Waiting("{'field': {'name': 'born'}}", fields);
        Assert.Equal(
            ("start > w1:notComputable > e2 = completed", $"{{'reason':'{reason}'}}"),
            (journey.Path, journey.Told("w1"))
        );
    }

    [Fact]
    public void A_wait_made_longer_sends_the_run_back_to_wait_without_a_step()
    {
        var journey = Waiting("{'duration': {'hours': 1}}")
            .Edit(Graph, ("w1", "wait", "{'duration': {'hours': 3}}"))
            .After(Hour)
            .Due();
        Assert.Equal(
            ("start > w1 waiting", Journey.Monday + 3 * Hour, 2),
            (journey.Path, journey.Run.Due, journey.Run.Revision)
        );
        Assert.Equal("start > w1 > e1 = completed", journey.After(2 * Hour).Due().Path);
    }

    [Fact]
    public void A_wait_made_shorter_counts_from_when_it_began()
    {
        var journey = Waiting("{'duration': {'hours': 3}}")
            .Edit(Graph, ("w1", "wait", "{'duration': {'hours': 2}}"))
            .After(Hour)
            .Take(new RunInput.Reconsidered());
        Assert.Equal(("start > w1 waiting", Journey.Monday + 2 * Hour), (journey.Path, journey.Run.Due));
    }

    [Fact]
    public void A_wait_made_shorter_than_what_was_waited_is_over() =>
        Assert.Equal(
            "start > w1 > e1 = completed",
            Waiting("{'duration': {'hours': 3}}")
                .Edit(Graph, ("w1", "wait", "{'duration': {'minutes': 5}, 'past': 'exit'}"))
                .After(Hour)
                .Take(new RunInput.Reconsidered())
                .Path
        );

    [Fact]
    public void A_save_that_keeps_exit_times_leaves_the_run_its_own_through_any_number_of_saves()
    {
        var journey = Waiting("{'duration': {'hours': 2}}")
            .EditKeeping("w1", Graph, ("w1", "wait", "{'duration': {'hours': 9}}"));
        Assert.Null(journey.After(Hour).Give(new RunInput.Reconsidered()));
        journey.EditKeeping("w1", Graph, ("w1", "wait", "{'window': {'weekdays': [7], 'from': '09:00', 'to': '10:00'}}"));
        Assert.Null(journey.Give(new RunInput.Reconsidered()));
        Assert.Equal(Journey.Monday + 2 * Hour, journey.Run.Due);
        Assert.Equal("start > w1 > e1 = completed", journey.After(Hour).Due().Path);
    }

    [Fact]
    public void An_edit_that_leaves_the_wait_alone_notes_the_revision_once()
    {
        var journey = Waiting("{'duration': {'hours': 3}}")
            .Edit("start > w1 > e3", ("w1", "wait", "{'duration': {'hours': 3}}"));
        Assert.Empty(journey.Give(new RunInput.Reconsidered())!.Steps);
        Assert.Null(journey.Give(new RunInput.Reconsidered()));
    }

    [Fact]
    public void No_run_leaves_outside_an_edited_window()
    {
        // Waiting for the evening; at three the editor makes it the morning, which is over for today.
        var journey = Waiting("{'window': {'weekdays': [1, 2], 'from': '20:00', 'to': '22:00'}}")
            .Edit(Graph, ("w1", "wait", "{'window': {'weekdays': [1, 2], 'from': '08:00', 'to': '14:00'}}"))
            .After(3 * Hour)
            .Take(new RunInput.Reconsidered());
        Assert.Equal(("start > w1 waiting", DateTimeOffset.Parse("2026-11-24T07:00:00Z")), (journey.Path, journey.Run.Due));
        // Late then, it leaves: once is enough.
        Assert.Equal("start > w1 > e1 = completed", journey.At("2026-11-24T15:00:00Z").Due().Path);
    }

    [Fact]
    public void A_changed_date_field_moves_the_wait()
    {
        var journey = Waiting("{'field': {'name': 'born'}, 'past': 'exit', 'zone': 'UTC'}", "{'born': '2026-12-01'}");
        journey.Fields = JsonMerge.Parse("""{"born": "2026-11-25"}""");
        Assert.Equal(DateTimeOffset.Parse("2026-11-25T00:00:00Z"), journey.Take(new RunInput.Reconsidered()).Run.Due);
        // Moved to between the arrival and now it is due, and nobody is lost.
        journey.Fields = JsonMerge.Parse("""{"born": "2026-11-24"}""");
        Assert.Equal("start > w1 > e1 = completed", journey.At("2026-11-24T12:00:00Z").Take(new RunInput.Reconsidered()).Path);
    }

    [Theory]
    [InlineData("{}", "start > w1:notComputable > e2 = completed")]
    [InlineData("{'born': '2026-11-01'}", "start > w1 = left expired")]
    public void A_date_field_that_is_removed_or_long_gone_ends_the_wait(string fields, string path)
    {
        var journey = Waiting("{'field': {'name': 'born'}, 'past': 'exit'}", "{'born': '2026-12-01'}");
        journey.Fields = Definitions.Reading.Parsed(fields);
        Assert.Equal(path, journey.After(Hour).Take(new RunInput.Reconsidered()).Path);
    }

    [Theory]
    [
        InlineData(null, "start > w1 > e1 = completed"),
        InlineData("next", "start > w1 > e1 = completed"),
        InlineData("notComputable", "start > w1:notComputable > e2 = completed")
    ]
    public void A_released_run_leaves_at_once_by_the_output_that_was_named(string? output, string path)
    {
        var journey = Waiting("{'duration': {'days': 1}}").Take(new RunInput.Released(output));
        Assert.Equal((path, "{'released':true}"), (journey.Path, journey.Told("w1")));
    }

    [Fact]
    public void An_unknown_output_releases_no_run()
    {
        var journey = Waiting("{'duration': {'days': 1}}");
        Assert.Null(journey.Give(new RunInput.Released("vip")));
        Assert.Equal("start > w1 waiting", journey.Path);
    }

    [Fact]
    public void A_postponed_run_leaves_at_the_instant_that_somebody_gave_whatever_the_definition_becomes()
    {
        var journey = Waiting("{'duration': {'hours': 1}}")
            .Take(new RunInput.Postponed(Journey.Monday.AddDays(2)))
            .Edit(Graph, ("w1", "wait", "{'duration': {'minutes': 1}}"))
            .After(Hour);
        Assert.Null(journey.Give(new RunInput.Due()));
        Assert.Null(journey.Give(new RunInput.Reconsidered()));
        journey.After(47 * Hour).Due();
        Assert.Equal(("start > w1 > e1 = completed", "{'postponed':true}"), (journey.Path, journey.Told("w1")));
    }

    [Fact]
    public void The_wait_after_a_postponed_one_is_computed_again()
    {
        var journey = Journey
            .Of(
                "start > w1 > w2 > e1",
                ("w1", "wait", "{'duration': {'hours': 1}}"),
                ("w2", "wait", "{'duration': {'hours': 1}}")
            )
            .Begin()
            .Take(new RunInput.Postponed(Journey.Monday + 2 * Hour))
            .After(2 * Hour)
            .Due();
        Assert.Equal(("start > w1 > w2 waiting", Journey.Monday + 3 * Hour), (journey.Path, journey.Run.Due));
    }

    [Fact]
    public void A_moved_run_goes_on_from_where_it_was_put()
    {
        var journey = Waiting("{'duration': {'days': 1}}").Take(new RunInput.Moved("e2"));
        Assert.Equal(("start > w1 > e2 = completed", "{'movedTo':'e2'}"), (journey.Path, journey.Told("w1")));
    }

    [Theory]
    [InlineData("start"), InlineData("nowhere")]
    public void No_run_is_moved_to_a_trigger_or_to_a_missing_element(string to) =>
        Assert.Null(Waiting("{'duration': {'days': 1}}").Give(new RunInput.Moved(to)));

    [Fact]
    public void A_duration_keeps_its_remaining_time_while_the_scenario_is_frozen()
    {
        // It had stood still for 5 hours before; arrived, waited one hour of three, stood still for 10 hours.
        var journey = Journey.Of(Graph, ("w1", "wait", "{'duration': {'hours': 3}}"));
        journey.Stopped = 5 * Hour;
        journey.Run = journey.Run with { StoppedAtArrival = 5 * Hour };
        journey.Begin();
        Assert.Equal((true, Journey.Monday - 2 * Hour), (journey.Run.Stoppable, journey.Run.Due)); // in the scenario's own time
        journey.Stopped = 15 * Hour;
        journey.After(13 * Hour - Microsecond);
        Assert.Null(journey.Give(new RunInput.Due()));
        Assert.Equal("start > w1 > e1 = completed", journey.After(Microsecond).Due().Path);
    }

    [Fact]
    public void A_date_does_not_wait_longer_because_the_scenario_stood_still()
    {
        var journey = Waiting("{'until': '2026-11-23T15:00:00Z'}");
        journey.Stopped = 10 * Hour;
        Assert.Equal("start > w1 > e1 = completed", journey.After(3 * Hour).Due().Path);
    }
}
