using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>Triggers, conditions, splits, ends, and the guards: what a run does without waiting for anything.</summary>
public class WalkTests
{
    private const string Gold =
        """{'branches': [{'output': 'vip', 'rules': {'field': 'tier', 'op': 'equal', 'value': 'gold'}}, {'output': 'known', 'rules': {'field': 'tier', 'op': 'exists'}}]}""";

    [Theory]
    [InlineData("{'tier': 'gold'}", "start > c1:vip > e1 = completed")]
    [InlineData("{'tier': 'tin'}", "start > c1:known > e2 = completed")]
    [InlineData("{}", "start > c1:else > e3 = completed")]
    public void A_condition_takes_the_first_branch_that_holds(string fields, string path) =>
        Assert.Equal(
            path,
            Journey.Of("start > c1:vip > e1; c1:known > e2; c1:else > e3", ("c1", "condition", Gold)).Begin(fields).Path
        );

    [Fact]
    public void A_condition_tells_what_it_saw_and_stops_looking_where_it_was_decided()
    {
        var journey = Journey.Of("start > c1:vip > e1", ("c1", "condition", Gold)).Begin("{'tier': 'gold'}");
        Assert.Equal(
            "{'seen':[{'what':'field tier','op':'equal','expected':'gold','seen':'gold','held':true}]}",
            journey.Told("c1")
        );
    }

