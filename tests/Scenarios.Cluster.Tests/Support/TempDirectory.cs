using Microsoft.Extensions.Logging.Abstractions;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>A directory of the test's own, gone afterwards.</summary>
public sealed class TempDirectory : IDisposable
{
    public string Path { get; } =
        Directory
            .CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"scenarios-{Guid.NewGuid():n}"))
            .FullName;

    /// <summary>A PostgreSQL with its data in here, for a test that hurts its server.</summary>
    public Task<EmbeddedPostgres> StartPostgresAsync() =>
        EmbeddedPostgres.StartAsync(Path, NullLogger.Instance, TimeProvider.System, TestContext.Current.CancellationToken);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
