using System.Diagnostics;
using System.Globalization;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>A fault, from its beginning to when everything was whole again.</summary>
internal sealed record FaultWindow(string What, DateTimeOffset From, DateTimeOffset Until);

/// <summary>
/// One fault test: nodes on a database, a receiver of webhooks, a scenario start > w1 > (h1 >) w2 > e1, callers with their
/// ledger. It is begun, hurt, healed, settled, and then judged by the <see cref="Checker"/>.
/// </summary>
internal sealed class Drill : IAsyncDisposable
{
    public const string Token = "operator-of-the-fault-tests";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("scenarios-faults-").FullName;
    private readonly List<ServerProcess> _nodes = [];
    private readonly List<FaultWindow> _faults = [];
    private readonly CancellationTokenSource _enough = new();
    private Task _calling = Task.CompletedTask;
    private bool _passed;

    private Drill(TimeSpan firstWait, TimeSpan secondWait) =>
        Waits = new Dictionary<string, TimeSpan> { ["w1"] = firstWait, ["w2"] = secondWait };

    public IReadOnlyList<ServerProcess> Nodes => _nodes;
    public IReadOnlyList<ServerProcess> Called { get; private set; } = [];
    public IReadOnlyList<FaultWindow> Faults => _faults;
    public IReadOnlyDictionary<string, TimeSpan> Waits { get; }

    /// <summary>Longer than any bound of the product: a run that has not moved by then is stuck.</summary>
    public TimeSpan StuckLimit { get; set; } = TimeSpan.FromSeconds(120);

    public ClientLedger Ledger { get; } = new();
    public Callers Callers { get; private set; } = null!;
    public Sink? Sink { get; private set; }
    public int Scenario { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// Starts the nodes together and makes the scenario; it is active, and parallel, so that a capture made twice is seen as
    /// two runs.
    /// </summary>
    /// <param name="nodes">Two, with short waits and an effect between them, is what most faults are tried on.</param>
    /// <param name="webhook">With an effect between the waits.</param>
    /// <param name="equip">Gives the n-th node what it is started with besides.</param>
    /// <param name="called">The nodes that are called; all, unless some serve no HTTP.</param>
    public static async Task<Drill> BeginAsync(
        string connectionString,
        int nodes = 2,
        int firstWaitSeconds = 2,
        int secondWaitSeconds = 1,
        bool webhook = true,
        Action<ServerProcess, int>? equip = null,
        Func<int, bool>? called = null
    )
    {
        var drill = new Drill(TimeSpan.FromSeconds(firstWaitSeconds), TimeSpan.FromSeconds(secondWaitSeconds));
        try
        {
            for (var i = 1; i <= nodes; i++)
                drill._nodes.Add(new ServerProcess($"node{i}", drill._folder, connectionString, Token));
            for (var i = 0; i < nodes; i++)
                equip?.Invoke(drill._nodes[i], i);
            foreach (var node in drill.Nodes)
                node.Start();
            if (webhook)
                drill.Sink = await Sink.StartAsync();
            foreach (var node in drill.Nodes)
                await node.ReadyAsync(Cancel);
            drill.Called = [.. drill.Nodes.Where((_, i) => called?.Invoke(i) ?? true)];
            using var api = ApiOf(drill.Called[0]);
            drill.Scenario = await api.ActiveAsync(drill.Definition(), new { reentryMode = "parallel" });
            drill.Callers = new Callers(drill.Called, Token, drill.Scenario, drill.Ledger);
            return drill;
        }
        catch
        {
            await drill.DisposeAsync();
            throw;
        }
    }

    /// <summary>Callers side by side, until <see cref="SettleAsync"/>.</summary>
    public void Load(int callers) => _calling = Callers.RunAsync(callers, _enough.Token);

    /// <summary>When so many captures are acknowledged; at once with why, should the callers give up before.</summary>
    public async Task AckedAsync(int captures)
    {
        var reached = Ledger.ReachesAsync(captures);
        if (await Task.WhenAny(reached, _calling) == _calling && !reached.IsCompleted)
            await _calling;
        await reached.WaitAsync(StuckLimit, Cancel);
    }

    /// <summary>The fault, and what heals it, noted with their instants.</summary>
    public async Task FaultAsync(string what, Func<Task> hurtAndHeal)
    {
        var from = DateTimeOffset.UtcNow;
        await hurtAndHeal();
        lock (_faults)
            _faults.Add(new FaultWindow(what, from, DateTimeOffset.UtcNow));
    }

    /// <summary>Starts again whoever ended itself over a fault, as a supervisor does, and waits until all take work.</summary>
    /// <returns>How many had ended.</returns>
    public async Task<int> HealAsync()
    {
        for (var ended = 0; ; )
        {
            foreach (var node in Nodes.Where(n => n.HasExited))
            {
                node.Start();
                ended++;
            }
            // Who was taken for dead may find out, and end itself, only now.
            var ready = await Task.WhenAll(Nodes.Select(n => n.ReadyOrEndedAsync(Cancel)));
            if (ready.All(r => r))
                return ended;
        }
    }

    /// <summary>The node whose silo commits for the most slices, and how many: a fault elsewhere would show little.</summary>
    public async Task<(ServerProcess Node, int Slices)> BusiestAsync()
    {
        var owned = await Task.WhenAll(Nodes.Select(async node => (Node: node, Slices: await SlicesOfAsync(node, from: node))));
        return owned.MaxBy(o => o.Slices);
    }

    /// <param name="from">Whom to ask.</param>
    public static async Task<int> SlicesOfAsync(ServerProcess owner, ServerProcess from)
    {
        using var api = ApiOf(from);
        var cluster = await PatientlyAsync(() => api.GetAsync("/api/v1/cluster"));
        return cluster
            .GetProperty("partitions")
            .EnumerateArray()
            .Count(p => p.GetProperty("owner").GetString()?.Contains($":{owner.SiloPort}:", StringComparison.Ordinal) == true);
    }

    /// <summary>Until each call under way has its answer.</summary>
    public async Task StopLoadAsync()
    {
        await _enough.CancelAsync();
        await _calling;
    }

    /// <summary>Stops the load, and waits until nobody is inside any more: each wait is short, so who stays is stuck.</summary>
    public async Task SettleAsync()
    {
        await StopLoadAsync();
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            // One that was taken for dead may find out, and end itself, only now.
            var live = await PatientlyAsync(() => AskAsync(api => api.LiveAsync(Scenario)));
            // N1: each answer adds up by itself, in the middle of whatever happens.
            Assert.Equal(live.Inside, live.Elements.Values.Sum());
            if (live.Inside == 0)
                return;
            if (Stopwatch.GetElapsedTime(begun) > StuckLimit)
                throw new InvalidOperationException(await AskAsync(api => StuckAsync(api, live)));
            await Task.Delay(LookEvery, Cancel);
        }
    }

