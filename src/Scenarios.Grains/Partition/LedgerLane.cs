using Microsoft.Extensions.Logging;
using Npgsql;
using Scenarios.Contracts;
using Scenarios.Storage;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

// Why this file is the way it is.
//
// A silo commits through a lane or two (LedgerLanes). A round takes the slices that have something to do, reads what their
// batches need in one round trip, lets each decide, and commits them all in one transaction. While that runs, others queue:
// they are the next transaction. So the cost of a commit is shared by whoever is there, and a lone capture waits for nobody.
//
// What can go wrong is named here, once:
//   the gate has moved     the named slices' scenarios are read anew, and all decide again
//   a slice was lost       it is told, the others go again without it
//   an input is poisoned   slices are committed apart, then halves of a batch, until one input stands alone; that one fails
//   a page is damaged      the same, but the one that needs it is refused and no run fails for it: it may be mended yet
//   the answer was lost    the sequence number tells whether the commit happened, and sees to it that it no longer can
//   anything transient     (a lock time-out, a deadlock, a connection that would not open) the same batches go again

/// <summary>One line of transactions.</summary>
internal sealed partial class LedgerLane(
    RunLedger ledger,
    ScenarioCache scenarios,
    PartitionOptions options,
    TimeProvider time,
    PartitionMetrics metrics,
    ILogger<LedgerLane> log
)
{
    private static readonly TimeSpan[] Pauses =
    [
        .. new[] { 0, 20, 100, 300, 1000, 2000, 3000 }.Select(ms => TimeSpan.FromMilliseconds(ms)),
    ];

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
                    Math.Max(50, options.BatchRows / slices.Count),
                    options.BatchBytes / slices.Count
                );
                if (scenario is null)
                    slice.Refuse(inputs);
                else if (inputs.Count > 0 || wakes > 0)
                    batches.Add(new SliceBatch(slice, inputs, wakes, scenario, options));
            }
            catch (Exception e)
            {
                LogUnreadable(e, slice.Key);
                await Task.Delay(Pauses[2], time);
            }
        try
        {
            await CommitAsync(batches);
        }
        catch (Exception e)
        {
            // Nobody knows what was done: these slices begin anew from their rows, and the lane goes on for the others.
            LogBroken(e, batches.Count);
            foreach (var batch in batches)
            {
                batch.Slice.Failed(batch, e);
                batch.Slice.Lost(orphaned: true);
            }
        }
    }

    /// <summary>The scenario as it is known here, and what its gate's last move did to the slice. Should it move in between, the fence tells.</summary>
    private async Task<ScenarioSnapshot?> MeetAsync(Slice slice)
    {
        var scenario = await scenarios.GetAsync(slice.Key.Tenant, slice.Key.Scenario);
        if (scenario is null || scenario.Gate == slice.Gate)
            return scenario;
        var state = await ledger.ResumingAsync(slice.Key, CancellationToken.None);
        slice.GateMoved(scenario.Gate, state.Overdue, state.Resumed);
        return scenario;
    }

    /// <summary>What the attempt before left open, to be cleared up first.</summary>
    private enum Open
    {
        Nothing,
        Answer,
        Gate,
        Owner,
    }

    /// <summary>What became of a commit whose answer was lost.</summary>
    private enum Happening
    {
        Yes,
        Never,
        Unknown,
    }

    /// <summary>Commits the batches together; apart where one of them stands in the way of the others.</summary>
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
                // Decided anew only when it is certain that what was decided before has not happened: its answers would be others.
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
                    batch.Slice.Failed(batch, e);
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
        var now = await ledger.ReadAsync(batches.ConvertAll(b => b.Plan(Now)), options.ClockShift(), CancellationToken.None);
        _clock = (now, time.GetTimestamp());
        foreach (var batch in batches)
            try
            {
                batch.Decide(now);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new UndecidableException(e);
            }
    }

    /// <summary>Some input of a batch cannot even be decided.</summary>
    private sealed class UndecidableException(Exception cause) : Exception("An input cannot be decided.", cause);

    private void Succeed(List<SliceBatch> batches)
    {
        metrics.Committed(batches);
        foreach (var batch in batches)
            batch.Slice.Committed(batch, Until);
    }

    /// <summary>What the database's clock shows by now, by what it showed last. An estimate: only timers and rates go by it.</summary>
    private DateTimeOffset Now => _clock.Local == 0 ? time.GetUtcNow() : _clock.Database + time.GetElapsedTime(_clock.Local);

    private TimeSpan Until(DateTimeOffset due) => due - Now;

    private async Task<List<SliceBatch>> ReloadAsync(List<SliceBatch> batches)
    {
        foreach (var (tenant, scenario) in batches.Select(b => (b.Slice.Key.Tenant, b.Slice.Key.Scenario)).Distinct())
            scenarios.Forget(tenant, scenario);
        var (again, gone) = (new List<SliceBatch>(batches.Count), new List<SliceBatch>());
        foreach (var batch in batches)
            if (await MeetAsync(batch.Slice) is { } scenario)
                again.Add(batch.Again(scenario));
            else
                gone.Add(batch);
        foreach (var batch in gone)
            batch.Slice.Refuse(batch.Inputs);
        return again;
    }

    private async Task<List<SliceBatch>> DropAsync(List<SliceBatch> batches)
    {
        var lost = await ledger.LostAsync(batches.ConvertAll(b => b.Write), CancellationToken.None);
        foreach (var batch in batches.Where(b => lost.ContainsKey(b.Slice.Key)))
        {
            batch.Slice.Failed(batch, new SliceLostException());
            batch.Slice.Lost(orphaned: lost[batch.Slice.Key] == batch.Slice.Ownership.Epoch);
        }
        return batches.Where(b => !lost.ContainsKey(b.Slice.Key)).Select(b => b.Again()).ToList();
    }

    /// <summary>All were taken over before it was known whether the commit had happened: their callers must not believe that it has not.</summary>
    private static void LoseUnknown(List<SliceBatch> batches)
    {
        foreach (var batch in batches)
        {
            batch.Slice.Failed(
                batch,
                new TimeoutException("The slice changed hands before it was known whether its commit had happened.")
            );
            batch.Slice.Lost(orphaned: false);
        }
    }

    /// <summary>Some input cannot be decided, or what it came to cannot be stored (SQLSTATE class 22 or 23).</summary>
    private static bool IsPoison(Exception e) =>
        e is UndecidableException
        || (
            e is PostgresException { SqlState: var state }
            && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal))
        );

    /// <summary>Slices go apart, then halves, then the one input fails; over damage it is refused.</summary>
    private async Task DivideAsync(List<SliceBatch> batches, Exception e)
    {
        if (batches.Count > 1)
        {
            foreach (var batch in batches)
                await CommitAsync([batch.Again()]);
            return;
        }
        var only = batches[0];
        if (only.Divided() is { } parts && !(Damage.Is(e) && parts is [{ IsPoisoned: true }]))
        {
            if (parts is [{ IsPoisoned: true }])
                LogAlone(e, only.Slice.Key, WhatOf(only));
            foreach (var part in parts)
                await CommitAsync([part]);
            return;
        }
        if (Damage.Is(e))
            LogDamaged(e, only.Slice.Key, WhatOf(only));
        else
            LogPoisoned(e, only.Slice.Key, WhatOf(only));
        // A run that cannot even fail stays as it stands: its next wake tries again, and whoever goes through all of them goes on.
        if (only.Inputs is [ReconsiderInput reconsider])
            reconsider.Answer();
        else
            only.Slice.Failed(only, e);
    }

    private static string WhatOf(SliceBatch only) =>
        only.Inputs switch
        {
            [CaptureInput] => "a capture",
            [CommandInput { Command.RunId: var run }] => $"a command for run {run}",
            [BulkInput { Page.Key: var key }] => $"page {key[1..]}",
            [SettledInput { Effect: var effect }] => $"an outcome for run {effect.RunId}",
            [ReconsiderInput { Runs: [var run] }] => $"the new wait of run {run}",
            [ForgetInput] => "a deleted profile",
            _ => "a wake",
        };

    /// <summary>
    /// Whether a commit whose answer was lost has happened: all of it or nothing, so one slice tells, if it is still ours. If not,
    /// it never will. A slice that was taken over meanwhile tells nothing: its new owner may have gone on counting.
    /// </summary>
    private async Task<Happening> HappenedAsync(List<SliceBatch> batches)
    {
        foreach (var slice in batches.Select(b => b.Slice))
        {
            var ownership = await ledger.SettleAsync(slice.Key, slice.Ownership, CancellationToken.None);
            if (ownership.Epoch != slice.Ownership.Epoch)
                continue;
            if (ownership.Seq == slice.Ownership.Seq + 1)
                return Happening.Yes;
            slice.Settled(ownership);
            return Happening.Never;
        }
        return Happening.Unknown;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Commit of {Slices} slices failed at attempt {Attempt}; it is retried.")]
    private partial void LogRetried(Exception reason, int slices, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Commit of {Slices} slices given up; their callers get the error.")]
    private partial void LogGivenUp(Exception reason, int slices);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "Commit of {Slices} slices broke in an unexpected way; they start again from their rows."
    )]
    private partial void LogBroken(Exception reason, int slices);

    [LoggerMessage(Level = LogLevel.Error, Message = "Slice {Slice}: {Input} cannot be decided or stored, and fails alone.")]
    private partial void LogAlone(Exception reason, SliceKey slice, string input);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Database damaged where slice {Slice} needs it: {Input} is refused.")]
    private partial void LogDamaged(Exception reason, SliceKey slice, string input);

    [LoggerMessage(Level = LogLevel.Error, Message = "Slice {Slice}: {Input} cannot be stored, nor can its failure.")]
    private partial void LogPoisoned(Exception reason, SliceKey slice, string input);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Slice {Slice}: its scenario could not be read; it is retried.")]
    private partial void LogUnreadable(Exception reason, SliceKey slice);
}
