using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

internal enum Blow { KillDatabase, StopDatabase, KillSilo }

/// <param name="After">From when everything was whole again.</param>
/// <param name="Victim">Of the silos.</param>
/// <param name="Down">How long a silo stays away.</param>
internal sealed record Strike(TimeSpan After, Blow Blow, int Victim, TimeSpan Down);

/// <summary>What will be done to a cluster, written down before it begins: the same seed does the same again (reliability.md P3).</summary>
internal sealed class Nemesis(int seed, TimeSpan span, int silos)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromSeconds(40), LongestDown = TimeSpan.FromSeconds(8);

    public int Seed => seed;

    /// <summary>More than can happen: healing takes time, too.</summary>
    public IReadOnlyList<Strike> Plan { get; } = Write(new Random(seed), span, silos);

    /// <summary>Blow after blow, each healed before the next, until the time is over.</summary>
    public async Task RunAsync(Drill drill, EmbeddedPostgres database, CancellationToken over, CancellationToken cancel)
    {
        foreach (var strike in Plan)
        {
            if (over.IsCancellationRequested) return;
            await Task.Delay(strike.After, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested) return;
            var victim = drill.Nodes[strike.Victim];
            await drill.FaultAsync(strike.Blow.ToString(), async () =>
            {
                switch (strike.Blow)
                {
                    case Blow.KillDatabase: await PostgresCrash.KillAsync(database.ConnectionString, cancel); break;
                    case Blow.StopDatabase: await PostgresCrash.StopAtOnceAsync(database.ConnectionString, cancel); break;
                    case Blow.KillSilo:
                        if (!victim.HasExited) await victim.KillAsync(cancel);
                        await Task.Delay(strike.Down, cancel);
                        break;
                }
                await PostgresCrash.AnswersAsync(database.ConnectionString, cancel);
                // Whoever ended itself over it is started again, as a supervisor does.
                foreach (var node in drill.Nodes.Where(n => n.HasExited)) node.Start();
                foreach (var node in drill.Nodes) await node.ReadyAsync(cancel);
                await drill.AckedAsync(drill.Ledger.Acked + 20);
            });
        }
    }

    private static List<Strike> Write(Random dice, TimeSpan span, int silos)
    {
        var (plan, at) = (new List<Strike>(), TimeSpan.Zero);
        while (at < span)
        {
            // Of each four two meet a silo and two the database, in an order of their own.
            Blow[] blows = [Blow.KillDatabase, Blow.KillSilo, Blow.StopDatabase, Blow.KillSilo];
            dice.Shuffle(blows);
            foreach (var blow in blows)
            {
                var after = Shortest + (Longest - Shortest) * dice.NextDouble();
                plan.Add(new Strike(after, blow, dice.Next(silos), LongestDown * dice.NextDouble()));
                at += after;
            }
        }
        return plan;
    }
}
