using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// A stretch of network on loopback that can be cut. Silent, it delivers nothing and refuses nothing: whoever talks hears
/// nothing back and is not told why, as on a broken switch; what was said meanwhile arrives when it is mended.
/// </summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _ends = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource? _silence;

    public Relay(int targetPort)
    {
        _target = new IPEndPoint(IPAddress.Loopback, targetPort);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Silence() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        var silence = _silence;
        _silence = null;
        silence?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Mend();
        foreach (var end in _ends.Keys) end.Close();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true) _ = RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
    }

    private async Task RelayAsync(TcpClient client)
    {
        var server = new TcpClient();
        _ends.TryAdd(client, true);
        _ends.TryAdd(server, true);
        try
        {
            client.NoDelay = server.NoDelay = true;
            if (_silence is { } silence) await silence.Task;
            await server.ConnectAsync(_target, _stop.Token);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client)).Unwrap();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // Either end has gone: so does the other.
        }
        finally
        {
            foreach (var end in (TcpClient[])[client, server])
            {
                _ends.TryRemove(end, out _);
                end.Close();
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[1 << 16];
        int n;
        while ((n = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
        {
            if (_silence is { } silence) await silence.Task;
            await to.GetStream().WriteAsync(buffer.AsMemory(0, n), _stop.Token);
        }
    }
}
