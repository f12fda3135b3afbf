using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>The rules that every transition keeps, whatever it began from.</summary>
internal static class Legality
{
    public static void Check(Definition definition, RunState before, Transition transition, BatchInstant at)
    {
        Assert.True(transition.Run is null != transition.End is null, "A run goes on or ends, never both, never neither.");
        Steps(definition, before, transition, at);
        if (transition.Run is { } run)
            Stands(definition, before, run, transition, at);
        else
            Assert.Equal(transition.End, transition.Steps[^1].End);
    }

    private static void Steps(Definition definition, RunState before, Transition transition, BatchInstant at)
    {
        Assert.True(transition.Steps.Count <= Interpreter.LoopGuard + 1, "A walk is bounded.");
        for (var i = 0; i < transition.Steps.Count; i++)
        {
            var step = transition.Steps[i];
            Assert.Equal(before.Step + 1 + i, step.Step);
            Assert.Equal(i == 0 ? before.Element : step.Element, step.Element);
            Assert.Equal(at.Now, step.LeftAt);
            Assert.True(step.At <= step.LeftAt, "Nobody leaves before the arrival.");
            var isLast = i == transition.Steps.Count - 1;
            var next = isLast ? transition.Run?.Element : transition.Steps[i + 1].Element;
            if (next is null)
                Assert.NotNull(step.End);
            else
                Assert.Null(step.End);
            // An output leads where it is linked now; without one somebody moved the run.
            if (step.Output is { } output)
                Assert.Equal(definition.Next(step.Element, output), next);
            else if (next is not null)
                Assert.Contains("movedTo", step.Detail, StringComparison.Ordinal);
        }
    }

    private static void Stands(Definition definition, RunState before, RunState run, Transition transition, BatchInstant at)
    {
        Assert.Equal(
            (before.Id, before.ProfileId, before.EnteredAt, before.Step + transition.Steps.Count),
            (run.Id, run.ProfileId, run.EnteredAt, run.Step)
        );
        var element = definition.Find(run.Element);
        Assert.NotNull(element);
        Assert.InRange(run.Hops, 0, Interpreter.LoopGuard);
        switch (run.Phase)
        {
            case RunPhase.Waiting:
                Assert.IsType<Wait>(element);
                Assert.NotNull(run.Due);
                if (run.Due <= (run.Stoppable ? at.Now - at.Stopped : at.Now))
                    Assert.Empty(transition.Steps); // postponed to a moment ago
                Assert.True(run.Due.Value.Ticks % TimeSpan.TicksPerMicrosecond == 0, "A due instant is a whole microsecond.");
                Assert.Null(transition.Effect);
                break;
            case RunPhase.Performing:
                Assert.True(element is Webhook or Goto);
                Assert.Null(run.Due);
                Assert.Equal((run.Step + 1, run.Element), (transition.Effect!.Step, transition.Effect.Element));
                break;
            case RunPhase.Arriving:
                // Only before a commit that computes something.
                Assert.True(transition.Changes.Count > 0 || transition.Subscriptions is not null);
                Assert.IsType<UpdateProfile>(definition.Find(transition.Steps[^1].Element));
                Assert.Equal((at.Now, false), (run.Due, run.Stoppable));
                Assert.Null(transition.Effect);
                break;
        }
    }
}
