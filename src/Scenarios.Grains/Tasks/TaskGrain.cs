using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Concurrency;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains.Tasks;

/// <summary>
/// Works on one task while it is active: does a page, records it in the task's row, does the next page.
/// </summary>
[Reentrant]
internal sealed partial class TaskGrain(
    TaskStore tasks,
    BulkWork bulk,
    CaptureWork captures,
    TimeProvider time,
    ILocalSiloDetails silo,
    ILogger<TaskGrain> log
) : Grain, ITaskGrain
{
    /// <summary>How often a page with a permanent failure is tried.</summary>
    private const int Attempts = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1),
        Awake = TimeSpan.FromMinutes(2);

    private Task _working = System.Threading.Tasks.Task.CompletedTask;
    private bool _stops;

    private int Tenant => GrainKeys.TaskOf(this.GetPrimaryKeyString()).Tenant;
    private Guid Id => GrainKeys.TaskOf(this.GetPrimaryKeyString()).Id;

    public Task Work()
    {
        if (_working.IsCompleted && !_stops)
            _working = WorkOnAsync();
        return System.Threading.Tasks.Task.CompletedTask;
    }

    public async Task<bool> Cancel(Actor actor)
    {
        _stops = true;
        try
        {
            await _working;
            return await tasks.CancelAsync(
                Tenant,
                Id,
                new Audit(Tenant, actor.Name, "cancel", $"task/{Id}"),
                CancellationToken.None
            );
        }
        finally
        {
            _stops = false;
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _stops = true;
        await _working;
    }

    private async Task WorkOnAsync()
    {
        OwnedTask? task = null;
        for (var failed = 0; !_stops; )
        {
            DelayDeactivation(Awake);
            try
            {
                task ??= await tasks.TakeOverAsync(Tenant, Id, silo.SiloAddress.ToString(), CancellationToken.None);
                if (task is null)
                    return;
                var page = await (
                    task.Kind switch
                    {
                        "bulk" => bulk.StepAsync(task),
                        "captures" => captures.StepAsync(task),
                        _ => throw new InvalidOperationException($"Unknown kind of task '{task.Kind}'."),
                    }
                );
                if (!await tasks.NoteAsync(task, page, CancellationToken.None))
                    return;
                if (page.IsLast)
                    return;
                task = task with { Progress = page.Progress, Done = page.Done };
                failed = 0;
            }
            catch (Exception e) when (Passes(e) || ++failed < Attempts)
            {
                LogInterrupted(e, Tenant, Id, Pause.TotalSeconds);
                await System.Threading.Tasks.Task.Delay(Pause, time);
            }
            catch (Exception e)
            {
                LogFailed(e, Tenant, Id);
                if (task is not null)
                    await tasks.FailAsync(
                        task,
                        $$"""[{"code":"{{RefusalCode.Internal.Text()}}","message":"Internal error; it has been logged."}]""",
                        CancellationToken.None
                    );
                return;
            }
        }
    }

    /// <summary>
    /// The cluster or the database is busy, temporarily unavailable or damaged: the page is retried under its key.
    /// </summary>
    private static bool Passes(Exception e) =>
        e
            is SliceLostException
                or OrleansException
                or TimeoutException
                or NpgsqlException { IsTransient: true }
                or System.Net.Sockets.SocketException
        || Damage.Is(e);
}
