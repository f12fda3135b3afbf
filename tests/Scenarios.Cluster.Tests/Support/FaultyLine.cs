using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>The two ways in which a call fails: it never arrives, or it is done and its answer never comes.</summary>
public enum CallFault
{
    FailsBefore,
    LosesAnswer,
}

/// <summary>A fault that waits for its call.</summary>
public sealed class ArmedFault(int n, int times)
{
    private int _seen;

    /// <summary>How many calls have failed by it.</summary>
    public int Fired { get; private set; }

    public bool Strikes()
    {
        var call = Interlocked.Increment(ref _seen);
        if (call < n || call >= n + times)
            return false;
        Fired++;
        return true;
    }
}

/// <summary>
/// A line to PostgreSQL that breaks where a test wants it to: at the answer to a commit, after the commit has happened, or
/// behind a commit that the server still works on; or at the n-th of the calls that carry one of some texts. What is on a line
/// is recognised by a text in it: contents, which only commits carry, or SQL where nothing is prepared.
/// </summary>
public sealed class FaultyLine : IAsyncDisposable
{
    private static ReadOnlySpan<byte> Sync => [(byte)'S', 0, 0, 0, 4];
    private static ReadOnlySpan<byte> ReadyForQuery => [(byte)'Z', 0, 0, 0, 5];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Wire, bool> _wires = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private volatile Fault? _fault;
    private volatile Counted? _counted;
    private volatile bool _isDown;
    private TaskCompletionSource _refused = Signal();

    private sealed record Counted(byte[][] Texts, CallFault Kind, ArmedFault Armed);

    private sealed record Fault(byte[] Text, bool AwaitsAnswer, bool CutsAll, TaskCompletionSource Done);

    private sealed record Wire(TcpClient Client, TcpClient Server)
    {
        public Fault? Fault { get; set; }

        public void Cut()
        {
            Client.Close();
            // A farewell, not a reset: what was sent is still read.
            if (Server.Connected)
                Server.Client.Shutdown(SocketShutdown.Send);
        }
    }

    public FaultyLine(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        _server = new IPEndPoint(IPAddress.Parse(settings.Host!), settings.Port);
        _listener.Start();
        settings.Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = settings.ConnectionString;
        _accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>Somebody has tried to connect while the line was down.</summary>
    public Task Refused => _refused.Task;

    /// <summary>
    /// The commit with this text happens, its answer is lost, and all connections with it, until <see cref="Mend"/>. Done when
    /// it has come to that.
    /// </summary>
    public Task LoseAnswerToAsync(string text) => ArmAsync(text, awaitsAnswer: true, cutsAll: true);

    /// <summary>The commit with this text reaches the server, and its connection breaks at once; the others stay.</summary>
    public Task CutBehindAsync(string text) => ArmAsync(text, awaitsAnswer: false, cutsAll: false);

    /// <summary>
    /// Of the calls from now on that carry one of these texts, the n-th fails in this way, and as many as <paramref
    /// name="times"/> says in a row.
    /// </summary>
    public ArmedFault FailNth(int n, int times, CallFault kind, params string[] texts)
    {
        var armed = new ArmedFault(n, times);
        _counted = new Counted([.. texts.Select(Encoding.UTF8.GetBytes)], kind, armed);
        return armed;
    }

    public void Mend()
    {
        _isDown = false;
        _counted = null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        foreach (var wire in _wires.Keys)
            wire.Client.Close();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private Task ArmAsync(string text, bool awaitsAnswer, bool cutsAll)
    {
        _refused = Signal();
        _fault = new Fault(Encoding.UTF8.GetBytes(text), awaitsAnswer, cutsAll, Signal());
        return _fault.Done.Task;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            if (_isDown)
            {
                client.Close();
                _refused.TrySetResult();
                continue;
            }
            var wire = new Wire(client, new TcpClient { NoDelay = true });
            client.NoDelay = true;
            _wires.TryAdd(wire, true);
            _ = RelayAsync(wire);
        }
    }

    private async Task RelayAsync(Wire wire)
    {
        try
        {
            await wire.Server.ConnectAsync(_server, _stop.Token);
            await Task.WhenAll(ForthAsync(wire), BackAsync(wire));
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
            wire.Client.Close(); // either end has gone: so does the other
        }
        finally
        {
            _wires.TryRemove(wire, out _);
            wire.Server.Close();
        }
    }

    private async Task ForthAsync(Wire wire)
    {
        var buffer = new byte[1 << 16];
        int n;
        while ((n = await wire.Client.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
        {
            if (_fault is { } fault && buffer.AsSpan(0, n).IndexOf(fault.Text) >= 0)
            {
                wire.Fault = fault;
                _fault = null;
            }
            if (
                _counted is { } counted
                && counted.Texts.Any(text => buffer.AsSpan(0, n).IndexOf(text) >= 0)
                && counted.Armed.Strikes()
            )
            {
                if (counted.Kind == CallFault.FailsBefore)
                {
                    wire.Cut();
                    return;
                }
                wire.Fault = new Fault([], AwaitsAnswer: true, CutsAll: false, Signal());
            }
            await wire.Server.GetStream().WriteAsync(buffer.AsMemory(0, n), _stop.Token);
            if (wire.Fault is { AwaitsAnswer: false } && buffer.AsSpan(0, n).EndsWith(Sync))
                Break(wire);
        }
        wire.Server.Client.Shutdown(SocketShutdown.Send);
    }

    private async Task BackAsync(Wire wire)
    {
        var buffer = new byte[1 << 16];
        int n;
        while ((n = await wire.Server.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
        {
            if (wire.Fault is null)
                await wire.Client.GetStream().WriteAsync(buffer.AsMemory(0, n), _stop.Token);
            else if (
                wire.Fault.AwaitsAnswer
                && n > ReadyForQuery.Length
                && buffer.AsSpan(n - ReadyForQuery.Length - 1, ReadyForQuery.Length).SequenceEqual(ReadyForQuery)
            )
                Break(wire);
        }
        wire.Client.Close();
    }

    private void Break(Wire wire)
    {
        if (wire.Fault!.CutsAll)
        {
            _isDown = true;
            foreach (var other in _wires.Keys)
                other.Cut();
        }
        else
            wire.Cut();
        wire.Fault.Done.TrySetResult();
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
