using System.Collections.Concurrent;
using System.Text;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>What a caller can make of one answer.</summary>
internal enum OutcomeClass
{
    /// <summary>A definite yes or decline: 201 or 200.</summary>
    Ok,

    /// <summary>A definite no with problem details: nothing happened.</summary>
    Refused,

    /// <summary>
    /// No answer, a broken one, a 500, or a 503 that leaves it open: it may have happened. To be sent again under its key.
    /// </summary>
    Unknown,
}

/// <summary>One capture that a caller wants: written before it is sent, and again when its outcome is definite.</summary>
internal sealed class Wanted(int seq)
{
    public int Seq => seq;
    public string Profile { get; } = $"p{seq}";
    public string Key { get; } = $"k{seq}";
    public DateTimeOffset FirstSentAt { get; set; }
    public DateTimeOffset DefiniteAt { get; set; }
    public int Attempts { get; set; }

    /// <summary>An item of a batch: its key stands in its body, so it is the same call only as an item.</summary>
    public bool IsItem { get; set; }

    /// <summary>Sent once and without a key: whatever comes of it, it happened once or not at all.</summary>
    public bool IsUnkeyed { get; set; }

    /// <summary>Null until it is definite.</summary>
    public OutcomeClass? Outcome { get; set; }
    public bool Accepted { get; set; }
    public Guid RunId { get; set; }

    /// <summary>Of a decline, or the code of a refusal.</summary>
    public string? Reason { get; set; }

    public override string ToString() =>
        $"#{seq} {Profile} {Key}: sent {FirstSentAt:HH:mm:ss.fff}, {Attempts} attempts, "
        + $"{Outcome?.ToString() ?? "open"} {DefiniteAt:HH:mm:ss.fff} {(Accepted ? RunId : Reason)}";
}

/// <summary>The client's own book, by which the checker judges: what was asked for, and what was answered.</summary>
internal sealed class ClientLedger
{
    private readonly ConcurrentQueue<Wanted> _wanted = new();
    private readonly ConcurrentDictionary<string, int> _oddities = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _marks = [];
    private readonly Lock _lock = new();
    private int _last,
        _acked,
        _unknown;
    private DateTimeOffset _lastAck;

    public IReadOnlyCollection<Wanted> All => _wanted;
    public int Acked => Volatile.Read(ref _acked);
    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>The longest time in which no call at all was acknowledged while callers were at work.</summary>
    public TimeSpan LongestSilence { get; private set; }

    /// <summary>Answers other than yes, by what they were and how often.</summary>
    public string Oddities =>
        _oddities.IsEmpty
            ? "none"
            : string.Join(", ", _oddities.OrderByDescending(o => o.Value).Select(o => $"{o.Key} {o.Value}x"));

    public IReadOnlyDictionary<string, int> OddityCounts => _oddities;

    public Wanted Next()
    {
        var wanted = new Wanted(Interlocked.Increment(ref _last)) { FirstSentAt = DateTimeOffset.UtcNow };
        _wanted.Enqueue(wanted);
        return wanted;
    }

    /// <summary>One attempt that settled nothing.</summary>
    public void Undecided(Wanted wanted, string why)
    {
        Interlocked.Increment(ref _unknown);
        if (wanted.IsUnkeyed)
            (wanted.Reason, wanted.DefiniteAt, wanted.Outcome) = (why, DateTimeOffset.UtcNow, OutcomeClass.Unknown);
        _oddities.AddOrUpdate(why, 1, (_, n) => n + 1);
    }

    public void Refused(Wanted wanted, string code)
    {
        _oddities.AddOrUpdate(code, 1, (_, n) => n + 1);
        (wanted.Reason, wanted.DefiniteAt, wanted.Outcome) = (code, DateTimeOffset.UtcNow, OutcomeClass.Refused);
    }

    public void Decided(Wanted wanted, Guid? run, string? declined)
    {
        (wanted.Accepted, wanted.RunId, wanted.Reason) = (run is not null, run ?? default, declined);
        (wanted.DefiniteAt, wanted.Outcome) = (DateTimeOffset.UtcNow, OutcomeClass.Ok);
        List<TaskCompletionSource> reached;
        lock (_lock)
        {
            if (_acked > 0 && wanted.DefiniteAt - _lastAck > LongestSilence)
                LongestSilence = wanted.DefiniteAt - _lastAck;
            _lastAck = wanted.DefiniteAt;
            _acked++;
            reached = [.. _marks.Where(m => m.Count <= _acked).Select(m => m.Reached)];
            _marks.RemoveAll(m => m.Count <= _acked);
        }
        foreach (var mark in reached)
            mark.TrySetResult();
    }

    /// <summary>When so many have been acknowledged in all.</summary>
    public Task ReachesAsync(int acked)
    {
        lock (_lock)
        {
            if (_acked >= acked)
                return Task.CompletedTask;
            var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _marks.Add((acked, mark));
            return mark.Task;
        }
    }

    /// <summary>For evidence: the whole book, a line for each call.</summary>
    public string Written()
    {
        var text = new StringBuilder();
        foreach (var wanted in _wanted)
            text.AppendLine(wanted.ToString());
        return text.ToString();
    }
}
