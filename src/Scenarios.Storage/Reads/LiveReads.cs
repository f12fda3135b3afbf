using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>How many runs stand where, at one instant. Elements where nobody stands are left out.</summary>
/// <param name="Inside">The sum of <paramref name="Elements"/>, always.</param>
/// <param name="Status">With <paramref name="Revision"/> and <paramref name="Gate"/>: of the scenario, at the same instant. The gate tells a scenario that was switched on and off again from one that was not.</param>
public sealed record LiveCounts(long Inside, IReadOnlyDictionary<string, long> Elements, DateTimeOffset At, string Status, int Revision, long Gate)
{
    /// <summary>Where somebody asked for them.</summary>
    public LiveTotals? Totals { get; init; }

    public bool IsSame(LiveCounts other) => (Gate, Status, Revision, Totals) == (other.Gate, other.Status, other.Revision, other.Totals) && SameNumbers(other);

    public bool SameNumbers(LiveCounts other) =>
        Inside == other.Inside && Elements.Count == other.Elements.Count
        && Elements.All(e => other.Elements.TryGetValue(e.Key, out var n) && n == e.Value);
}

/// <summary>The live counts, which change in the same commit as the runs that they count.</summary>
public sealed class LiveReads(NpgsqlDataSource database)
{
    public async Task<LiveCounts?> Counts(int tenant, int scenario, CancellationToken cancel) =>
        (await Counts([(tenant, scenario)], cancel)).GetValueOrDefault((tenant, scenario));

    /// <summary>Of several scenarios in one snapshot; those that are gone are missing in the answer.</summary>
    public async Task<IReadOnlyDictionary<(int Tenant, int Scenario), LiveCounts>> Counts(
        IReadOnlyCollection<(int Tenant, int Scenario)> scenarios, CancellationToken cancel)
    {
        await using var command = database.Command("""
            select s.tenant_id, s.number, l.element, sum(l.n)::bigint, statement_timestamp(), s.status, s.revision, s.gate
            from unnest($1::int[], $2::int[]) as asked (tenant_id, number)
            join scenario s using (tenant_id, number)
            left join live_count l on l.tenant_id = s.tenant_id and l.scenario = s.number and l.generation = s.generation
            where s.deleted_at is null
            group by s.tenant_id, s.number, l.element, s.status, s.revision, s.gate
            order by s.tenant_id, s.number, l.element
            """, scenarios.Select(s => s.Tenant).ToArray(), scenarios.Select(s => s.Scenario).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new Dictionary<(int, int), (Dictionary<string, long> Elements, DateTimeOffset At, string Status, int Revision, long Gate)>();
        while (await reader.ReadAsync(cancel))
        {
            var key = (reader.GetInt32(0), reader.GetInt32(1));
            if (!found.TryGetValue(key, out var scenario))
                found.Add(key, scenario = (new Dictionary<string, long>(StringComparer.Ordinal), reader.At(4), reader.GetString(5), reader.GetInt32(6), reader.GetInt64(7)));
            if (!reader.IsDBNull(2) && reader.GetInt64(3) is not 0 and var n) scenario.Elements.Add(reader.GetString(2), n);
        }
        return found.ToDictionary(f => f.Key, f => new LiveCounts(f.Value.Elements.Values.Sum(), f.Value.Elements, f.Value.At, f.Value.Status, f.Value.Revision, f.Value.Gate));
    }
}
