using System.Diagnostics;
using System.Globalization;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>
/// <c>./test soak [minutes] [seed] Kill</c>: three silos, two API nodes, mixed load, a management storm, and a strike each 5 to
/// 15 s (reliability.md P3).
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class KillSoakTests
{
    private const int Silos = 3,
        Apis = 2,
        CallersAtOnce = 16,
        AckedEachMinute = 1000;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_or_doubled_while_silos_and_databases_die_again_and_again()
    {
        var minutes = double.TryParse(
            Environment.GetEnvironmentVariable("SOAK_MINUTES"),
            CultureInfo.InvariantCulture,
            out var asked
        )
            ? asked
            : 10;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SOAK_SEED"), out var given)
            ? given
            : DateTime.UtcNow.DayOfYear * 10_000 + DateTime.UtcNow.Year;
        var nemesis = new Nemesis(seed, TimeSpan.FromMinutes(minutes), Silos);
        Drill.Say($"seed {seed}, {minutes:0.#} min; {string.Join(", ", nemesis.Plan.Take(6))} …");
        using var data = new TempDirectory();
        await using var database = await data.StartPostgresAsync();
        await using var drill = await Drill.BeginAsync(
            database.ConnectionString,
            Silos + Apis,
            firstWaitSeconds: 3,
            secondWaitSeconds: 2,
            equip: (node, i) => node.Arguments.AddRange(["--roles", i < Silos ? "silo" : "api"]),
            called: i => i >= Silos
        );
        var storm = new Storm(drill, seed);
        await storm.BeginAsync();
        var begun = Stopwatch.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        over.CancelAfter(TimeSpan.FromMinutes(minutes));
        drill.Load(CallersAtOnce);
        await Task.WhenAll(nemesis.RunAsync(drill, database, over.Token, Cancel), storm.RunAsync(over.Token));
        var took = Stopwatch.GetElapsedTime(begun);
        await drill.SettleAsync();
        var verdict = await drill.JudgeAsync(minAcked: (int)(AckedEachMinute * minutes), minUnknown: nemesis.SilosKilled);
        await storm.JudgeAsync();
        Assert.True(drill.Faults.Count >= minutes, $"only {drill.Faults.Count} faults in {minutes} minutes");
        Drill.Say(
            $"| {DateTime.UtcNow:yyyy-MM-dd} | {seed} | {took.TotalMinutes:0.0} | {drill.Ledger.Acked} | "
                + $"{drill.Ledger.Unknown} | {verdict.Wakes} | {verdict.Effects} | "
                + $"{nemesis.SilosKilled} | {nemesis.DatabaseCrashes} | {storm.Calls} | 0 | "
                + $"{verdict.MaxLateness.TotalSeconds:0.0} |"
        );
    }
}
