using Npgsql;
using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>
/// The rows of slices: who owns one, how far it has come, when its next run is due. A commit goes through them.
/// </summary>
internal static class Partitions
{
    private static readonly Columns<(int Tenant, int Scenario)> Scenarios = new()
    {
        { "tenant_id", "int", s => s.Tenant },
        { "scenario", "int", s => s.Scenario },
    };

    private static readonly Columns<LedgerWrite> Fenced = new()
    {
        { "tenant_id", "int", w => w.Key.Tenant },
        { "scenario", "int", w => w.Key.Scenario },
        { "partition", "smallint", w => w.Key.Partition },
        { "gate", "bigint", w => w.Gate },
        { "epoch", "bigint", w => w.Ownership.Epoch },
        { "seq", "bigint", w => w.Ownership.Seq },
        { "due", "timestamptz", w => w.NextDue },
        { "resumed", "bigint", w => (long)w.Resumed },
    };

    private static readonly string LockScenarios =
        $"select pg_advisory_xact_lock_shared(x.tenant_id, x.scenario) from {Scenarios.Rows}";

    // fence_broken raises GateMoved or OwnerLost; its arguments are the tenants, scenarios and gates.
    private static readonly string HoldFence = $"""
        with held as (
            update partition p
            set seq = p.seq + 1, next_due = x.due, resumed = p.resumed + x.resumed
            from {Fenced.Rows}
            join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario and s.gate = x.gate
            where p.tenant_id = x.tenant_id and p.scenario = x.scenario and p.partition = x.partition and p.epoch = x.epoch and p.seq = x.seq
            returning 1)
        select fence_broken($1, $2, $4) where (select count(*) from held) <> cardinality($1)
        """;

    /// <summary>Shared locks of the scenarios, in the order of their keys.</summary>
    public static void Lock(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes) =>
        batch.Add(LockScenarios, Scenarios, writes.Select(w => (w.Key.Tenant, w.Key.Scenario)).Distinct().Order().ToList());

    /// <summary>Fails the transaction unless every gate and every owner is the one that the decisions were made under.</summary>
    /// <exception cref="PostgresException"><see cref="RunLedger.GateMoved"/>, <see cref="RunLedger.OwnerLost"/>.</exception>
    public static void Fence(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes) =>
        batch.Add(
            HoldFence,
            Fenced,
            writes.OrderBy(w => w.Key.Tenant).ThenBy(w => w.Key.Scenario).ThenBy(w => w.Key.Partition).ToList()
        );
}
