namespace Scenarios.Grains.Effects;

/// <summary>
/// Bounds what is under way to one host, so that a receiver which hangs takes no more than its share. Waiting for a slot is
/// done here and not in the connection pool: there it would use up the time-out, and a receiver that is merely slower than
/// we send would see its runs fail without having been asked.
/// </summary>
internal sealed class HostSlots(int perHost, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A slot until it is disposed; null when none came free in time.</summary>
    public async Task<IDisposable?> TakeAsync(string name, TimeSpan patience, CancellationToken cancel)
    {
        var host = Enter(name);
        try
        {
            if (host.Free.Wait(0, CancellationToken.None)) return new Slot(this, host);
            using var late = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
            await host.Free.WaitAsync(either.Token);
            return new Slot(this, host);
        }
        catch (OperationCanceledException)
        {
            Leave(host);
            cancel.ThrowIfCancellationRequested();
            return null;
        }
    }

    private Host Enter(string name)
    {
        lock (_lock)
        {
            if (!_hosts.TryGetValue(name, out var host)) _hosts.Add(name, host = new Host(name, new SemaphoreSlim(perHost)));
            host.Users++;
            return host;
        }
    }

    /// <summary>A host that nobody uses or waits for is forgotten.</summary>
    private void Leave(Host host)
    {
        lock (_lock)
            if (--host.Users == 0) _hosts.Remove(host.Name);
    }

    private sealed class Host(string name, SemaphoreSlim free)
    {
        public string Name => name;
        public SemaphoreSlim Free => free;
        public int Users { get; set; }
    }

    private sealed class Slot(HostSlots slots, Host host) : IDisposable
    {
        public void Dispose()
        {
            host.Free.Release();
            slots.Leave(host);
        }
    }
}
