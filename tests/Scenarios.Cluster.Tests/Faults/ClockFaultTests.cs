using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// The wall clock of one silo jumps, as libfaketime makes it; what counts is the database's (reliability.md K1, W6).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class ClockFaultTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static string? Library =>
        Directory.Exists("/usr/lib")
            ? Directory
                .EnumerateDirectories("/usr/lib", "*-linux-gnu")
                .Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1"))
                .FirstOrDefault(File.Exists)
            : null;

    [Fact]
    public async Task Waits_are_neither_early_nor_lost_when_a_silo_is_an_hour_ahead_or_ten_minutes_behind()
    {
        Assert.SkipWhen(Library is null, "libfaketime is not installed");
        using var folder = new TempDirectory();
        string ClockOf(ServerProcess node) => Path.Combine(folder.Path, node.Name);
        await using var drill = await Drill.BeginAsync(
            await postgres.CloneAsync(),
            nodes: 2,
            firstWaitSeconds: 2,
            secondWaitSeconds: 1,
            webhook: false,
            (node, _) =>
            {
                File.WriteAllText(ClockOf(node), "+0");
                foreach (
                    var (name, value) in (ReadOnlySpan<(string, string)>)
                        [
                            ("LD_PRELOAD", Library!),
                            ("FAKETIME_TIMESTAMP_FILE", ClockOf(node)),
                            ("FAKETIME_CACHE_DURATION", "1"),
                            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                        ]
                )
                    node.Environment[name] = value;
            }
        );
        drill.Load(callers: 6);
        await drill.AckedAsync(100);
        // The clock that jumps is the owner's. A jump may make the others take it for dead, and then its slices live elsewhere.
        var (owner, slices) = await drill.BusiestAsync();
        Assert.True(slices > 0, "nobody owns anything");
        foreach (var jump in (string[])["+3600", "-600", "+86400", "+0"])
            await drill.FaultAsync($"clock {jump}", async () =>
            {
                await File.WriteAllTextAsync(ClockOf(owner), jump, Cancel);
                await drill.AckedAsync(drill.Ledger.Acked + 150);
                await drill.HealAsync();
            });
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 500, minUnknown: 0);
        Drill.Say(
            $"the silo with the jumping clock owned {slices} of 8 slices; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, 15);
    }
}
