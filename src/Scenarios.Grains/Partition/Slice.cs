using System.Collections.Concurrent;
using Scenarios.Contracts;
using Scenarios.Engine.Batches;
using Scenarios.Storage;

namespace Scenarios.Grains.Partition;

// Design notes.
//
// A slice is what a partition grain owns while it is active: a queue of inputs, the ownership that its commits are fenced
// by, and the next instant at which something is due. It has one batch in flight; inputs that arrive during that time
// form the next one, so batches grow with the load and no delay is needed. The lane commits the batch, not the grain:
// batches of several slices share one transaction.
//
// There is no heap of waits. Waits are rows; the slice knows the earliest due instant (each scan returns the next
// one, each commit adds its new ones) and sets one timer for it. The timer is a hint: the scan decides by the
// database's clock, so a timer that fires early only scans too soon, and a lost one costs time until the sweep pokes.
//
// A slice learns what a move of the gate means for it (how many runs are overdue, whether anything is due) when it
// first sees the gate's new number. The silo's slices share the scenarios, so that number may come from another
// slice's commit: the lane compares before each batch, and not only when this slice's own commit was refused.
//
// There are two kinds of state. State shared by grain, timer, dispatcher and lane is in Guarded and is accessed under
// the lock. The slice's view of itself (View) belongs to the lane that has its batch in flight: it is one immutable
// record, replaced at each commit, so others may read it at any time and see the slice as it was between two batches.

/// <summary>
/// One partition's queue, ownership and next due instant. Safe for use by its grain, its lane and its timer.
/// </summary>
internal sealed partial class Slice
{
    /// <summary>
    /// The pause after a failed commit before the slice tries again: at once it would only fail again.
    /// </summary>
    private static readonly TimeSpan FailedAgain = TimeSpan.FromSeconds(1);

    /// <summary>Distant instants are checked again after this: a timer can run for some weeks at most.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly ConcurrentQueue<SliceInput> _queue = new();
    private readonly LedgerLanes _lanes;
    private readonly EffectDispatcher _effects;
    private readonly EditSweep _edits;
    private readonly PartitionOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Action _lost;
    private readonly Lock _lock = new();
    private readonly Guarded _guarded = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _queued;

    /// <summary>State that is accessed only under the lock.</summary>
    private sealed class Guarded
    {
        /// <summary>It waits for a lane, or is in one.</summary>
        public bool IsScheduled;
        public bool IsClosing;

        /// <summary>Something may be due: the next batch scans.</summary>
        public bool WantsDue = true;

        /// <summary>A scan that failed is left to the next batch, but does not start one.</summary>
        public bool OwesLook;

        /// <summary>The number of waits that the last scan returned.</summary>
        public int WokenLast;

        /// <summary>
        /// Attempts whose outcome is awaited. Only the lane changes it, so the lane may read it without the lock.
        /// </summary>
        public readonly HashSet<(Guid Run, int Step)> UnderWay = [];
    }

