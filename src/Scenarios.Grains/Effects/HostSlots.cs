namespace Scenarios.Grains.Effects;

/// <summary>
/// Bounds what is under way to one host, so that a receiver which hangs takes no more than its share. Waiting for a slot is
/// done here and not in the connection pool: there it would use up the time-out, and a receiver that is merely slower than
/// we send would see its runs fail without having been asked.
/// A host that gave no answer for as long as an attempt waited for a slot has an open breaker: all its slots are still tried, but
/// an attempt that finds none free is put off at once, for longer the more there have been, so that a hundred thousand
/// runs at a dead receiver do not keep their partitions busy with asking. Any answer closes it.
/// </summary>
/// <param name="breaker">Told when a host's breaker opens (true) or closes.</param>
internal sealed class HostSlots(int perHost, TimeProvider time, Action<string, bool> breaker)
{
    /// <summary>How many of those sent away come back in a second, and the seconds over which they are spread.</summary>
    private const int BackInASecond = 100,
        SpreadSeconds = 60;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private long _sentAway;

    public async Task<Turn> TakeAsync(string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        var host = Enter(name);
        try
        {
            if (host.Free.Wait(0, CancellationToken.None))
                return new Turn(new Slot(this, host), default);
            if (host.IsOpen)
                return SendAway(host);
            var answers = host.Answers;
            using var late = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                await host.Free.WaitAsync(either.Token);
                return new Turn(new Slot(this, host), default);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (host.Answers == answers)
                    Set(host, isOpen: true);
                return SendAway(host);
            }
        }
        catch (OperationCanceledException)
        {
            Leave(host);
            throw;
        }
    }

    /// <summary>As it is at this moment.</summary>
    public ReceiverLoad Load()
    {
        lock (_lock)
        {
            var load = new ReceiverLoad(_hosts.Count, 0, 0, 0, 0, _sentAway);
            foreach (var host in _hosts.Values)
            {
                var underWay = perHost - host.Free.CurrentCount;
                load = load with
                {
                    Open = load.Open + (host.IsOpen ? 1 : 0),
                    UnderWay = load.UnderWay + underWay,
                    Waiting = load.Waiting + Math.Max(0, host.Users - underWay),
                    Most = Math.Max(load.Most, underWay),
                };
            }
            return load;
        }
    }

    private Host Enter(string name)
    {
        lock (_lock)
        {
            if (!_hosts.TryGetValue(name, out var host))
                _hosts.Add(name, host = new Host(name, new SemaphoreSlim(perHost)));
            host.Users++;
            return host;
        }
    }

    private Turn SendAway(Host host)
    {
        lock (_lock)
            _sentAway++;
        var pause = RetryPolicy.First;
        if (host.IsOpen)
            pause += TimeSpan.FromSeconds((double)(host.CountAway() % (BackInASecond * SpreadSeconds)) / BackInASecond);
        Leave(host);
        return new Turn(null, pause);
    }

    private void Set(Host host, bool isOpen)
    {
        lock (_lock)
        {
            if (host.IsOpen == isOpen)
                return;
            host.IsOpen = isOpen;
        }
        breaker(host.Name, isOpen);
    }

    /// <summary>A host that is not used or waited for is forgotten.</summary>
    private void Leave(Host host)
    {
        lock (_lock)
        {
            if (--host.Users != 0)
                return;
            _hosts.Remove(host.Name);
        }
        Set(host, isOpen: false);
    }

    /// <param name="Slot">Null when there was none in time, or no sense in waiting for one.</param>
    /// <param name="Pause">Then, how long to stay away.</param>
    public readonly record struct Turn(Slot? Slot, TimeSpan Pause);

    internal sealed class Host(string name, SemaphoreSlim free)
    {
        private long _answers,
            _away;

        public string Name => name;
        public SemaphoreSlim Free => free;
        public int Users { get; set; }
        public bool IsOpen { get; set; }
        public long Answers => Interlocked.Read(ref _answers);

        public void CountAnswer() => Interlocked.Increment(ref _answers);

        public long CountAway() => Interlocked.Increment(ref _away);
    }

    internal sealed class Slot(HostSlots slots, Host host) : IDisposable
    {
        /// <summary>The host has answered, whatever it said.</summary>
        public void Answered()
        {
            host.CountAnswer();
            slots.Set(host, isOpen: false);
        }

        public void Dispose()
        {
            host.Free.Release();
            slots.Leave(host);
        }
    }
}

/// <summary>What webhooks do at this moment from this silo.</summary>
/// <param name="Hosts">That an attempt is under way to, or waits for.</param>
/// <param name="Open">Of these, with an open breaker.</param>
/// <param name="Most">Under way to one host.</param>
/// <param name="SentAway">Attempts put off since the start because their host had no place.</param>
internal readonly record struct ReceiverLoad(int Hosts, int Open, int UnderWay, int Waiting, int Most, long SentAway);
