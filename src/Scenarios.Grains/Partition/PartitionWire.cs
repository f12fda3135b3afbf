using Scenarios.Contracts;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Grains.Partition;

// Why there are two types of each.
//
// Messages between nodes carry Orleans' attributes and may only grow. The types of the engine are plain and may
// change with each version. Only this file converts between them.

/// <summary>Converts between the wire and the engine.</summary>
internal static class PartitionWire
{
    public static CaptureInput InputOf(Capture capture, ICaller<CaptureInput> caller, int place) =>
        new(
            caller,
            place,
            capture.ProfileId,
            new Entering(
                capture.Start,
                capture.Content,
                capture.Depth,
                capture.Profile is { } change
                    ? new ProfileWrite(capture.ProfileId, Create: true, change.Head, change.Operations, change.Subscriptions)
                    : null,
                capture.Declined
            ),
            capture.Key,
            capture.Hash
        );

    public static Contracts.CaptureOutcome OutcomeOf(Engine.Batches.CaptureOutcome outcome) =>
        outcome.Verdict switch
        {
            CaptureVerdict.Accepted => Contracts.CaptureOutcome.Accepted(outcome.Run, outcome.IsReplay),
            CaptureVerdict.Declined => Contracts.CaptureOutcome.Declined(outcome.Reason!, outcome.IsReplay),
            CaptureVerdict.KeyReused => Contracts.CaptureOutcome.KeyReused,
            CaptureVerdict.Failed => new Contracts.CaptureOutcome(CaptureResult.Failed, default, outcome.Reason, false),
        };

    public static CommandInput InputOf(RunCommand command, ICaller<CommandInput> caller) =>
        new(
            caller,
            command.RunId,
            command.ProfileId,
            OrderOf(command.Verb, command.Output, command.Until, command.To),
            command.Actor is { } actor ? (actor.Name, Name<RunVerb>.Of(command.Verb)) : null
        );

    public static RunOutcome OutcomeOf(CommandInput input) =>
        input.Refusal is { } code ? RunOutcome.Refused(code) : RunOutcome.Ok;

    public static BulkInput InputOf(BulkPage page, ICaller<BulkInput> caller) =>
        new(caller, page.Key, page.Runs, OrderOf(page.Verb, null, page.Until, page.To), page.Element);

    public static Contracts.BulkOutcome OutcomeOf(BulkInput input) =>
        new(input.Outcome.Touched, input.Outcome.Skipped, input.Outcome.Undone);

    public static Engine.Batches.EffectOutcome OutcomeOf(Contracts.EffectOutcome outcome) =>
        new(outcome.Output, outcome.RetryAfter, outcome.EndsRun, outcome.Reason, outcome.Detail, outcome.Kept, outcome.Unsent);

    private static RunInput OrderOf(RunVerb verb, string? output, DateTimeOffset? until, string? to) =>
        verb switch
        {
            RunVerb.Remove => new RunInput.Removed(output ?? LeftReason.Removed),
            RunVerb.Release => new RunInput.Released(output),
            RunVerb.Postpone => new RunInput.Postponed(until!.Value),
            RunVerb.Move => new RunInput.Moved(to!),
        };
}
