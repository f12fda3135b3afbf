namespace Scenarios.Grains.Effects;

/// <summary>
/// Limits the attempts in flight to one host, so that a receiver that hangs uses no more than its share. Attempts
/// wait for a slot here and not in the connection pool: there the wait would use up the time-out, and runs would fail
/// without a request ever reaching a receiver that is merely slow. A host that gave no answer for as long as an
/// attempt waited for a slot has an open breaker: all its slots are still used, but an attempt that finds none free
/// is deferred at once, and for longer the more attempts have been deferred, so that a hundred thousand runs at a
/// dead receiver do not keep their partitions busy. Any answer closes the breaker.
/// </summary>
/// <param name="breaker">Called when a host's breaker opens (true) or closes.</param>
internal sealed class HostSlots(int perHost, TimeProvider time, Action<string, bool> breaker)
{
    /// <summary>How many deferred attempts return per second, and the seconds over which they are spread.</summary>
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

    /// <summary>The current load.</summary>
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

    /// <summary>Forgets a host that has no attempts in flight or waiting.</summary>
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

    /// <param name="Slot">Null when none became free in time, or waiting was pointless.</param>
    /// <param name="Pause">Without a slot, how long to wait before the next try.</param>
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
        /// <summary>The host has answered, with any status.</summary>
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

/// <summary>The current load of webhooks from this silo.</summary>
/// <param name="Hosts">Hosts with an attempt in flight or waiting.</param>
/// <param name="Open">Those with an open breaker.</param>
/// <param name="Most">Attempts in flight to the busiest host.</param>
/// <param name="SentAway">Attempts deferred since the start because their host had no free slot.</param>
internal readonly record struct ReceiverLoad(int Hosts, int Open, int UnderWay, int Waiting, int Most, long SentAway);
