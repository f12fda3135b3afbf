using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>A row that a slice writes.</summary>
internal readonly record struct Written<T>(LedgerWrite Write, T Row)
{
    public int Tenant => Write.Key.Tenant;
    public int Scenario => Write.Key.Scenario;
    public short Partition => Write.Key.Partition;
}

/// <summary>Something that a slice asks for.</summary>
/// <param name="Place">Of the slice among those of the round: a statement gives it back with each row.</param>
internal readonly record struct Asked<T>(int Place, SliceRead Slice, T Value)
{
    public int Tenant => Slice.Key.Tenant;
    public int Scenario => Slice.Key.Scenario;
    public short Partition => Slice.Key.Partition;
}
