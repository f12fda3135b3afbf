using Scenarios.Bench.Load;

namespace Scenarios.Bench.Designs;

/// <summary>How long the one wait of a bench scenario lasts: so many seconds, or until an instant.</summary>
internal readonly record struct Wait(int Seconds, DateTimeOffset? Until)
{
    public static Wait For(TimeSpan span) => new((int)span.TotalSeconds, null);

    public static Wait To(DateTimeOffset instant) => new(0, instant);
}

/// <summary>The runs of a scenario that have ended.</summary>
/// <param name="LastAt">When the last one ended; means nothing without one.</param>
/// <param name="Least">Milliseconds from due to the wake; negative would be too early.</param>
internal sealed record Ends(long Count, DateTimeOffset LastAt, double Least, double P50, double P99);

/// <summary>One of the two designs under measurement, running.</summary>
internal abstract class Design : IAsyncDisposable
{
    private ChildServer? _server;

    public abstract string Name { get; }

    /// <summary>How many runs the mass wake takes: what the design can be asked for.</summary>
    public abstract int MassWake { get; }

    /// <summary>How many more waiting runs the memory is measured over.</summary>
    public abstract int MemoryRuns { get; }

    /// <summary>It can be restarted; then it is another process.</summary>
    public ChildServer Server => _server ?? throw new InvalidOperationException("The design is not started.");

    /// <param name="environment">Of its process, beside what it needs.</param>
    public async Task StartAsync(Dictionary<string, string> environment, CancellationToken cancellationToken)
    {
        await StopAsync();
        _server = await LaunchAsync(environment, cancellationToken);
    }

    /// <summary>A new active scenario: start → wait → end.</summary>
    public abstract Task<int> ScenarioAsync(Wait wait, CancellationToken cancellationToken);

    public abstract Target TargetOf(int scenario);

    /// <summary>How many of the accepted runs have ended: cheap enough to ask all the time.</summary>
    public abstract Task<long> EndedAsync(int scenario, long accepted, CancellationToken cancellationToken);

    public abstract Task<Ends> EndsAsync(int scenario, Wait wait, CancellationToken cancellationToken);

    /// <summary>What must hold after the measures: nothing lost, nothing doubled.</summary>
    /// <returns>Sentences about what does not.</returns>
    public abstract Task<List<string>> CheckAsync(int scenario, long accepted, CancellationToken cancellationToken);

    public virtual async ValueTask DisposeAsync() => await StopAsync();

    protected abstract Task<ChildServer> LaunchAsync(
        Dictionary<string, string> environment,
        CancellationToken cancellationToken
    );

    private async Task StopAsync()
    {
        if (_server is not { } running)
            return;
        _server = null;
        await running.DisposeAsync();
    }
}
