using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Storage;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

// Why this file is the way it is.
//
// A slice is what a partition grain owns while it is active: a queue of inputs, the ownership that its commits are fenced
// by, and the next instant at which something is due. It has one batch in flight; what comes meanwhile is the next one, so
// batches grow with the load and nobody sets a delay. The lane takes the batch, not the grain: several slices' batches
// travel in one transaction.
//
// There is no heap of waits. Waits are rows; the slice knows the earliest due instant (each scan tells the next, each
// commit tells its new ones) and sets one timer for it. The timer is a hint: the scan decides by the database's clock, so a
// timer that fires early only looks too soon, and one that is lost costs time until the sweep pokes.
//
// What a move of the gate does to a slice (how many are overdue, that something is due at all) it learns when it meets the
// gate's new number. The scenarios are shared by the silo's slices, so that number may come by another slice's commit: the
// lane compares before each batch, and not only when this slice's own commit was refused.

/// <summary>One partition's queue, ownership and next due instant. Safe for use by its grain, its lane and its timer.</summary>
internal sealed class Slice
{
    private readonly ConcurrentQueue<SliceInput> _queue = new();
    private readonly HashSet<(Guid Run, int Step)> _underWay = [];
    private readonly LedgerLanes _lanes;
    private readonly EffectDispatcher _effects;
    private readonly EditSweep _edits;
    private readonly PartitionOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Action _lost;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _queued,
        _wokenLast;
    private bool _isScheduled,
        _isClosing,
        _wantsDue = true,
        _owesLook;

