using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

// Whatever an input asks for ends here: one call of the interpreter, with the facts of run and profile, and what it came to is
// noted in one place, so that counts, changes and memory cannot differ from the steps.

public sealed partial class ProfileTurn
{
    /// <summary>The element where it is was deleted by a save that named another one for its runs.</summary>
    private RunInput.Moved? Relocated(TurnRun run) =>
        context.Definition?.Find(run.State.Element) is null
        && context.Scenario.MovedElements.TryGetValue(run.State.Element, out var to)
            ? new RunInput.Moved(to)
            : null;

    /// <summary>Hands one input to the interpreter and notes what came of it. False when the input changed nothing.</summary>
    private bool Move(TurnRun run, RunInput input)
    {
        if (Advance(run, input) is not { } transition)
            return false;
        Counting.Add(context.Tally, run.Generation, run.CountedAt, transition);
        run.Take(transition);
        if (transition.Changes.Count > 0 || transition.Subscriptions is not null)
            (_changes ??= []).Add(
                new ProfileWrite(
                    profileId,
                    Create: false,
                    RawJson.EmptyObject,
                    RawJson.List(transition.Changes),
                    transition.Subscriptions
                )
            );
        if (transition.End is { } end && isRemembered)
            Memory.Leave(run.State.Id, end, context.Now);
        return true;
    }

    private Transition? Advance(TurnRun run, RunInput input)
    {
        // Without a readable definition no run moves, but every run can be removed.
        if (context.Definition is null && input is not RunInput.Removed)
            return null;
        var (definition, revision) = (context.Definition ?? Definition.Empty, context.Scenario.Revision);
        try
        {
            return Interpreter.Advance(definition, revision, run.State, input, FactsOf(run), context.At);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            context.Failures.Add(new TurnFailure(run.State.Id, run.State.Element, e));
            var failed = new RunInput.Failed(RefusalCode.Internal.Text());
            return Interpreter.Advance(definition, revision, run.State, failed, NoFacts(), context.At);
        }
    }

    private Facts FactsOf(TurnRun run) =>
        new(
            context.Tenant,
            context.Number,
            context.Scenario.AccountZone,
            context.Scenario.Settings.TimeZone ?? context.Scenario.AccountZone,
            _profile ?? ProfileOverlay.Empty(profileId, context.Now),
            run.Content is null ? Facts.NoJson : JsonMerge.Parse(run.Content),
            run.Kept is null ? Facts.NoJson : JsonMerge.Parse(run.Kept),
            histories,
            context.Scenario.FieldTypes
        )
        {
            ScenarioTitle = context.Scenario.Title,
        };

    /// <summary>For a run that fails because of its facts.</summary>
    private Facts NoFacts() =>
        new(
            context.Tenant,
            context.Number,
            context.Scenario.AccountZone,
            context.Scenario.AccountZone,
            ProfileOverlay.Empty(profileId, context.Now),
            Facts.NoJson,
            Facts.NoJson,
            NoHistories,
            context.Scenario.FieldTypes
        );
}
