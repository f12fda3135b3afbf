using System.Collections.Concurrent;
using Scenarios.Api.Http;
using Scenarios.Engine.Definitions;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Api.Captures;

/// <summary>Where a scenario's captures go, and what its profiles may hold.</summary>
internal sealed record ScenarioAddress(int Number, ScenarioPlace Place, DatabaseFields Fields);

/// <summary>
/// The addresses of the scenarios that are captured into, each read at most once a second. It never knows a status: whether
/// a capture is accepted is decided by the commit, so no capture is declined by what was cached.
/// </summary>
internal sealed class ScenarioDirectory(ScenarioPlaces places, RequestLimits limits, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private const int MaxEntries = 10_000;

    private readonly ConcurrentDictionary<(int Tenant, int Number), Entry> _entries = new();

    private sealed record Entry(long At, Lazy<Task<ScenarioAddress?>> Address);

    /// <summary>Null when there is no such scenario.</summary>
    /// <param name="anew">Looks again: what was known did not fit the request.</param>
    public async ValueTask<ScenarioAddress?> FindAsync(int tenant, int number, bool anew = false)
    {
        var key = (tenant, number);
        if (
            !anew
            && _entries.TryGetValue(key, out var known)
            && time.GetElapsedTime(known.At) < Fresh
            && known.Address.Value is { IsCompletedSuccessfully: true, Result: { } found }
        )
            return found;
        return await LookAsync(key, anew);
    }

    private async Task<ScenarioAddress?> LookAsync((int Tenant, int Number) key, bool anew)
    {
        if (_entries.Count >= MaxEntries)
            _entries.Clear();
        var entry = _entries.AddOrUpdate(key, Begin, (_, former) =>
            anew || time.GetElapsedTime(former.At) >= Fresh ? Begin(key) : former
        );
        try
        {
            var address = await entry.Address.Value.WaitAsync(limits.LookUp, time);
            // A scenario that does not exist may exist the next moment.
            if (address is null)
                _entries.TryRemove(KeyValuePair.Create(key, entry));
            return address;
        }
        catch
        {
            _entries.TryRemove(KeyValuePair.Create(key, entry));
            throw;
        }
    }

    // Shared by the requests of a second, so it does not end with the first that goes away.
    private Entry Begin((int Tenant, int Number) key) =>
        new(
            time.GetTimestamp(),
            new Lazy<Task<ScenarioAddress?>>(async () =>
                await places.FindAsync(key.Tenant, key.Number, CancellationToken.None) is { } place
                    ? new ScenarioAddress(key.Number, place, StoredDefinition.ReadFields(place.Fields))
                    : null
            )
        );
}
