using Scenarios.Engine.Batches;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>Ended runs, by month.</summary>
internal static class RunHistory
{
    private static readonly Columns<Written<EndedRun>> Ended = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "id", "uuid", r => r.Row.Run.State.Id },
        { "partition", "smallint", r => r.Partition },
        { "generation", "int", r => r.Row.Run.Generation },
        { "profile_id", "text", r => r.Row.Run.State.ProfileId },
        { "state", "text", r => Name<EndState>.Of(r.Row.End.State) },
        { "reason", "text", r => r.Row.End.Reason },
        { "goal", "text", r => r.Row.End.Goal },
        { "element", "text", r => r.Row.Run.State.Element },
        { "step", "int", r => r.Row.Run.State.Step },
        { "entered_at", "timestamptz", r => r.Row.Run.State.EnteredAt },
        { "ended_at", "timestamptz", r => r.Row.At },
        { "has_content", "bool", r => r.Row.Run.HasContent },
    };

    private static readonly string Insert = $"insert into run_history ({Ended.Names}) select * from {Ended.Unnest}";

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes) =>
        batch.Add(Insert, Ended, LedgerBatch.Rows(writes, w => w.Ended));
}
