using System.Collections.Concurrent;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// Management at work beside the load (L8): scenarios of its own are activated, frozen, ended, cleared and edited at random
/// while profiles enter them. Each call has a key and is repeated until it is definite.
/// </summary>
internal sealed class Storm(Drill drill, int seed)
{
    private const int Scenarios = 3;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly List<int> _numbers = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private int _calls;

    public int Calls => _calls;

    public async Task BeginAsync()
    {
        using var api = Drill.ApiOf(drill.Called[0]);
        for (var i = 0; i < Scenarios; i++)
            _numbers.Add(
                await api.ActiveAsync(
                    Definition(2),
                    new { reentryMode = i == 0 ? "afterExit" : "parallel", freezeOnDeactivate = true }
                )
            );
    }

    public async Task RunAsync(CancellationToken over)
    {
        var dice = new Random(seed);
        while (!over.IsCancellationRequested)
        {
            var path = $"/api/v1/scenarios/{_numbers[dice.Next(Scenarios)]}";
            await (
                dice.Next(12) switch
                {
                    0 => DoAsync(HttpMethod.Post, path + ":activate", "{}"),
                    1 => DoAsync(HttpMethod.Post, path + ":deactivate", new { mode = "freeze" }),
                    2 => DoAsync(HttpMethod.Post, path + ":deactivate", new { mode = dice.Next(2) == 0 ? "end" : "finish" }),
                    3 => DoAsync(HttpMethod.Post, path + ":clear", null),
                    4 => EditAsync(path, Definition(1 + dice.Next(5))),
                    5 or 6 => DoAsync(HttpMethod.Post, path + ":activate", "{}"),
                    _ => DoAsync(
                        HttpMethod.Post,
                        path + "/captures",
                        new { profileId = $"s{dice.Next(200)}", profile = new { } }
                    ),
                }
            );
            await Task.Delay(Pace, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>When all stands still: everything that entered has ended, once, and the numbers agree.</summary>
    public async Task JudgeAsync()
    {
        Assert.Empty(_failures);
        using var api = Drill.ApiOf(drill.Called.First(n => !n.HasExited));
        foreach (var number in _numbers)
        {
            await Drill.PatientlyAsync(() => api.ActivateAsync(number));
            await Support.Api.UntilAsync(
                () => Drill.PatientlyAsync(() => api.LiveAsync(number)),
                live => live.Inside == 0,
                drill.StuckLimit
            );
            await Invariants.HoldAsync(api, number, isEdited: true);
        }
    }

    private async Task EditAsync(string path, object definition)
    {
        using var api = Drill.ApiOf(drill.Called[0]);
        var revision = (await Drill.PatientlyAsync(() => api.GetAsync(path))).GetProperty("revision").GetInt32();
        await DoAsync(HttpMethod.Put, path, new { definition }, ifMatch: $"\"{revision}\"");
    }

    private async Task DoAsync(HttpMethod method, string path, object? body, string? ifMatch = null)
    {
        var key = $"storm{Interlocked.Increment(ref _calls)}";
        for (var attempt = 0; attempt < 200; attempt++)
            try
            {
                using var api = Drill.ApiOf(drill.Called[attempt % drill.Called.Count]);
                var reply = await api.SendAsync(method, path, body ?? "{}", key, ifMatch);
                if (reply.Status == 500)
                    _failures.Enqueue($"{method} {path}: {reply.Text}");
                if (reply.Status is < 500 and not 409 and not 429)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                await Task.Delay(Pace);
            }
    }

    private static object Definition(int seconds) =>
        Graph.Of(
            "start > w1 > w2 > e1",
            ("w1", "wait", new { duration = new { seconds } }),
            ("w2", "wait", new { duration = new { seconds = 1 } }),
            ("e1", "end", new { })
        );
}
