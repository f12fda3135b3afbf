using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>
/// The only writer of one slice of a scenario's runs: it takes over the slice on activation and hands it back on
/// deactivation. Its reminder, repeating each minute, wakes it for the next due instant wherever the cluster has
/// room; the slice's own timer makes that exact, and the sweep over overdue slices makes it certain.
/// </summary>
[Reentrant]
internal sealed partial class ScenarioPartitionGrain(
    RunLedger ledger,
    LedgerLanes lanes,
    EffectDispatcher effects,
    EditSweep edits,
    PartitionOptions options,
    TimeProvider time,
    ILocalSiloDetails silo,
    ILogger<ScenarioPartitionGrain> log
) : Grain, IScenarioPartitionGrain, IRemindable
{
    private const string Wake = "wake";

    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private SliceKey _key;
    private Slice? _slice;
    private DateTimeOffset? _reminded;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var (tenant, scenario, partition) = GrainKeys.Parse(this.GetPrimaryKeyString());
        _key = new SliceKey(tenant, scenario, short.Parse(partition));
        var takeover = await ledger.TakeOverAsync(_key, silo.SiloAddress.ToString(), cancellationToken);
        if (takeover is null)
            return;
        _slice = new Slice(_key, takeover, lanes, effects, edits, options, time, DeactivateOnIdle);
        _slice.Poke();
        LogTakenOver(_key, takeover.Ownership.Epoch);
        this.RegisterGrainTimer(
            SettleAsync,
            new GrainTimerCreationOptions
            {
                DueTime = options.SleepAfter,
                Period = options.SleepAfter,
                Interleave = true,
            }
        );
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_slice is null)
            return;
        await _slice.CloseAsync();
        // It has no other owner: the next one need not wait for a call or the sweep.
        if (_slice.IsOrphaned)
            GrainFactory.Partition(_key.Tenant, _key.Scenario, _key.Partition).Poke().Ignore();
        LogHandedBack(_key, reason.ReasonCode);
    }

    public Task<Contracts.CaptureOutcome[]> Capture(Capture[] captures) =>
        _slice?.CaptureAsync(captures)
        ?? Task.FromResult(captures.Select(_ => Contracts.CaptureOutcome.Failed(RefusalCode.ScenarioNotFound)).ToArray());

    public Task<RunOutcome> Command(RunCommand command) =>
        _slice?.CommandAsync(command) ?? Task.FromResult(RunOutcome.Refused(RefusalCode.RunNotFound));

    public Task<Contracts.BulkOutcome> Bulk(BulkPage page) =>
        _slice?.BulkAsync(page) ?? Task.FromResult(Contracts.BulkOutcome.Skipping(page.Runs.Length, RefusalCode.RunNotFound));

    public Task Reconsider(Guid[] runs) => _slice?.ReconsiderAsync(runs) ?? Task.CompletedTask;

    public Task Forget(string profileId) => _slice?.ForgetAsync(profileId) ?? Task.CompletedTask;

    public Task Poke()
    {
        _slice?.Poke();
        return Task.CompletedTask;
    }

    public Task<PartitionStatus> Status() =>
        Task.FromResult(
            new PartitionStatus(
                _key.Partition,
                silo.SiloAddress.ToString(),
                _slice?.View.Ownership.Epoch ?? 0,
                _slice?.Queued ?? 0,
                _slice?.View.NextDue,
                _slice?.EffectsUnderWay ?? 0
            )
        );

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_slice is not null)
            await Poke();
        // The scenario is permanently deleted, so there is nothing left to wake for.
        else if (await this.GetReminder(Wake) is { } reminder)
            await this.UnregisterReminder(reminder);
    }

    /// <summary>Each minute: stay awake for what is near, and let the reminder watch over what is far.</summary>
    private async Task SettleAsync()
    {
        if (_slice is null)
            return;
        var due = _slice.View.NextDue;
        var near = _slice.EffectsUnderWay > 0 || due < time.GetUtcNow() + options.SleepAfter * 2;
        if (near)
            DelayDeactivation(options.SleepAfter * 3);
        if (due == _reminded)
            return;
        if (due is { } instant)
        {
            var wait = instant - time.GetUtcNow();
            await this.RegisterOrUpdateReminder(Wake, wait < TimeSpan.Zero ? TimeSpan.Zero : wait, ReminderPeriod);
        }
        else if (await this.GetReminder(Wake) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
        _reminded = due;
    }
}
