using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains.Tasks;

/// <summary>
/// A batch of captures, piece by piece in the order of its list, with the slices of a piece in parallel. Every
/// capture has a key, so a piece that was in flight when its silo died is sent again, and its answers are replayed.
/// </summary>
internal sealed class CaptureWork(TaskStore tasks, IGrainFactory grains)
{
    public async Task<TaskProgress> StepAsync(OwnedTask task)
    {
        if (await tasks.NextPartAsync(task.Tenant, task.Id, CancellationToken.None) is not (var number, var work))
            return new TaskProgress(null, task.Done, IsLast: true, null);
        var items = JsonSerializer.Deserialize(work, ContractsJson.Default.CapturePart)!.Items;
        var outcomes = new CaptureOutcome[items.Count];
        await Task.WhenAll(
            Enumerable
                .Range(0, items.Count)
                .Where(i => items[i].Capture is not null)
                .GroupBy(i => items[i].Partition)
                .Select(async slice =>
                {
                    int[] places = [.. slice];
                    var answers = await grains
                        .Partition(task.Tenant, task.Scenario, slice.Key)
                        .Capture([.. places.Select(i => items[i].Capture!)]);
                    for (var i = 0; i < places.Length; i++)
                        outcomes[places[i]] = answers[i];
                })
        );
        // Not accepted, or unknown: the whole piece is retried under its keys.
        if (
            Array.Exists(outcomes, o =>
                o.Result is CaptureResult.NotTaken or CaptureResult.Unknown or CaptureResult.Overloaded
                || o == CaptureOutcome.Damaged
            )
        )
            throw new TimeoutException("a slice did not accept its captures");
        var outcome = new CapturePartOutcome([
            .. items.Select(
                (item, i) =>
                    new CapturePartOutcome.Came(
                        outcomes[i].Result,
                        outcomes[i].RunId,
                        outcomes[i].Reason,
                        outcomes[i].Replayed && !TaskKeys.IsOurs(item.Capture!.Key!),
                        item.Capture?.Profile is not null,
                        item.Fault
                    )
            ),
        ]);
        return new TaskProgress(
            null,
            task.Done + items.Count,
            IsLast: false,
            null,
            (number, JsonSerializer.Serialize(outcome, ContractsJson.Default.CapturePartOutcome))
        );
    }
}