    private async Task<T> AskAsync<T>(Func<Support.Api, Task<T>> ask)
    {
        using var api = ApiOf(Called.First(n => !n.HasExited));
        return await ask(api);
    }

    /// <summary>Judges, prints what was measured, and keeps the evidence of a failure.</summary>
    /// <param name="minAcked">A run with fewer has shown nothing; so has a killing fault without a call in the dark.</param>
    public async Task<Verdict> JudgeAsync(int minAcked, int minUnknown)
    {
        using var api = ApiOf(Called.First(n => !n.HasExited));
        var verdict = await new Checker(this, api).RunAsync(minAcked, minUnknown);
        Say(verdict.Summary);
        if (verdict.Violations.Count > 0)
            throw new InvalidOperationException(Evidence(string.Join("\n", verdict.Violations)));
        _passed = true;
        return verdict;
    }

    public static Support.Api ApiOf(ServerProcess node) => new(node.Address, Token);

    public static void Say(string measured)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(measured);
        Console.WriteLine($"{TestContext.Current.Test?.TestDisplayName}: {measured}");
    }

    /// <summary>A reader, too, calls again while the cluster finds itself.</summary>
    public static async Task<T> PatientlyAsync<T>(Func<Task<T>> read)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
            try
            {
                return await read();
            }
            catch (Exception e)
                when (e is HttpRequestException or InvalidOperationException
                    && Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30)
                )
            {
                await Task.Delay(LookEvery, Cancel);
            }
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        if (Sink is not null)
            await Sink.DisposeAsync();
        Callers?.Dispose();
        _enough.Dispose();
        if (_passed)
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What one needs to find out why, with the client's whole ledger and the nodes' output in files.</summary>
    private string Evidence(string what)
    {
        File.WriteAllText(Path.Combine(_folder, "ledger.txt"), Ledger.Written());
        var faults = Faults.Select(f =>
            string.Create(CultureInfo.InvariantCulture, $"{f.What} {f.From:HH:mm:ss.fff} to {f.Until:HH:mm:ss.fff}")
        );
        var told = $"{what}\n\nfaults: {string.Join("; ", faults)}\nledger and output: {_folder}";
        return string.Join("\n\n", _nodes.Select(n => n.LastWords()).Prepend(told));
    }

    private async Task<string> StuckAsync(Support.Api api, Live live)
    {
        var open = (await api.RunsAsync(Scenario)).Where(r => r.IsOpen).ToList();
        var trails = new List<string>();
        foreach (var run in open.Take(5))
            trails.Add((await api.RunAsync(Scenario, run.RunId)).Body.ToString());
        var cluster = await api.GetAsync("/api/v1/cluster");
        return Evidence($"W3, R4: {live.Inside} runs are stuck, as\n{string.Join("\n", trails)}\ncluster: {cluster}");
    }

    private object Definition()
    {
        var elements = new List<(string, string, object)>
        {
            ("w1", "wait", Graph.For(Waits["w1"])),
            ("w2", "wait", Graph.For(Waits["w2"])),
            ("e1", "end", new { }),
        };
        if (Sink is null)
            return Graph.Of("start > w1 > w2 > e1", [.. elements]);
        elements.Add(
            (
                "h1",
                "webhook",
                new
                {
                    method = "POST",
                    url = Sink.Address.ToString(),
                    body = """{"run": "{{ run.id }}", "seq": {{ content.seq }}}""",
                    timeout = 10,
                    retries = 10,
                }
            )
        );
        return Graph.Of("start > w1 > h1; h1:success > w2 > e1", [.. elements]);
    }
}
