using System.Collections.Concurrent;
using Scenarios.Contracts;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains.Partition;

/// <summary>What slices decide by: the scenario at one gate, and its account's zone.</summary>
internal sealed record LoadedScenario(ScenarioSnapshot Snapshot, string AccountZone);

/// <summary>
/// The scenarios of a silo's slices, shared between partitions. What is here may be old: a decision made by it is proved,
/// or refused, by the fence of its commit.
/// </summary>
internal sealed class ScenarioCache(ScenarioStore store, IGrainFactory grains)
{
    private readonly ConcurrentDictionary<(int Tenant, int Number), Lazy<Task<LoadedScenario?>>> _scenarios = new();

    /// <returns>Null when there is no such scenario.</returns>
    public async Task<LoadedScenario?> Get(int tenant, int number)
    {
        var entry = _scenarios.GetOrAdd((tenant, number), key => new Lazy<Task<LoadedScenario?>>(() => Load(key.Tenant, key.Number)));
        try
        {
            var loaded = await entry.Value;
            if (loaded is null) Forget(tenant, number);
            return loaded;
        }
        catch
        {
            _scenarios.TryRemove(KeyValuePair.Create((tenant, number), entry));
            throw;
        }
    }

    public void Forget(int tenant, int number) => _scenarios.TryRemove((tenant, number), out _);

    private async Task<LoadedScenario?> Load(int tenant, int number)
    {
        var account = await grains.Tenant(tenant).Account();
        return await store.Snapshot(tenant, number, CancellationToken.None) is { } snapshot ? new LoadedScenario(snapshot, account.TimeZone) : null;
    }
}