    public Slice(
        SliceKey key,
        Takeover takeover,
        LedgerLanes lanes,
        EffectDispatcher effects,
        EditSweep edits,
        PartitionOptions options,
        TimeProvider time,
        ILogger log,
        Action lost
    )
    {
        (Key, _lanes, _effects, _edits, _options, _time, Log, _lost) = (key, lanes, effects, edits, options, time, log, lost);
        (Ownership, NextDue, Overdue, Resumed) = (takeover.Ownership, takeover.NextDue, takeover.Overdue, takeover.Resumed);
        (SweptRevision, Gate) = (takeover.Revision, takeover.Gate);
        _timer = time.CreateTimer(_ => Poke(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public SliceKey Key { get; }
    public ILogger Log { get; }
    public Ownership Ownership { get; private set; }
    public DateTimeOffset? NextDue { get; private set; }

    /// <summary>The gate as the slice met it last: what it knows of overdue runs is of this number.</summary>
    public long Gate { get; private set; }

    /// <summary>Attempts that a former owner had under way were taken over, or there are none.</summary>
    public bool HasAdopted { get; private set; }

    /// <summary>Lost without another owner: somebody has to wake it.</summary>
    public bool IsOrphaned { get; private set; }

    /// <summary>Below these nothing that is due is left: waits in real time, and in the scenario's own time.</summary>
    public (DateTimeOffset Fixed, DateTimeOffset Stoppable) Watermark { get; private set; } =
        (DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    /// <summary>The edit up to which waiting runs were computed anew.</summary>
    public int SweptRevision { get; set; }
    public long Overdue { get; private set; }
    public long Resumed { get; private set; }
    public int Queued => Volatile.Read(ref _queued);
    public int EffectsUnderWay
    {
        get
        {
            lock (_lock)
                return _underWay.Count;
        }
    }

    /// <summary>How much of a round it fills, as far as one can tell before looking: what is due now is taken to be as much as last time.</summary>
    public int Weight
    {
        get
        {
            lock (_lock)
                return Math.Max(1, Queued + (_wantsDue || _owesLook ? _wokenLast : 0));
        }
    }

    public Task<CaptureOutcome[]> CaptureAsync(Capture[] captures)
    {
        if (captures.Length == 0)
            return Task.FromResult<CaptureOutcome[]>([]);
        if (Queued + captures.Length > _options.QueueLimit || IsBehind)
            return Task.FromResult(captures.Select(_ => CaptureOutcome.Overloaded).ToArray());
        var call = new CaptureCall(captures.Length);
        for (var i = 0; i < captures.Length; i++)
            Enqueue(new CaptureInput(captures[i], call, i));
        Schedule();
        return call.Answer;
    }

    private bool IsBehind => _queue.TryPeek(out var first) && _time.GetElapsedTime(first.WaitsSince) > _options.LongestQueue;

    public Task<RunOutcome> CommandAsync(RunCommand command)
    {
        if (Queued >= _options.QueueLimit)
            return Task.FromResult(RunOutcome.Refused(RefusalCode.Overloaded));
        var input = new CommandInput(command);
        Queue(input);
        return input.Task;
    }

    public Task<BulkOutcome> BulkAsync(BulkPage page)
    {
        if (Queued >= _options.QueueLimit)
            return Task.FromResult(BulkOutcome.Not(RefusalCode.Overloaded));
        var input = new BulkInput(page);
        Queue(input);
        return input.Task;
    }

    public Task DoAsync(DoneInput input)
    {
        Queue(input);
        return input.Task;
    }

    public void Queue(SliceInput input)
    {
        Enqueue(input);
        Schedule();
    }

    /// <summary>Something may be due: the next batch looks.</summary>
    public void Poke()
    {
        lock (_lock)
            _wantsDue = true;
        Schedule();
    }

    public bool IsUnderWay(Guid run, int step)
    {
        lock (_lock)
            return _underWay.Contains((run, step));
    }

    /// <summary>Called by the lane: what the next batch consists of.</summary>
    public (IReadOnlyList<SliceInput> Inputs, int Wakes) Take(int rows, int bytes)
    {
        bool wantsDue;
        lock (_lock)
            (wantsDue, _wantsDue, _owesLook) = (_wantsDue || _owesLook, false, false);
        var inputs = new List<SliceInput>(Math.Min(rows, Queued));
        // A wake takes at most half of the batch when others wait.
        var wakes =
            !wantsDue ? 0
            : Queued == 0 ? rows
            : Math.Max(1, rows / 2);
        while (inputs.Count < rows - (Queued == 0 ? 0 : wakes) && bytes > 0 && _queue.TryDequeue(out var input))
        {
            Interlocked.Decrement(ref _queued);
            bytes -= input.Bytes;
            inputs.Add(input);
        }
        return (inputs, wakes);
    }

    /// <summary>Called by the lane when a batch could not be committed: what nobody waits for is not forgotten.</summary>
    public void Failed(SliceBatch batch, Exception reason)
    {
        var again = Damage.Is(reason) ? _options.UnreadableAgain : TimeSpan.FromSeconds(1);
        foreach (var input in batch.Inputs)
            if (input is not SettledInput)
                input.Fail(reason);
            else if (Damage.Is(reason))
                _ = QueueAfterAsync(again, input);
            else
                Enqueue(input);
        lock (_lock)
        {
            // The next batch looks in its stead, whichever comes first; at once it would only fail again.
            if (batch.Wakes > 0)
                _owesLook = true;
            if (!_isClosing)
                _timer.Change(again, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task QueueAfterAsync(TimeSpan pause, SliceInput input)
    {
        await Task.Delay(pause, _time);
        Queue(input);
    }

    /// <summary>The scenario is gone: there is nothing to decide.</summary>
    public void Refuse(IReadOnlyList<SliceInput> inputs)
    {
        foreach (var input in inputs)
            switch (input)
            {
                case CaptureInput capture:
                    capture.Outcome = CaptureOutcome.Failed(RefusalCode.ScenarioNotFound);
                    capture.Answer();
                    break;
                case CommandInput command:
                    command.Outcome = RunOutcome.Refused(RefusalCode.RunNotFound);
                    command.Answer();
                    break;
                case BulkInput bulk:
                    bulk.Outcome = BulkOutcome.Skipping(bulk.Page.Runs.Length, RefusalCode.RunNotFound);
                    bulk.Answer();
                    break;
                case DoneInput done:
                    done.Answer();
                    break;
                case SettledInput settled:
                    Release(settled.Effect);
                    break;
            }
    }

    /// <summary>Called by the lane after the commit: the ownership moves on, callers are answered, effects go out.</summary>
    public void Committed(SliceBatch batch, Func<DateTimeOffset, TimeSpan> until)
    {
        Ownership = Ownership with { Seq = Ownership.Seq + 1 };
        NextDue = batch.NextDue;
        Resumed += batch.Write.Resumed;
        if (batch.Wakes > 0)
            _wokenLast = batch.Lateness.Count;
        var (fixedMark, stoppableMark) = batch.Scanned ?? Watermark;
        foreach (var row in batch.Write.Inserted.Concat(batch.Write.Updated))
            if (row.State.Due is { } due)
            {
                if (row.State.Stoppable && due <= stoppableMark)
                    stoppableMark = due.AddMicroseconds(-1);
                else if (!row.State.Stoppable && due <= fixedMark)
                    fixedMark = due.AddMicroseconds(-1);
            }
        Watermark = (fixedMark, stoppableMark);

        foreach (var input in batch.Inputs)
            switch (input)
            {
                case CaptureInput capture:
                    capture.Answer();
                    break;
                case CommandInput command:
                    command.Answer();
                    break;
                case BulkInput bulk:
                    bulk.Answer();
                    break;
                case DoneInput done:
                    done.Answer();
                    break;
                case SettledInput settled:
                    Release(settled.Effect);
                    break;
            }
        // Handed out again under the same keys, they join the attempt where it still lives.
        foreach (var effect in batch.Adopted)
            HandOut(effect);
        foreach (var effect in batch.Begun)
            HandOut(effect);
        HasAdopted |= batch.Adopts;
        foreach (var remembered in batch.Remembered)
        {
            lock (_lock)
                _underWay.Add((remembered.Effect.RunId, remembered.Effect.Step));
            Enqueue(remembered);
        }
        Arm(until);
        if (batch.Scenario is { IsRunning: true, Revision: var revision } && revision > SweptRevision)
            _edits.Start(this, revision);
    }

    /// <summary>A commit whose answer was lost did not happen; its number is used up.</summary>
    public void Settled(Ownership ownership) => Ownership = ownership;

    /// <summary>The gate has moved: what was known of the last activation, and of what is due, is read anew.</summary>
    public void GateMoved(long gate, long overdue, long resumed)
    {
        (Gate, Overdue, Resumed) = (gate, overdue, resumed);
        lock (_lock)
            _wantsDue = true;
    }

    /// <summary>Another owner has it, or its own rows went on without it (orphaned): everybody who waits asks again, there.</summary>
    public void Lost(bool orphaned)
    {
        IsOrphaned = orphaned;
        lock (_lock)
            _isClosing = true;
        FailQueued(new SliceLostException());
        _timer.Dispose();
        _closed.TrySetResult();
        _lost();
    }

    /// <summary>Takes no more, and waits for the batch in flight.</summary>
    public async Task CloseAsync()
    {
        bool idle;
        lock (_lock)
        {
            _isClosing = true;
            idle = !_isScheduled;
        }
        _timer.Dispose();
        if (!idle)
            await _closed.Task;
        FailQueued(new SliceLostException());
    }

    /// <summary>Called by the lane when the slice's turn is over: true when it wants another.</summary>
    public bool WantsMore()
    {
        lock (_lock)
        {
            if (!_isClosing && (Queued > 0 || _wantsDue))
                return true;
            _isScheduled = false;
            if (_isClosing)
                _closed.TrySetResult();
            return false;
        }
    }

    /// <summary>How many of the overdue may leave by now: the scenario's rate, shared by how many each slice has.</summary>
    public int MayResume(ScenarioSnapshot snapshot, DateTimeOffset now)
    {
        if (snapshot.ResumedAt is not { } since || snapshot.ResumeOverdue == 0)
            return 0;
        var rate = (double)snapshot.ResumeRate * Overdue / snapshot.ResumeOverdue;
        var released = (long)Math.Floor((now - since).TotalSeconds * rate) + 1;
        return (int)Math.Clamp(Math.Min(released, Overdue) - Resumed, 0, _options.BatchRows);
    }

    /// <summary>When the next of the overdue may leave: in steps of a twentieth of a second, so that a step takes many.</summary>
    public DateTimeOffset? NextResume(ScenarioSnapshot snapshot, int resumedNow, DateTimeOffset now)
    {
        if (Resumed + resumedNow >= Overdue || snapshot.ResumeOverdue == 0)
            return null;
        var rate = (double)snapshot.ResumeRate * Overdue / snapshot.ResumeOverdue;
        var next = snapshot.ResumedAt!.Value + TimeSpan.FromSeconds((Resumed + resumedNow) / rate);
        var step = now + TimeSpan.FromMilliseconds(50);
        return next > step ? next : step;
    }

    private void Enqueue(SliceInput input)
    {
        input.WaitsSince = _time.GetTimestamp();
        Interlocked.Increment(ref _queued);
        _queue.Enqueue(input);
    }

    private void Schedule()
    {
        lock (_lock)
        {
            if (_isClosing)
            {
                FailQueued(new SliceLostException());
                return;
            }
            if (_isScheduled)
                return;
            _isScheduled = true;
        }
        _lanes.Ready(this);
    }

    private void Arm(Func<DateTimeOffset, TimeSpan> until)
    {
        lock (_lock)
        {
            if (_isClosing)
                return;
            if (NextDue is not { } due)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            var wait = until(due);
            if (wait <= TimeSpan.Zero)
                _wantsDue = true;
            // A timer counts whole milliseconds: rounded up, or it would look just too soon. Far instants are looked at again after a day.
            else
                _timer.Change(
                    wait > TimeSpan.FromDays(1)
                        ? TimeSpan.FromDays(1)
                        : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)),
                    Timeout.InfiniteTimeSpan
                );
        }
    }

    private void HandOut(EffectRow effect)
    {
        lock (_lock)
            _underWay.Add((effect.RunId, effect.Step));
        _effects.Dispatch(this, effect);
    }

    private void Release(EffectRow effect)
    {
        lock (_lock)
            _underWay.Remove((effect.RunId, effect.Step));
    }

    private void FailQueued(Exception reason)
    {
        while (_queue.TryDequeue(out var input))
        {
            Interlocked.Decrement(ref _queued);
            input.Fail(reason);
        }
    }

    /// <summary>It takes nothing any more: what is under way belongs to the next owner.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
                return _isClosing;
        }
    }
}