    public Slice(
        SliceKey key,
        Takeover takeover,
        LedgerLanes lanes,
        EffectDispatcher effects,
        EditSweep edits,
        PartitionOptions options,
        TimeProvider time,
        Action lost
    )
    {
        _lanes = lanes;
        _effects = effects;
        _edits = edits;
        _options = options;
        _time = time;
        _lost = lost;
        View = SliceView.Of(key, takeover, _guarded.UnderWay);
        SweptRevision = takeover.Revision;
        _timer = time.CreateTimer(_ => Poke(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The slice's view of itself. Only the lane replaces it.</summary>
    public SliceView View { get; private set; }
    public SliceKey Key => View.Key;

    /// <summary>The edit up to which waiting runs were computed again. Used only by the sweep.</summary>
    public int SweptRevision { get; set; }

    /// <summary>Lost without another owner: it must be woken.</summary>
    public bool IsOrphaned { get; private set; }

    public int Queued => Volatile.Read(ref _queued);

    public int EffectsUnderWay
    {
        get
        {
            lock (_lock)
                return _guarded.UnderWay.Count;
        }
    }

    /// <summary>It accepts nothing any longer: work in flight belongs to the next owner.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
                return _guarded.IsClosing;
        }
    }

    /// <summary>
    /// An estimate of how much of a round it fills: the number of due waits is assumed to be the same as last time.
    /// </summary>
    public int Weight
    {
        get
        {
            lock (_lock)
                return Math.Max(1, Queued + (_guarded.WantsDue || _guarded.OwesLook ? _guarded.WokenLast : 0));
        }
    }

    public void Queue(SliceInput input)
    {
        Enqueue(input);
        Schedule();
    }

    /// <summary>Something may be due: the next batch scans.</summary>
    public void Poke()
    {
        lock (_lock)
            _guarded.WantsDue = true;
        Schedule();
    }

    /// <summary>Called by the lane: forms the next batch.</summary>
    /// <param name="rows">Inputs and wakes, at most.</param>
    /// <param name="characters">The maximum size of the inputs; the input that exceeds it is the last one.</param>
    public (IReadOnlyList<SliceInput> Inputs, int Wakes) Take(int rows, int characters)
    {
        bool wantsDue;
        lock (_lock)
        {
            wantsDue = _guarded.WantsDue || _guarded.OwesLook;
            _guarded.WantsDue = _guarded.OwesLook = false;
        }
        var inputs = new List<SliceInput>(Math.Min(rows, Queued));
        // Wakes fill at most half of the batch when inputs wait.
        var wakes =
            !wantsDue ? 0
            : Queued == 0 ? rows
            : Math.Max(1, rows / 2);
        while (inputs.Count < rows - (Queued == 0 ? 0 : wakes) && characters > 0 && _queue.TryDequeue(out var input))
        {
            Interlocked.Decrement(ref _queued);
            characters -= input.Characters;
            inputs.Add(input);
        }
        return (inputs, wakes);
    }

    /// <summary>Called by the lane when a batch could not be committed.</summary>
    public void Failed(Batch batch, Exception reason)
    {
        foreach (var input in batch.Inputs)
            input.Fail(reason);
        lock (_lock)
        {
            // The next batch scans instead, whichever comes first.
            if (batch.Wakes > 0)
                _guarded.OwesLook = true;
            if (!_guarded.IsClosing)
                _timer.Change(Damage.Is(reason) ? _options.UnreadableAgain : FailedAgain, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The scenario is gone: there is nothing to decide.</summary>
    public static void Refuse(IReadOnlyList<SliceInput> inputs)
    {
        foreach (var input in inputs)
        {
            input.Refuse();
            input.Answer();
        }
    }

    /// <summary>
    /// Called by the lane after the commit: the ownership moves on, callers are answered, effects go out.
    /// </summary>
    public void Committed(Batch batch, Func<DateTimeOffset, TimeSpan> until)
    {
        View = View.After(batch);
        foreach (var input in batch.Inputs)
            input.Answer();
        if (batch.Wakes > 0)
            lock (_lock)
                _guarded.WokenLast = batch.Lateness.Count;
        HandOut(batch.Attempts);
        Arm(until);
        if (batch.Scenario is { IsRunning: true, Revision: var revision } && revision > SweptRevision)
            _edits.Start(this, revision);
    }

    /// <summary>Called by the lane: a commit whose answer was lost did not happen; its number is used up.</summary>
    public void Settled(Ownership ownership) => View = View with { Ownership = ownership };

    /// <summary>Called by the lane: the gate has moved, and something may be due.</summary>
    public void GateMoved(long gate, long overdue, long resumed)
    {
        View = View.Meet(gate, overdue, resumed);
        lock (_lock)
            _guarded.WantsDue = true;
    }

    /// <summary>
    /// Another owner has it, or its own rows went on without it (orphaned): waiting callers ask again at the new
    /// owner.
    /// </summary>
    public void Lost(bool orphaned)
    {
        IsOrphaned = orphaned;
        lock (_lock)
            _guarded.IsClosing = true;
        FailQueued(new SliceLostException());
        _timer.Dispose();
        _closed.TrySetResult();
        _lost();
    }

    /// <summary>Accepts no more inputs and waits for the batch in flight.</summary>
    public async Task CloseAsync()
    {
        bool idle;
        lock (_lock)
        {
            _guarded.IsClosing = true;
            idle = !_guarded.IsScheduled;
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
            if (!_guarded.IsClosing && (Queued > 0 || _guarded.WantsDue))
                return true;
            _guarded.IsScheduled = false;
            if (_guarded.IsClosing)
                _closed.TrySetResult();
            return false;
        }
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
            if (_guarded.IsClosing)
            {
                FailQueued(new SliceLostException());
                return;
            }
            if (_guarded.IsScheduled)
                return;
            _guarded.IsScheduled = true;
        }
        _lanes.Ready(this);
    }

    private void Arm(Func<DateTimeOffset, TimeSpan> until)
    {
        lock (_lock)
        {
            if (_guarded.IsClosing)
                return;
            if (View.NextDue is not { } due)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            var wait = until(due);
            if (wait <= TimeSpan.Zero)
                _guarded.WantsDue = true;
            // A timer counts whole milliseconds: round up, or it would fire just too soon.
            else
                _timer.Change(
                    wait > LongestTimer ? LongestTimer : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)),
                    Timeout.InfiniteTimeSpan
                );
        }
    }

    private void FailQueued(SliceLostException reason)
    {
        while (_queue.TryDequeue(out var input))
        {
            Interlocked.Decrement(ref _queued);
            input.Fail(reason);
        }
    }
}
