namespace Scenarios.Engine.Batches;

// Why there are up to four scans.
//
// Waits are rows, and the scan of what is due by the database's clock is the truth. A wait is due in real time, or in the
// scenario's own time, which stops while the scenario is frozen: two ranges of one index. Those that were overdue when
// the scenario was activated leave at its rate, all others as soon as they are due: twice two ranges.
//
// The watermark keeps a scan from going through what earlier ones have taken: index entries of rows that have moved on stay
// for a while. It is where a scan has come to, or just before the last row that it found when there may be more; while
// overdue runs are still leaving it stays where it is.

/// <summary>What a batch looks through for runs that are due.</summary>
internal sealed class DueScans
{
    private readonly Scan? _late,
        _lateStopped;
    private readonly Scan _due,
        _dueStopped;
    private readonly SliceView _view;

    /// <param name="estimate">About what the database's clock shows.</param>
    /// <param name="wakes">Most runs that are to be taken, by each scan.</param>
    public DueScans(SliceRead read, SliceView view, ScenarioSnapshot scenario, DateTimeOffset estimate, int wakes)
    {
        _view = view;
        var (from, fromStopped) = (view.Watermark.Fixed, view.Watermark.Stoppable);
        if (view.IsResuming(scenario))
        {
            var (resumedAt, resumedAtStopped) = (scenario.ResumedAt!.Value, scenario.ResumedAt.Value - scenario.Stopped);
            var allowed = view.MayResume(scenario, estimate, wakes);
            if (allowed > 0)
            {
                _late = new Scan(read, new DueRange(false, DateTimeOffset.MinValue, resumedAt, allowed));
                _lateStopped = new Scan(read, new DueRange(true, DateTimeOffset.MinValue, resumedAtStopped, allowed));
            }
            (from, fromStopped) = (Later(from, resumedAt), Later(fromStopped, resumedAtStopped));
        }
        _due = new Scan(read, new DueRange(false, from, null, wakes));
        _dueStopped = new Scan(read, new DueRange(true, fromStopped, null, wakes));
    }

    /// <summary>Where the scans have come to; null while overdue runs are still leaving.</summary>
    public Watermark? Scanned { get; private set; }

    /// <summary>How many runs were found at most.</summary>
    public int Found => _due.Found.Count + _dueStopped.Found.Count + (_late?.Found.Count + _lateStopped?.Found.Count ?? 0);

    /// <summary>More is due than was found.</summary>
    public bool HasMore => _due.IsFull || _dueStopped.IsFull;

    /// <summary>Wakes all that were found.</summary>
    public void Wake(Batch batch)
    {
        var stopped = batch.Scenario.Stopped;
        if (_late is not null && _lateStopped is not null)
        {
            var late = Oldest(_late.Found, _lateStopped.Found, stopped, _late.Range.Limit);
            foreach (var row in late)
                if (batch.Wake(row))
                    batch.Write.Resumed++;
            // Fewer than may leave: the others ended in another way, and no overdue run is left.
            if (late.Count < _late.Range.Limit)
                batch.Write.Resumed = (int)(_view.Overdue - _view.Resumed);
        }
        foreach (var row in Oldest(_due.Found, _dueStopped.Found, stopped, int.MaxValue))
            batch.Wake(row);

        if (!_view.IsResuming(batch.Scenario))
            Scanned = new Watermark(_due.CameTo(batch.Now), _dueStopped.CameTo(batch.Now - stopped));
        else if (_view.Resumed + batch.Write.Resumed < _view.Overdue)
            batch.Sooner(_view.NextResume(batch.Scenario, batch.Write.Resumed, batch.Now));
        // The last of them has left. Somebody may still be due before the activation who was not overdue at it (postponed to an
        // instant that has passed): the next look has no such limit. The simulator found one that was never woken.
        else
            batch.Sooner(batch.Now);
    }

    /// <summary>The first of both by when they are due in real time, as each is by itself.</summary>
    private static List<RunRow> Oldest(List<RunRow> real, List<RunRow> own, TimeSpan stopped, int limit)
    {
        if (own.Count == 0 && real.Count <= limit)
            return real;
        if (real.Count == 0 && own.Count <= limit)
            return own;
        var oldest = new List<RunRow>(Math.Min(real.Count + own.Count, limit));
        for (int i = 0, j = 0; oldest.Count < limit && (i < real.Count || j < own.Count); )
            oldest.Add(
                j == own.Count || (i < real.Count && real[i].State.Due <= own[j].State.Due + stopped) ? real[i++] : own[j++]
            );
        return oldest;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <summary>One range, and what was found in it.</summary>
    private sealed class Scan
    {
        private readonly SliceRead _read;
        private readonly int _place;

        public Scan(SliceRead read, DueRange range)
        {
            (_read, _place, Range) = (read, read.Ranges.Count, range);
            read.Ranges.Add(range);
        }

        public DueRange Range { get; }
        public List<RunRow> Found => _read.Due[_place];
        public bool IsFull => Found.Count == Range.Limit;

        /// <summary>Up to where nothing that is due is left.</summary>
        public DateTimeOffset CameTo(DateTimeOffset now) =>
            IsFull ? Watermark.Before(Found[^1].State.Due!.Value) : Later(Range.After, now);
    }
}