    [Fact]
    public void Of_a_long_decision_the_last_observations_are_kept()
    {
        var leaves = string.Join(
            ", ",
            Enumerable.Range(0, 60).Select(i => $"{{'field': 'tier', 'op': 'equal', 'value': 'tier{i}'}}")
        );
        var journey = Journey
            .Of(
                "start > c1:a > e1",
                ("c1", "condition", $"{{'branches': [{{'output': 'a', 'rules': {{'any': [{leaves}]}}}}]}}")
            )
            .Begin("{'tier': 'tier59'}");
        Assert.DoesNotContain("'tier9'", journey.Told("c1")!, StringComparison.Ordinal);
        Assert.EndsWith("'expected':'tier59','seen':'tier59','held':true}]}", journey.Told("c1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_sees_the_content_of_the_capture() =>
        Assert.Equal(
            "start > c1:big > e1 = completed",
            Journey
                .Of(
                    "start > c1:big > e1",
                    (
                        "c1",
                        "condition",
                        "{'branches': [{'output': 'big', 'rules': {'content': 'order.total', 'op': 'greater', 'value': 99.5}}]}"
                    )
                )
                .Begin(content: "{'order': {'total': 100}}")
                .Path
        );

    [Fact]
    public void A_split_takes_the_branch_that_was_drawn_and_tells_how()
    {
        const string shares = "{'branches': [{'output': 'a', 'percent': 0}, {'output': 'b', 'percent': 100}]}";
        var journey = Journey.Of("start > s1:a > e1; s1:b > e2", ("s1", "split", shares)).Begin();
        Assert.Equal("start > s1:b > e2 = completed", journey.Path);
        Assert.Equal("{'draw':'stable'}", journey.Told("s1"));
    }

    [Fact]
    public void An_end_names_its_goal() =>
        Assert.Equal("start > e1 = completed sale", Journey.Of("start > e1", ("e1", "end", "{'goal': 'sale'}")).Begin().Path);

    [Theory]
    [InlineData("start", "start = completed")]
    [InlineData("start > c1", "start > c1:else = completed")]
    public void An_output_that_leads_nowhere_completes_the_run(string graph, string path) =>
        Assert.Equal(path, Journey.Of(graph, ("c1", "condition", Gold)).Begin().Path);

    [Fact]
    public void A_run_begins_once()
    {
        var journey = Journey.Of("start > w1", ("w1", "wait", "{'duration': {'days': 1}}")).Begin();
        Assert.Null(journey.Give(new RunInput.Captured()));
        Assert.Equal("start > w1 waiting", journey.Path);
    }

    [Fact]
    public void Steps_are_numbered_and_know_when_the_run_came_and_left()
    {
        var journey = Journey
            .Of("start > w1 > e1", ("w1", "wait", "{'duration': {'hours': 1}}"))
            .Begin()
            .After(TimeSpan.FromHours(2))
            .Due();
        Assert.Equal([1, 2, 3], journey.Trail.Select(s => s.Step));
        Assert.Equal((Journey.Monday, Journey.Monday.AddHours(2)), (journey.Trail[1].At, journey.Trail[1].LeftAt));
        Assert.Equal([null, null, RunEnd.Complete], journey.Trail.Select(s => s.End));
    }

    [Fact]
    public void A_loop_without_a_wait_fails_after_200_steps()
    {
        var journey = Journey
            .Of("start > c1:else > c2:else > c1", ("c1", "condition", Gold), ("c2", "condition", Gold))
            .Begin();
        Assert.Equal((201, RunEnd.Fail("loopGuard")), (journey.Trail.Count, journey.End));
        Assert.Null(journey.Trail[^1].Output);
    }

    [Fact]
    public void A_loop_over_commit_boundaries_fails_after_200_steps_too()
    {
        var journey = Journey
            .Of("start > u1 > c1:else > u1", ("u1", "updateProfile", "{'increment': {'visits': 1}}"), ("c1", "condition", Gold))
            .Begin();
        while (journey.End is null)
            journey.Due();
        Assert.Equal((201, RunEnd.Fail("loopGuard")), (journey.Trail.Count, journey.End));
    }

    [Fact]
    public void A_loop_with_a_wait_goes_on()
    {
        var journey = Journey
            .Of("start > w1 > c1:else > w1", ("w1", "wait", "{'duration': {'hours': 1}}"), ("c1", "condition", Gold))
            .Begin();
        for (var i = 0; i < 300; i++)
            journey.After(TimeSpan.FromHours(1)).Due();
        Assert.Equal((601, null), (journey.Trail.Count, journey.End));
    }

    [Fact]
    public void A_wait_that_is_past_does_not_quiet_the_loop_guard()
    {
        var journey = Journey
            .Of("start > w1 > c1:else > w1", ("w1", "wait", "{'until': '2026-01-01T00:00:00Z'}"), ("c1", "condition", Gold))
            .Begin();
        Assert.Equal(RunEnd.Fail("loopGuard"), journey.End);
    }

    [Theory]
    [InlineData("cleared"), InlineData("removed"), InlineData("profileDeleted")]
    public void A_removed_run_ends_where_it_is(string reason) =>
        Assert.Equal(
            $"start > w1 = left {reason}",
            Journey
                .Of("start > w1", ("w1", "wait", "{'duration': {'days': 1}}"))
                .Begin()
                .Take(new RunInput.Removed(reason))
                .Path
        );

    [Fact]
    public void A_restarted_run_names_its_successor()
    {
        var journey = Journey
            .Of("start > w1", ("w1", "wait", "{'duration': {'days': 1}}"))
            .Begin()
            .Take(new RunInput.Removed(LeftReason.Restarted, Detail.Of("successor", "r2")));
        Assert.Equal("{'successor':'r2'}", journey.Told("w1"));
    }

    [Fact]
    public void A_run_that_cannot_be_stored_fails_alone() =>
        Assert.Equal(
            "start > w1 = failed unstorable",
            Journey
                .Of("start > w1", ("w1", "wait", "{'duration': {'days': 1}}"))
                .Begin()
                .Take(new RunInput.Failed("unstorable"))
                .Path
        );

    [Fact]
    public void A_run_in_a_deleted_element_ends_by_whatever_comes_next()
    {
        RunInput[] inputs =
        [
            new RunInput.Due(),
            new RunInput.Reconsidered(),
            new RunInput.Released(null),
            new RunInput.Postponed(Journey.Monday.AddDays(9)),
        ];
        Assert.All(inputs, input =>
            Assert.Equal(
                "start > w1 = left elementDeleted",
                Journey.Of("start > w1", ("w1", "wait", "{'duration': {'days': 1}}")).Begin().Edit("start").Take(input).Path
            )
        );
    }

    [Fact]
    public void A_run_can_be_moved_out_of_a_deleted_element() =>
        Assert.Equal(
            "start > w1 > e2 = completed",
            Journey
                .Of("start > w1", ("w1", "wait", "{'duration': {'days': 1}}"))
                .Begin()
                .Edit("start > e2")
                .Take(new RunInput.Moved("e2"))
                .Path
        );

    [Fact]
    public void Links_are_looked_up_when_the_run_leaves() =>
        Assert.Equal(
            "start > w1 > e9 = completed",
            Journey
                .Of("start > w1 > e1", ("w1", "wait", "{'duration': {'days': 1}}"))
                .Begin()
                .Edit("start > w1 > e9", ("w1", "wait", "{'duration': {'days': 1}}"))
                .After(TimeSpan.FromDays(1))
                .Due()
                .Path
        );

    [Fact]
    public void A_rule_that_throws_is_heard_and_leaves_the_run_to_its_caller()
    {
        // No reader lets this rule through: a surprise, which the slice turns into the failure of this run.
        var broken = new Condition("c1", "", [new Branch("a", new Unheard())]);
        var definition = new Definition([new ApiCall("start", "", true), broken], [new Link("start", "next", "c1")]);
        var journey = Journey.Of("start");
        Assert.ThrowsAny<InvalidOperationException>(() =>
            Interpreter.Advance(
                definition,
                1,
                journey.Run,
                new RunInput.Captured(),
                journey.Known,
                new BatchInstant(journey.Now, default)
            )
        );
    }

    private sealed record Unheard : Rule
    {
        public override RuleKind Kind => (RuleKind)(-1);
    }
}
