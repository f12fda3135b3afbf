using System.Collections.Concurrent;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Partition;

/// <summary>
/// The scenarios of a silo's slices, each at one gate, shared between partitions. An entry may be stale: the fence of
/// the commit confirms or refuses a decision based on it.
/// </summary>
internal sealed class ScenarioCache(ScenarioStore store)
{
    private readonly ConcurrentDictionary<(int Tenant, int Number), Lazy<Task<ScenarioSnapshot?>>> _scenarios = new();

    /// <returns>Null when there is no such scenario.</returns>
    public async Task<ScenarioSnapshot?> GetAsync(int tenant, int number)
    {
        var entry = _scenarios.GetOrAdd((tenant, number), key => new Lazy<Task<ScenarioSnapshot?>>(() =>
            store.SnapshotAsync(key.Tenant, key.Number, CancellationToken.None)
        ));
        try
        {
            var loaded = await entry.Value;
            if (loaded is null)
                Forget(tenant, number);
            return loaded;
        }
        catch
        {
            _scenarios.TryRemove(KeyValuePair.Create((tenant, number), entry));
            throw;
        }
    }

    public void Forget(int tenant, int number) => _scenarios.TryRemove((tenant, number), out _);
}
