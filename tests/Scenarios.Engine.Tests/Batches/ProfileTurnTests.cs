using Scenarios.Engine.Batches;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Runs;

namespace Scenarios.Engine.Tests.Batches;

/// <summary>Turns without a slice: as a simulation takes them.</summary>
public class ProfileTurnTests
{
    private static readonly Entering Default = new(null, null, 0, null, null);

    [Fact]
    public void A_life_is_one_turn_after_another_on_a_virtual_clock()
    {
        var scene = new BatchScene(Journey.Draw("start > w1 > e1", ("w1", "wait", "{'duration': {'days': 30}}")));
        var tally = new Tally();

        var first = Turn(scene, tally, null);
        var entered = first.Enter(Default);
        Assert.Equal(DeclineReason.Engaged, first.Enter(Default).Declined);
        var run = Assert.Single(first.Runs);
        Assert.Equal("w1", run.State.Element);

        scene.Now = run.State.Due!.Value;
        var second = Turn(scene, tally, first.Entry);
        Assert.True(second.Wake(second.Meet(run.Row)));

        Assert.Equal(RunEnd.Complete, second.Runs[0].End);
        Assert.Equal((entered.Run, "e1"), (second.Runs[0].State.Id, second.Runs[0].Steps[^1].Element));
        Assert.Equal((1, 1, 0), (second.Entry!.Entries, second.Entry.Completed, second.Entry.Open.Length));
        Assert.Equal(1, tally.Counts[new Count("", "completed", "")]);
        Assert.Equal(1, tally.Counts[new Count("", "declined", DeclineReason.Engaged)]);
        Assert.All(tally.Live.Values, n => Assert.Equal(0, n));
    }

    [Fact]
    public void In_restart_the_former_run_names_its_successor()
    {
        var scene = new BatchScene(
            Journey.Draw("start > w1", ("w1", "wait", "{'duration': {'days': 30}}")),
            ScenarioSettings.Default with
            {
                ReentryMode = ReentryMode.Restart,
            }
        );
        var turn = Turn(scene, new Tally(), null);

        var (former, later) = (turn.Enter(Default).Run, turn.Enter(Default).Run);

        Assert.Equal(RunEnd.Leave(LeftReason.Restarted), turn.Runs[0].End);
        Assert.Equal($"{{\"successor\":\"{later}\"}}", turn.Runs[0].Steps[^1].Detail);
        Assert.Equal(former, turn.Runs[0].State.Id);
        Assert.Equal([later], turn.Entry!.Open);
    }

    [Fact]
    public void What_is_forgotten_is_not_remembered_by_what_comes_after()
    {
        var scene = new BatchScene(Journey.Draw("start > w1", ("w1", "wait", "{'duration': {'days': 30}}")));
        var turn = Turn(scene, new Tally(), null);
        turn.Enter(Default);

        turn.Forget();

        Assert.Equal(RunEnd.Leave(LeftReason.ProfileDeleted), Assert.Single(turn.Runs).End);
        Assert.Null(turn.Entry);
        Assert.Equal(DeclineReason.ProfileNotFound, turn.Enter(Default).Declined);
    }

    private static ProfileTurn Turn(BatchScene scene, Tally tally, EntryRow? entry) =>
        new(scene.Context(tally), "p1", scene.Profile("p1"), entry, isRemembered: true, ProfileTurn.NoHistories);
}
