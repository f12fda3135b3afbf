using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Scenarios.Storage.Embedded;

namespace Scenarios.Bench.Designs;

/// <summary>It could not be measured; the message says why.</summary>
internal sealed class BenchFailedException(string message) : Exception(message);

/// <summary>A server as its own process, so that its CPU and memory are its own.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private const int LinesKept = 40,
        SigTerm = 15;
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2),
        StopPatience = TimeSpan.FromSeconds(70);

    private readonly Process _process;
    private readonly Queue<string> _output = [];

    private ChildServer(Process process, IPEndPoint address)
    {
        (_process, Address) = (process, address);
        Http = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public IPEndPoint Address { get; }
    public int Pid => _process.Id;

    /// <summary>For everything but the load.</summary>
    public HttpClient Http { get; }

    /// <summary>Resident memory, bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Of what it printed.</summary>
    public string LastLines
    {
        get
        {
            lock (_output)
                return "Its last lines:\n" + string.Join('\n', _output);
        }
    }

    /// <summary>Starts <paramref name="program"/>.dll beside the bench and waits until it is ready.</summary>
    /// <param name="arguments">Given the URL that it shall listen on.</param>
    public static async Task<ChildServer> StartAsync(
        string program,
        Func<string, string[]> arguments,
        Dictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var address = new IPEndPoint(IPAddress.Loopback, LoopbackPort.Find());
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(
            dotnet,
            [Path.Combine(AppContext.BaseDirectory, program + ".dll"), .. arguments($"http://{address}")]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // As ./run and the image start it; the naive design gets the same
        start.Environment.TryAdd("DOTNET_GCgen0size", "0x8000000");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var server = new ChildServer(Process.Start(start)!, address);
        try
        {
            server.ReadOutput();
            await server.WaitUntilReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as an operator would; one that does not go is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited && Kill(_process.Id, SigTerm) == 0)
        {
            using var patience = new CancellationTokenSource(StopPatience);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
                _process.Kill();
        }
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        for (
            var begun = Stopwatch.GetTimestamp();
            Stopwatch.GetElapsedTime(begun) < StartPatience;
            await Task.Delay(100, cancellationToken)
        )
        {
            if (_process.HasExited)
                break;
            try
            {
                if ((await Http.GetAsync("/health/ready", cancellationToken)).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                continue; // it does not listen yet
            }
        }
        throw new BenchFailedException($"The server did not become ready.\n{LastLines}");
    }

    private void ReadOutput()
    {
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        void Keep(object _, DataReceivedEventArgs line)
        {
            if (line.Data is null || line.Data.StartsWith("   at ", StringComparison.Ordinal))
                return;
            lock (_output)
            {
                _output.Enqueue(line.Data);
                if (_output.Count > LinesKept)
                    _output.Dequeue();
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
