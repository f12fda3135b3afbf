using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>
/// What runs carry, beside the hot row: content and kept answers. It is read with the run (<see cref="Runs"/>).
/// </summary>
internal static class RunData
{
    private static readonly Columns<Written<(Guid RunId, string? Content, string? Kept)>> Carried = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "run_id", "uuid", r => r.Row.RunId },
        { "content", "text", r => r.Row.Content },
        { "kept", "text", r => r.Row.Kept },
    };

    private static readonly string Upsert = $"""
        insert into run_data as d ({Carried.Names}) select * from {Carried.Unnest}
        on conflict (tenant_id, scenario, run_id) do update set content = coalesce(excluded.content, d.content), kept = coalesce(excluded.kept, d.kept)
        """;

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes) =>
        batch.Add(Upsert, Carried, LedgerBatch.Rows(writes, w => w.Data));
}
