namespace Scenarios.Grains.Maintenance;

/// <summary>One thing that has to be looked after again and again, by whichever node comes first.</summary>
internal interface IMaintenanceJob
{
    /// <summary>By which log and metrics name it.</summary>
    string Name => GetType().Name;

    /// <summary>A look that takes longer is cut off. What it has committed stays, and the next one does the rest.</summary>
    TimeSpan Limit { get; }

    /// <summary>One look.</summary>
    Task RunOnceAsync(CancellationToken cancellationToken);
}
