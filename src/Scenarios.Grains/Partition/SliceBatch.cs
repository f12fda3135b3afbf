using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

/// <summary>A batch and its slice.</summary>
internal sealed record SliceBatch(Slice Slice, Batch Batch)
{
    public SliceKey Key => Slice.Key;
    public LedgerWrite Write => Batch.Write;

    /// <summary>The same inputs, to be decided from the start.</summary>
    public SliceBatch Again(ScenarioSnapshot? newer = null) => new(Slice, Batch.Again(newer));
}
