using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// A stretch of network on loopback that can be cut, or made slow. Silent, it delivers nothing and refuses nothing: whoever talks
/// hears nothing back and is not told why, as on a broken switch; what was said meanwhile arrives when it is mended.
/// </summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<TcpClient, bool> _ends = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource? _silence;

    /// <param name="at">Where it listens; on loopback without it.</param>
    public Relay(int targetPort, IPAddress? at = null)
    {
        _listener = new TcpListener(at ?? IPAddress.Loopback, 0);
        _target = new IPEndPoint(IPAddress.Loopback, targetPort);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>That each piece takes on its way, in either direction.</summary>
    public Func<TimeSpan> Delay { get; set; } = () => TimeSpan.Zero;

    /// <summary>Bytes a second in either direction; null, as many as there are.</summary>
    public int? Rate { get; set; }

    /// <summary>Whether this piece of an answer ends in the middle, and the line with it.</summary>
    public Func<bool> CutsAnswer { get; set; } = () => false;

    /// <summary>Nobody listens at the far end, and whoever talks is reset.</summary>
    public bool Refuses { get; private set; }

    public void Silence() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Refuse()
    {
        Refuses = true;
        foreach (var end in _ends.Keys)
            Reset(end);
    }

    /// <summary>As good as new.</summary>
    public void Mend()
    {
        (Refuses, Rate, Delay, CutsAnswer) = (false, null, () => TimeSpan.Zero, () => false);
        var silence = _silence;
        _silence = null;
        silence?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Mend();
        foreach (var end in _ends.Keys)
            end.Close();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
    }

    private async Task RelayAsync(TcpClient client)
    {
        var server = new TcpClient();
        _ends.TryAdd(client, true);
        _ends.TryAdd(server, true);
        try
        {
            client.NoDelay = server.NoDelay = true;
            if (Refuses)
                Reset(client);
            if (_silence is { } silence)
                await silence.Task;
            await server.ConnectAsync(_target, _stop.Token);
            await Task.WhenAny(PumpAsync(client, server, isAnswer: false), PumpAsync(server, client, isAnswer: true)).Unwrap();
        }
        catch (Exception e)
            when (e
                    is IOException
                        or SocketException
                        or ObjectDisposedException
                        or OperationCanceledException
                        or InvalidOperationException
            )
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

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isAnswer)
    {
        const int PiecesPerSecond = 20;
        var buffer = new byte[1 << 16];
        int n;
        while ((n = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
        {
            if (_silence is { } silence)
                await silence.Task;
            if (Delay() is var delay && delay > TimeSpan.Zero)
                await Task.Delay(delay, _stop.Token);
            if (isAnswer && CutsAnswer())
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, n / 2), _stop.Token);
                return;
            }
            for (int sent = 0, piece; sent < n; sent += piece)
            {
                piece = Math.Min(n - sent, Rate is { } rate ? Math.Max(1, rate / PiecesPerSecond) : n);
                await to.GetStream().WriteAsync(buffer.AsMemory(sent, piece), _stop.Token);
                if (Rate is not null)
                    await Task.Delay(TimeSpan.FromSeconds(1.0 / PiecesPerSecond), _stop.Token);
            }
        }
    }

    /// <summary>Closed with a reset instead of a farewell.</summary>
    private static void Reset(TcpClient end)
    {
        if (end.Client is null)
            return; // it went by itself
        try
        {
            end.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or NullReferenceException)
        {
            // Just now.
        }
        end.Close();
    }
}
