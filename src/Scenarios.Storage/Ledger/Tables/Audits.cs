using Scenarios.Engine.Batches;
using Scenarios.Storage.Accounts;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>Commands about runs, in the audit of their tenant.</summary>
internal static class Audits
{
    private static readonly Columns<Written<(Guid RunId, string Actor, string Action)>> Obeyed = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "id", "uuid", _ => Audit.NextId() },
        { "at", "timestamptz", r => r.Write.Now },
        { "actor", "text", r => r.Row.Actor },
        { "action", "text", r => r.Row.Action },
        { "subject", "text", r => $"scenario/{r.Scenario}/run/{r.Row.RunId}" },
    };

    private static readonly string Insert = $"insert into audit ({Obeyed.Names}) select * from {Obeyed.Unnest}";

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes) =>
        batch.Add(Insert, Obeyed, LedgerBatch.Rows(writes, w => w.Audits));
}
