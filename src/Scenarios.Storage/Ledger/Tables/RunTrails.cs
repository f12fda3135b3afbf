using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>What runs have left behind: a row for each commit that moved one.</summary>
internal static class RunTrails
{
    private static readonly Columns<Written<(Guid RunId, int FirstStep, string Steps)>> Moved = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "scenario", "int", r => r.Scenario },
        { "run_id", "uuid", r => r.Row.RunId },
        { "first_step", "int", r => r.Row.FirstStep },
        { "steps", "text", r => r.Row.Steps },
    };

    private static readonly string Insert = $"insert into run_trail ({Moved.Names}) select * from {Moved.Unnest}";

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes) =>
        batch.Add(Insert, Moved, LedgerBatch.Rows(writes, w => w.Trails));
}
