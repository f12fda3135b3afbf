using Scenarios.Contracts;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains.Maintenance;

/// <summary>Reassigns tasks of dead silos, and tasks that have made no progress for a while.</summary>
internal sealed class AbandonedTaskStarter(TaskStore tasks, LivingSilos living, IGrainFactory grains) : IMaintenanceJob
{
    private const int TasksAtOnce = 100;

    /// <summary>
    /// A task that has recorded no page for this long may have lost its worker although its silo is alive.
    /// </summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(30);

    public TimeSpan Limit => TimeSpan.FromSeconds(30);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var (tenant, id) in await tasks.AbandonedAsync(living.Addresses(), Silent, TasksAtOnce, cancellationToken))
            grains.Task(tenant, id).Work().Ignore();
    }
}
