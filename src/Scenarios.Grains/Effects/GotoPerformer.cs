using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Reads;

namespace Scenarios.Grains.Effects;

/// <summary>
/// Captures into another scenario, keyed by this run and step: repeated after a crash, it is the same capture.
/// </summary>
internal sealed class GotoPerformer(ScenarioPlaces places, IGrainFactory grains) : IPerformer
{
    /// <summary>The slice is overloaded, is changing owner, or may have committed without answering.</summary>
    private static readonly TimeSpan PauseUnsettled = TimeSpan.FromSeconds(1);

    /// <summary>The database is damaged there until it is repaired.</summary>
    private static readonly TimeSpan PauseDamaged = TimeSpan.FromMinutes(1);

    /// <summary>The reason when the target scenario does not exist, in addition to the reasons of captures.</summary>
    private const string UnknownScenario = "unknownScenario";

    public EffectKind Kind => EffectKind.Goto;

    /// <exception cref="JsonException">The request has an unknown format.</exception>
    public async Task<EffectOutcome> PerformAsync(EffectOrder order, EffectPlace place, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(order.Request, EngineJson.Default.GotoRequest)
            ?? throw new JsonException("Expected a request to go to a scenario, not null.");
        var outcome = await CaptureAsync(order, place, request, cancellationToken);
        // Damage does not decline a capture: the run waits until the database is repaired.
        if (outcome == CaptureOutcome.Damaged)
            return EffectOutcome.Again(PauseDamaged);
        var detail = Detail.Write(json =>
        {
            json.WriteNumber("scenario", request.Scenario);
            if (outcome.Result == CaptureResult.Accepted)
                json.WriteString("run", outcome.RunId.ToString());
            else
                json.WriteString("reason", outcome.Reason ?? outcome.Result.ToString());
        });
        return outcome.Result switch
        {
            CaptureResult.Accepted => EffectOutcome.Ends(detail),
            // Sent again under the same cause: if it was committed, the slice replays the answer.
            CaptureResult.Overloaded or CaptureResult.NotTaken or CaptureResult.Unknown => EffectOutcome.Again(PauseUnsettled),
            CaptureResult.Declined or CaptureResult.KeyReused or CaptureResult.Failed => EffectOutcome.Leaves(
                Output.Declined,
                detail
            ),
        };
    }

    private async Task<CaptureOutcome> CaptureAsync(
        EffectOrder order,
        EffectPlace place,
        GotoRequest request,
        CancellationToken cancellationToken
    )
    {
        var here = await places.FindAsync(place.Tenant, place.Scenario, cancellationToken);
        var there = await places.FindAsync(place.Tenant, request.Scenario, cancellationToken);
        // A profile stays in its database: a scenario that has since moved to another database cannot be the target.
        if (here is null || there is null || here.Database != there.Database)
            return CaptureOutcome.Declined(UnknownScenario);
        var cause = $"\u0001goto/{order.Key}";
        var capture = new Capture(
            place.Profile,
            null,
            request.Content?.GetRawText(),
            request.Start,
            cause,
            Encoding.UTF8.GetBytes(cause),
            request.Depth,
            null
        );
        var slice = grains.Partition(place.Tenant, request.Scenario, PartitionOf.Of(place.Profile, there.Partitions));
        return (await slice.Capture([capture]))[0];
    }
}
