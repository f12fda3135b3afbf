using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Tasks;

namespace Scenarios.Api.Profiles;

/// <summary>
/// Tells the slices that a stored change of profiles concerns. Waits over a date field or in the profile's zone are computed
/// again when they fall due in any case; this is what makes one end sooner, or not at all, as soon as the field says so.
/// </summary>
internal sealed class ProfileChanges(ProfileReach reach, TaskStore tasks, IGrainFactory grains)
{
    public async Task ChangedAsync(
        int tenant,
        int database,
        IReadOnlyList<string> profiles,
        CancellationToken cancellationToken
    )
    {
        var waiting = await reach.WaitingAsync(tenant, database, profiles, cancellationToken);
        await Task.WhenAll(
            waiting
                .GroupBy(w => (w.Scenario, w.Partition))
                .Select(slice =>
                    grains.Partition(tenant, slice.Key.Scenario, slice.Key.Partition).Reconsider([.. slice.Select(w => w.Run)])
                )
        );
    }

    /// <summary>
    /// Its runs end, batches that wait for their turn send nothing of it, and no scenario remembers it, before the
    /// answer is given.
    /// </summary>
    public async Task DeletedAsync(int tenant, int database, string profile, CancellationToken cancellationToken)
    {
        // As the pieces are written down: an id with quotes or umlauts is escaped there.
        foreach (
            var (task, part, work) in await tasks.PartsHoldingAsync(
                tenant,
                database,
                JsonEncodedText.Encode(profile).Value,
                cancellationToken
            )
        )
        {
            var without = JsonSerializer.Deserialize(work, ContractsJson.Default.CapturePart)!.Without(profile, part);
            await tasks.ReplaceAsync(
                tenant,
                task,
                part,
                work,
                JsonSerializer.Serialize(without, ContractsJson.Default.CapturePart),
                cancellationToken
            );
        }
        var scenarios = await reach.RememberingAsync(tenant, database, profile, cancellationToken);
        await Task.WhenAll(
            scenarios.Select(s => grains.Partition(tenant, s.Scenario, PartitionOf.Of(profile, s.Partitions)).Forget(profile))
        );
    }
}
