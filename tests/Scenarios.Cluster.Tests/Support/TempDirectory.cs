namespace Scenarios.Cluster.Tests.Support;

/// <summary>A directory of the test's own, gone afterwards.</summary>
public sealed class TempDirectory : IDisposable
{
    public string Path { get; } =
        Directory
            .CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"scenarios-{Guid.NewGuid():n}"))
            .FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
