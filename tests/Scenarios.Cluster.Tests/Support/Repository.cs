namespace Scenarios.Cluster.Tests.Support;

/// <summary>The clone that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string at) =>
        File.Exists(Path.Combine(at, "Scenarios.Orleans.sln"))
            ? at
            : Find(
                Path.GetDirectoryName(at) ?? throw new InvalidOperationException("These tests do not run inside of a clone.")
            );
}
