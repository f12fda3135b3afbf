using System.Diagnostics;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>A real node: the server as its own process, to be stopped, killed and started again.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90); // the machine may be busy with other tests
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Queue<string> _output = new();

    private NodeProcess(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    /// <summary>Starts a node and returns at once.</summary>
    public static NodeProcess Begin(string dataDirectory, params string[] arguments)
    {
        var address = $"http://127.0.0.1:{LoopbackPort.Find()}";
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Scenarios.Server.dll"),
                "--urls",
                address,
                "--data",
                dataDirectory,
                .. arguments,
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = dataDirectory,
        };
        return new NodeProcess(Process.Start(start)!, new Uri(address));
    }

    /// <summary>Starts a node and returns when it is ready.</summary>
    public static async Task<NodeProcess> StartAsync(string dataDirectory, params string[] arguments)
    {
        var node = Begin(dataDirectory, arguments);
        await node.ReadyAsync();
        return node;
    }

    public async Task ReadyAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(begun) > StartPatience)
                Assert.Fail($"The node is not ready. It said:\n{Said()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>SIGKILL: no farewell, no flush.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as an operator or a container says it; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(StopPatience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The node does not stop. It said:\n{Said()}");
        }
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_output)
        {
            _output.Enqueue(line);
            if (_output.Count > 200)
                _output.Dequeue();
        }
    }

    private string Said()
    {
        lock (_output)
            return string.Join('\n', _output);
    }
}
