using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// One node as its users run it: the built server in a process and a folder of its own, ended by its process id and by
/// nothing wider. It comes back on the ports it had, as a restarted node does. What it says is kept in its folder.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(75),
        LookEvery = TimeSpan.FromMilliseconds(50);

    private static readonly HttpClient Http = new(
        new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(1) }
    )
    {
        Timeout = TimeSpan.FromSeconds(4),
    };

    private readonly int _port = LoopbackPort.Find(),
        _silo = LoopbackPort.Find(),
        _gateway = LoopbackPort.Find();
    private readonly string _connectionString,
        _token;
    private readonly StreamWriter _log;
    private Process? _process;

    public ServerProcess(string name, string folder, string connectionString, string token)
    {
        (Name, Folder, _connectionString, _token) = (name, Path.Combine(folder, name), connectionString, token);
        Directory.CreateDirectory(Folder);
        _log = new StreamWriter(LogFile) { AutoFlush = true };
    }

    /// <summary>The dotnet that runs us, not whichever the path finds.</summary>
    public static string Dotnet =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    public string Name { get; }
    public string Folder { get; }

    /// <summary>Where the server lies that it runs: ours, or another version's.</summary>
    public string Build { get; set; } = AppContext.BaseDirectory;

    /// <summary>What it is started with besides: roles, a line of its own to the database, a clock of its own.</summary>
    public List<string> Arguments { get; } = [];
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>By which the cluster knows it, if something lies between.</summary>
    public int? AdvertisedSiloPort { get; set; }

    /// <summary>Where its callers call it, if something lies between.</summary>
    public int? CalledPort { get; set; }
    public Uri CalledAddress => CalledPort is { } port ? new Uri($"http://127.0.0.1:{port}") : Address;
    public string LogFile => Path.Combine(Folder, "output.log");
    public int SiloPort => AdvertisedSiloPort ?? _silo;
    public int ListeningSiloPort => _silo;
    public Uri Address => new($"http://127.0.0.1:{_port}");
    public int Id => _process!.Id;
    public bool HasExited => _process is null or { HasExited: true };
    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;

    /// <summary>Starts it, again if it ran before; <see cref="ReadyAsync"/> tells when it takes work.</summary>
    public void Start()
    {
        if (!HasExited)
            throw new InvalidOperationException($"{Name} runs.");
        _process?.Dispose();
        var start = new ProcessStartInfo(Dotnet)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] arguments =
        [
            Path.Combine(Build, "Scenarios.Server.dll"),
            "--urls",
            Address.GetLeftPart(UriPartial.Authority),
            "--data",
            Folder,
            "--silo-port",
            $"{_silo}",
            "--gateway-port",
            $"{_gateway}",
            .. Arguments,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["ConnectionStrings__Scenarios"] = _connectionString;
        start.Environment["SCENARIOS_BOOTSTRAP_TOKEN"] = _token;
        start.Environment["Effects__AllowedNetworks"] = "127.0.0.0/8";
        start.Environment["DOTNET_gcServer"] = "0"; // several nodes share a test machine
        start.Environment["DOTNET_TieredPGO"] = "0"; // and live for seconds: profiling their code costs more than it gains
        if (AdvertisedSiloPort is { } mapped)
            start.Environment["Cluster__AdvertisedSiloPort"] = $"{mapped}";
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        Keep($"---- started {DateTime.UtcNow:HH:mm:ss.fff}");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until it takes work.</summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; the message has its last
    /// words.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        if (!await ReadyOrEndedAsync(cancellationToken))
            throw new InvalidOperationException($"{Name} ended with {ExitCode} before it was ready. {LastWords()}");
    }

    /// <summary>Waits until it takes work; false when it ended instead.</summary>
    /// <exception cref="InvalidOperationException">Neither in time.</exception>
    public async Task<bool> ReadyOrEndedAsync(CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync(cancellationToken))
        {
            if (HasExited)
                return false;
            if (Stopwatch.GetElapsedTime(begun) > ReadyLimit)
                throw new InvalidOperationException($"{Name} was not ready for {ReadyLimit.TotalSeconds} s. {LastWords()}");
            await Task.Delay(LookEvery, cancellationToken);
        }
        return true;
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(Address, "/health/ready"), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e)
            when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary><c>kill -9</c>: it has no say in it.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Signal(9, 9, "killed");
        await _process!.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Stands still in the middle of whatever it does, its connections open.</summary>
    public void Pause() => Signal(19, 17, "paused");

    /// <summary>Goes on as if no time had passed.</summary>
    public void Continue() => Signal(18, 19, "goes on");

    /// <summary>Asked to stop; waits until it has.</summary>
    public async Task TerminateAsync(CancellationToken cancellationToken)
    {
        Signal(15, 15, "asked to stop");
        await _process!.WaitForExitAsync(cancellationToken).WaitAsync(DrainLimit, cancellationToken);
    }

    public async Task<bool> ExitsWithinAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _process!.WaitForExitAsync(cancellationToken).WaitAsync(limit, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public string LastWords(int lines = 30)
    {
        lock (_log)
        {
            using var file = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return $"{Name} said last:\n  "
                + string.Join("\n  ", file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
                Signal(9, 9, "killed, the test is over");
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        await _log.DisposeAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.WriteLine(line);
    }

    private void Signal(int linux, int mac, string what)
    {
        Keep($"---- {what} {DateTime.UtcNow:HH:mm:ss.fff}");
        if (Signals.Send(_process!.Id, OperatingSystem.IsMacOS() ? mac : linux) != 0)
            throw new InvalidOperationException($"{Name} cannot be {what}: it is gone.");
    }
}

internal static class Signals
{
    [DllImport("libc", EntryPoint = "kill")]
    public static extern int Send(int pid, int signal);
}
