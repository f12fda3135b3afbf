using Microsoft.Extensions.Logging;
using Npgsql;
using Scenarios.Contracts;
using Scenarios.Engine.Batches;
using Scenarios.Storage;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

// Design notes.
//
// A silo commits through one or two lanes (LedgerLanes). A round picks the slices that have something to do, reads
// what their batches need in one round trip, lets each decide, and commits them all in one transaction. Slices that
// become ready during that time queue for the next transaction. So all ready slices share the cost of a commit, and a
// lone capture does not wait.
//
// The failures and the answers to them:
//   the gate has moved     the named slices' scenarios are read again, and all decide again
//   a slice was lost       it is notified, and the others are retried without it
//   an input is poisoned   slices are committed separately, then halves of a batch, until one input is left; that one fails
//   a page is damaged      the same, but the input that needs it is refused and no run fails: the page may be repaired
//   the answer was lost    the sequence number shows whether the commit happened, and ensures that it no longer can
//   anything transient     (a lock time-out, a deadlock, a connection that would not open) the same batches are retried

/// <summary>One sequence of transactions.</summary>
internal sealed partial class LedgerLane(
    RunLedger ledger,
    ScenarioCache scenarios,
    PartitionOptions options,
    TimeProvider time,
    PartitionMetrics metrics,
    ILogger<LedgerLane> log
)
{
    /// <summary>
    /// The pause before the next attempt of a commit, in milliseconds, by the number of failed attempts.
    /// </summary>
    private static readonly TimeSpan[] Pauses =
    [
        .. new[] { 0, 20, 100, 300, 1000, 2000, 3000 }.Select(ms => TimeSpan.FromMilliseconds(ms)),
    ];

    /// <summary>The pause after a scenario could not be read, before the round goes on.</summary>
    private static readonly TimeSpan UnreadablePause = TimeSpan.FromMilliseconds(100);

    /// <summary>Inputs and wakes that a slice may bring into a round, however many share it.</summary>
    private const int LeastShare = 50;

    private readonly BatchLimits _limits = options.Limits;
    private (DateTimeOffset Database, long Local) _clock;

    /// <summary>One round: these slices, in one transaction.</summary>
    public async Task RunOnceAsync(IReadOnlyList<Slice> slices)
    {
        if (slices.Count == 0)
            return;
        var batches = new List<SliceBatch>(slices.Count);
        foreach (var slice in slices)
            try
            {
                var scenario = await MeetAsync(slice);
                var (inputs, wakes) = slice.Take(
                    Math.Max(LeastShare, options.BatchRows / slices.Count),
                    options.BatchCharacters / slices.Count
                );
                if (scenario is null)
                    Slice.Refuse(inputs);
                else if (inputs.Count > 0 || wakes > 0)
                    batches.Add(new SliceBatch(slice, new Batch(inputs, wakes, scenario, _limits)));
            }
            catch (Exception e)
            {
                LogUnreadable(e, slice.Key);
                await Task.Delay(UnreadablePause, time);
            }
        try
        {
            await CommitAsync(batches);
        }
        catch (Exception e)
        {
            // It is unknown what was done: these slices start again from their rows, and the lane goes on for the others.
            LogBroken(e, batches.Count);
            foreach (var batch in batches)
            {
                batch.Slice.Failed(batch.Batch, e);
                batch.Slice.Lost(orphaned: true);
            }
        }
    }

    /// <summary>
    /// The scenario as it is known here, and what the last move of its gate did to the slice. If the gate moves in
    /// between, the fence detects it.
    /// </summary>
    private async Task<ScenarioSnapshot?> MeetAsync(Slice slice)
    {
        var scenario = await scenarios.GetAsync(slice.Key.Tenant, slice.Key.Scenario);
        if (scenario is null || scenario.Gate == slice.View.Gate)
            return scenario;
        var state = await ledger.ResumingAsync(slice.Key, CancellationToken.None);
        slice.GateMoved(scenario.Gate, state.Overdue, state.Resumed);
        return scenario;
    }

    /// <summary>What the previous attempt left open; it must be resolved first.</summary>
    private enum Open
    {
        Nothing,
        Answer,
        Gate,
        Owner,
    }

    /// <summary>The fate of a commit whose answer was lost.</summary>
    private enum Happening
    {
        Yes,
        Never,
        Unknown,
    }

    /// <summary>Commits the batches together, or separately when one of them blocks the others.</summary>
    private async Task CommitAsync(List<SliceBatch> batches)
    {
        var open = Open.Nothing;
        for (var attempt = 0; batches.Count > 0; attempt++)
        {
            if (attempt > 0)
                await Task.Delay(Pauses[Math.Min(attempt, Pauses.Length - 1)], time);
            bool committed;
            try
            {
                // Decide again only when it is certain that the earlier decision was not committed: its answers would differ.
                var happening = open == Open.Answer ? await HappenedAsync(batches) : Happening.Never;
                if (happening == Happening.Unknown)
                {
                    LoseUnknown(batches);
                    return;
                }
                committed = happening == Happening.Yes;
                if (!committed)
                {
                    if (attempt > 0)
                        batches = await AgainAsync(batches, open);
                    if (batches.Count == 0)
                        return;
                    open = Open.Nothing;
                    await DecideAsync(batches);
                    open = Open.Answer;
                    await ledger.CommitAsync(batches.ConvertAll(b => b.Write), CancellationToken.None);
                    committed = true;
                }
            }
            catch (PostgresException e) when (e.SqlState == RunLedger.GateMoved)
            {
                (committed, open) = (false, Open.Gate);
            }
            catch (PostgresException e) when (e.SqlState == RunLedger.OwnerLost)
            {
                (committed, open) = (false, Open.Owner);
            }
            catch (Exception e) when (IsPoison(e) || Damage.Is(e))
            {
                await DivideAsync(batches, e);
                return;
            }
            catch (Exception e) when (attempt < options.CommitAttempts)
            {
                committed = false;
                LogRetried(e, batches.Count, attempt + 1);
            }
            catch (Exception e)
            {
                LogGivenUp(e, batches.Count);
                foreach (var batch in batches)
                    batch.Slice.Failed(batch.Batch, e);
                return;
            }
            if (committed)
            {
                Succeed(batches);
                return;
            }
        }
    }

    private Task<List<SliceBatch>> AgainAsync(List<SliceBatch> batches, Open open) =>
        open switch
        {
            Open.Gate => ReloadAsync(batches),
            Open.Owner => DropAsync(batches),
            Open.Nothing or Open.Answer => Task.FromResult(batches.ConvertAll(b => b.Again())),
        };

    private async Task DecideAsync(List<SliceBatch> batches)
    {
        var now = await ledger.ReadAsync(
            batches.ConvertAll(b => b.Batch.Plan(b.Slice.View, Now)),
            options.ClockShift(),
            CancellationToken.None
        );
        _clock = (now, time.GetTimestamp());
        foreach (var batch in batches)
            try
            {
                batch.Batch.Decide(now);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new UndecidableException(e);
            }
        foreach (var batch in batches)
        foreach (var failure in batch.Batch.Failures)
            LogFailure(failure.Reason, batch.Key, failure.Run, failure.Element);
    }

    /// <summary>An input of the batch cannot even be decided.</summary>
    private sealed class UndecidableException(Exception cause) : Exception("An input cannot be decided.", cause);

    private void Succeed(List<SliceBatch> batches)
    {
        metrics.Committed(batches);
        foreach (var batch in batches)
            batch.Slice.Committed(batch.Batch, Until);
    }

    /// <summary>The database's clock, estimated from its last reading. Only timers and rates use it.</summary>
    private DateTimeOffset Now => _clock.Local == 0 ? time.GetUtcNow() : _clock.Database + time.GetElapsedTime(_clock.Local);

    private TimeSpan Until(DateTimeOffset due) => due - Now;

    private async Task<List<SliceBatch>> ReloadAsync(List<SliceBatch> batches)
    {
        foreach (var (tenant, scenario) in batches.Select(b => (b.Key.Tenant, b.Key.Scenario)).Distinct())
            scenarios.Forget(tenant, scenario);
        var (again, gone) = (new List<SliceBatch>(batches.Count), new List<SliceBatch>());
        foreach (var batch in batches)
            if (await MeetAsync(batch.Slice) is { } scenario)
                again.Add(batch.Again(scenario));
            else
                gone.Add(batch);
        foreach (var batch in gone)
            Slice.Refuse(batch.Batch.Inputs);
        return again;
    }

    private async Task<List<SliceBatch>> DropAsync(List<SliceBatch> batches)
    {
        var lost = await ledger.LostAsync(batches.ConvertAll(b => b.Write), CancellationToken.None);
        foreach (var batch in batches.Where(b => lost.ContainsKey(b.Key)))
        {
            batch.Slice.Failed(batch.Batch, new SliceLostException());
            batch.Slice.Lost(orphaned: lost[batch.Key] == batch.Slice.View.Ownership.Epoch);
        }
        return batches.Where(b => !lost.ContainsKey(b.Key)).Select(b => b.Again()).ToList();
    }

    /// <summary>
    /// All slices were taken over before it was known whether the commit had happened: their callers must not assume
    /// that it has not.
    /// </summary>
    private static void LoseUnknown(List<SliceBatch> batches)
    {
        foreach (var batch in batches)
        {
            batch.Slice.Failed(
                batch.Batch,
                new TimeoutException("The slice changed owner before it was known whether its commit had happened.")
            );
            batch.Slice.Lost(orphaned: false);
        }
    }

    /// <summary>Some input cannot be decided, or its result cannot be stored (SQLSTATE class 22 or 23).</summary>
    private static bool IsPoison(Exception e) =>
        e is UndecidableException
        || (
            e is PostgresException { SqlState: var state }
            && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal))
        );

    /// <summary>
    /// Slices are committed separately, then halves; finally the one input fails, or is refused in case of damage.
    /// </summary>
    private async Task DivideAsync(List<SliceBatch> batches, Exception e)
    {
        if (batches.Count > 1)
        {
            foreach (var batch in batches)
                await CommitAsync([batch.Again()]);
            return;
        }
        var (slice, only) = batches[0];
        if (only.Parts() is { } parts)
        {
            foreach (var part in parts)
                await CommitAsync([new SliceBatch(slice, part)]);
            return;
        }
        if (!only.IsPoisoned && !Damage.Is(e))
        {
            LogAlone(e, slice.Key, only.Name);
            await CommitAsync([new SliceBatch(slice, only.Poisoned())]);
            return;
        }
        if (Damage.Is(e))
            LogDamaged(e, slice.Key, only.Name);
        else
            LogPoisoned(e, slice.Key, only.Name);
        if (only.Inputs is [{ MayBePassedOver: true } input])
            input.Answer();
        else
            slice.Failed(only, e);
    }

    /// <summary>
    /// Whether a commit whose answer was lost has happened. It is all or nothing, so one slice that is still ours
    /// shows it; if it has not happened, it never will. A slice that was taken over since then shows nothing: its new
    /// owner may have gone on counting.
    /// </summary>
    private async Task<Happening> HappenedAsync(List<SliceBatch> batches)
    {
        foreach (var slice in batches.Select(b => b.Slice))
        {
            var ownership = await ledger.SettleAsync(slice.Key, slice.View.Ownership, CancellationToken.None);
            if (ownership.Epoch != slice.View.Ownership.Epoch)
                continue;
            if (ownership.Seq == slice.View.Ownership.Seq + 1)
                return Happening.Yes;
            slice.Settled(ownership);
            return Happening.Never;
        }
        return Happening.Unknown;
    }
}
