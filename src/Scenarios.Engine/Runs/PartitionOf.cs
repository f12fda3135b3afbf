namespace Scenarios.Engine.Runs;

/// <summary>Which slice of a scenario a profile belongs to. The number of partitions is fixed when a scenario is made.</summary>
public static class PartitionOf
{
    /// <param name="partitions">From 1.</param>
    /// <returns>From 0 to <paramref name="partitions"/> − 1.</returns>
    public static int Of(string profileId, int partitions) =>
        (int)Math.BigMul(StableHash.Of(profileId), (ulong)partitions, out _);
}
