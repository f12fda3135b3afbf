using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// What else befalls a silo (reliability.md S4, S5, S7, S8, S10): it stands still for a while, has no memory, or no processor.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class ServerSoakTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// Shorter than, about, and longer than what the others take for death; by a signal, and so that nobody in the process can
    /// know.
    /// </summary>
    [Theory(Explicit = true)]
    [
        InlineData(3, "signal"),
        InlineData(8, "signal"),
        InlineData(40, "signal"),
        InlineData(3, "freezer"),
        InlineData(8, "freezer"),
        InlineData(40, "freezer")
    ]
    public async Task A_silo_that_resumes_after_a_pause_writes_nothing_that_another_owns(int seconds, string by)
    {
        using var freezer = by == "freezer" ? ControlGroup.TryMake("freezer") : null;
        Assert.SkipWhen(by == "freezer" && freezer is null, "no control groups here");
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync());
        drill.Load(callers: 8);
        await drill.AckedAsync(300);
        var (owner, slices) = await drill.BusiestAsync();
        freezer?.Take(owner);
        var ended = 0;
        await drill.FaultAsync("still", async () =>
        {
            if (freezer is null)
                owner.Pause();
            else
                freezer.Set("freezer.state", "FROZEN");
            await Task.Delay(TimeSpan.FromSeconds(seconds), Cancel);
            if (freezer is null)
                owner.Continue();
            else
                freezer.Set("freezer.state", "THAWED");
            await drill.AckedAsync(drill.Ledger.Acked + 300);
            ended = await drill.HealAsync();
        });
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 600, minUnknown: 0);
        Drill.Say(
            $"the owner of {slices} slices stood still for {seconds} s, {ended} ended itself; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, seconds + 15);
    }

    [Fact(Explicit = true)]
    public async Task A_silo_without_memory_dies_alone()
    {
        using var memory = ControlGroup.TryMake("memory");
        Assert.SkipWhen(memory is null, "no control groups here");
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync());
        drill.Load(callers: 8);
        await drill.AckedAsync(300);
        var (owner, slices) = await drill.BusiestAsync();
        var code = 0;
        await drill.FaultAsync("no memory", async () =>
        {
            memory.Take(owner);
            memory.Set("memory.limit_in_bytes", "20M"); // it counts from now on
            Assert.True(await owner.ExitsWithinAsync(TimeSpan.FromSeconds(60), Cancel), "it lives on twenty megabytes");
            code = owner.ExitCode!.Value;
            await drill.HealAsync();
        });
        await drill.AckedAsync(drill.Ledger.Acked + 300);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 600, minUnknown: 0);
        Drill.Say(
            $"the owner of {slices} slices had no memory and ended with {code}; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, 60);
    }

    [Fact(Explicit = true)]
    public async Task A_silo_with_a_fifth_of_a_processor_is_slow_and_not_dead()
    {
        const int PeriodMicroseconds = 100_000;
        using var cpu = ControlGroup.TryMake("cpu");
        Assert.SkipWhen(cpu is null, "no control groups here");
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync());
        drill.Load(callers: 4);
        await drill.AckedAsync(300);
        var (owner, slices) = await drill.BusiestAsync();
        var ended = 0;
        await drill.FaultAsync("starved", async () =>
        {
            cpu.Set("cpu.cfs_period_us", $"{PeriodMicroseconds}");
            cpu.Set("cpu.cfs_quota_us", $"{PeriodMicroseconds / 5}");
            cpu.Take(owner);
            await Task.Delay(TimeSpan.FromSeconds(30), Cancel);
            cpu.Set("cpu.cfs_quota_us", "-1");
            ended = await drill.HealAsync();
        });
        await drill.AckedAsync(drill.Ledger.Acked + 300);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 600, minUnknown: 0);
        Drill.Say(
            $"the owner of {slices} slices had a fifth of a processor for 30 s; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.Equal(0, ended);
    }

    /// <summary>
    /// Its process lives and nothing in it goes on: no thread of the pool is free, or a collection stops them all (S10).
    /// </summary>
    [Theory(Explicit = true)]
    [InlineData("pool", 2), InlineData("pool", 10), InlineData("pool", 30), InlineData("collect", 5)]
    public async Task A_starved_or_collecting_silo_costs_time_and_a_short_pause_kills_no_silo(string what, int seconds)
    {
        await using var drill = await Drill.BeginAsync(await postgres.CloneAsync(), equip: (node, _) =>
            Hindrance.Prepare(node)
        );
        drill.Load(callers: 8);
        await drill.AckedAsync(300);
        var (owner, slices) = await drill.BusiestAsync();
        var (done, ended) = ("", 0);
        await drill.FaultAsync(what, async () =>
        {
            done = await Hindrance.DoAsync(owner, $"{what} {seconds}");
            await drill.AckedAsync(drill.Ledger.Acked + 300);
            ended = await drill.HealAsync();
        });
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: 600, minUnknown: 0);
        Drill.Say(
            $"the owner of {slices} slices, {what} {seconds} s: {done}; {ended} ended; "
                + $"the latest wake came {verdict.MaxLateness.TotalSeconds:0.0} s late"
        );
        Assert.InRange(verdict.MaxLateness.TotalSeconds, 0, seconds + 15);
        if (seconds <= 2)
            Assert.Equal(0, ended);
    }
}
