namespace Scenarios.Grains.Maintenance;

/// <summary>A recurring maintenance job, done by whichever node gets to it first.</summary>
internal interface IMaintenanceJob
{
    /// <summary>The name in logs and metrics.</summary>
    string Name => GetType().Name;

    /// <summary>
    /// A pass that takes longer is cancelled. What it has committed stays, and the next pass does the rest.
    /// </summary>
    TimeSpan Limit { get; }

    /// <summary>Runs one pass.</summary>
    Task RunOnceAsync(CancellationToken cancellationToken);
}
