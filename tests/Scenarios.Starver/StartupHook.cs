using System.Globalization;
using System.Runtime;

/// <summary>
/// The runtime calls it in a server before the server's own first line (<c>DOTNET_STARTUP_HOOKS</c>), so the product needs no
/// switch for being hindered. It waits for a file: <c>pool 10</c> holds every thread of the pool for ten seconds, <c>collect
/// 5</c> makes the collector stop all threads for at least five. What came of it is told in a file beside.
/// </summary>
internal static class StartupHook
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    internal static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("SCENARIOS_HINDRANCE") is not { } file)
            return;
        new Thread(() => Wait(file)) { IsBackground = true, Name = "hindrance" }.Start();
    }

    private static void Wait(string file)
    {
        for (; ; Thread.Sleep(LookEvery))
        {
            if (!File.Exists(file))
                continue;
            var asked = File.ReadAllText(file).Split(' ');
            File.Delete(file);
            var time = TimeSpan.FromSeconds(double.Parse(asked[1], CultureInfo.InvariantCulture));
            File.WriteAllText(file + ".part", asked[0] == "pool" ? Starve(time) : Collect(time));
            File.Move(file + ".part", file + ".done");
        }
    }

    /// <summary>The pool makes a thread or two more each second; each goes the way of the others.</summary>
    private static string Starve(TimeSpan time)
    {
        const int Blockers = 2000;
        using var over = new ManualResetEventSlim();
        var (begun, waited, held) = (System.Diagnostics.Stopwatch.GetTimestamp(), TimeSpan.Zero, 0);
        using var ran = new CountdownEvent(Blockers + 1);
        for (var i = 0; i < Blockers; i++)
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    if (!over.IsSet)
                        Interlocked.Increment(ref held);
                    over.Wait();
                    ran.Signal();
                },
                null
            );
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                waited = System.Diagnostics.Stopwatch.GetElapsedTime(begun);
                ran.Signal();
            },
            null
        );
        Thread.Sleep(time);
        over.Set();
        ran.Wait();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{held} threads of the pool held, work waited for {waited.TotalSeconds:0.0} s"
        );
    }

    /// <summary>Longer chains, until a collection takes so long: its time grows with the square of their length.</summary>
    private static string Collect(TimeSpan time)
    {
        for (var links = 2000; ; )
        {
            var took = PauseOf(links);
            if (took >= time)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"a collection stopped all threads for {took.TotalSeconds:0.0} s"
                );
            links = (int)(links * Math.Clamp(Math.Sqrt(1.1 * (time / took)), 1.05, 3));
        }
    }

    /// <summary>
    /// Each object lives as long as the one before, by handles that lie in no order: the collector goes through all of them for
    /// nearly every few that it finds alive. (A pause by sheer size would take gigabytes.)
    /// </summary>
    private static TimeSpan PauseOf(int links)
    {
        var (first, handles) = Chain(links);
        var before = GC.GetTotalPauseDuration();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        var took = GC.GetTotalPauseDuration() - before;
        foreach (var handle in handles)
            handle.Dispose();
        GC.KeepAlive(first);
        return took;
    }

    private static (object First, DependentHandle[] Handles) Chain(int links)
    {
        var objects = new object[links + 1];
        for (var i = 0; i <= links; i++)
            objects[i] = new object();
        var order = new int[links];
        for (var i = 0; i < links; i++)
            order[i] = i;
        new Random(1).Shuffle(order);
        var handles = new DependentHandle[links];
        foreach (var i in order)
            handles[i] = new DependentHandle(objects[i], objects[i + 1]);
        return (objects[0], handles);
    }
}
