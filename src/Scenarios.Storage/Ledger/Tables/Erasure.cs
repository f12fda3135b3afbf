using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>
/// What a deleted profile leaves in all tables: runs without a name, content or trail, so that totals still add up.
/// </summary>
internal static class Erasure
{
    private static readonly Columns<Written<(string ProfileId, Guid[] Open)>> Forgotten = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "profile_id", "text", r => r.Row.ProfileId },
    };

    private static readonly Columns<Written<Guid>> Open = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "id", "uuid", r => r.Row },
    };

    private static readonly string[] OfOpenRuns =
    [
        $"""update run r set profile_id = '' from {Open.Rows} where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id""",
        $"""delete from run_data d using {Open.Rows} where d.tenant_id = x.tenant_id and d.scenario = x.scenario and d.run_id = x.id""",
        $"""delete from run_trail t using {Open.Rows} where t.tenant_id = x.tenant_id and t.scenario = x.scenario and t.run_id = x.id""",
    ];

    private static readonly string[] OfProfiles =
    [
        OfEndedRuns("run_data"),
        OfEndedRuns("run_trail"),
        $"""
            update run_history h set profile_id = '', has_content = false from {Forgotten.Rows}
            where h.tenant_id = x.tenant_id and h.scenario = x.scenario and h.profile_id = x.profile_id
            """,
        $"""
            delete from profile_entry e using {Forgotten.Rows}
            where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
            """,
    ];

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        var open = LedgerBatch.Rows(writes, w => w.Forgotten.SelectMany(f => f.Open));
        foreach (var sql in OfOpenRuns)
            batch.Add(sql, Open, open);
        var forgotten = LedgerBatch.Rows(writes, w => w.Forgotten);
        foreach (var sql in OfProfiles)
            batch.Add(sql, Forgotten, forgotten);
    }

    private static string OfEndedRuns(string table) =>
        $"""
            delete from {table} d using {Forgotten.Rows}, run_history h
            where h.tenant_id = x.tenant_id and h.scenario = x.scenario and h.profile_id = x.profile_id
              and d.tenant_id = h.tenant_id and d.scenario = h.scenario and d.run_id = h.id
            """;
}
