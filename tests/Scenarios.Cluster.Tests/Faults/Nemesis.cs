using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Faults;

internal enum Crash
{
    None,
    Kill,
    StopAtOnce,
}

/// <param name="After">From when everything was whole again.</param>
/// <param name="Silos">That are killed, one after the other; none, one, or two of three.</param>
/// <param name="Crash">Of the database, after the silos.</param>
/// <param name="Apart">Between one blow and the next.</param>
/// <param name="Down">How long the silos stay away.</param>
internal sealed record Strike(TimeSpan After, IReadOnlyList<int> Silos, Crash Crash, TimeSpan Apart, TimeSpan Down)
{
    public override string ToString() =>
        $"{After.TotalSeconds:0} s {string.Join(" and ", Silos.Select(s => $"silo {s + 1}").Concat(Crashed))}";

    private string[] Crashed => Crash == Crash.None ? [] : [$"database ({Crash})"];
}

/// <summary>
/// What will be done to a cluster, written down before it begins: the same seed does the same again (reliability.md P3).
/// </summary>
internal sealed class Nemesis(int seed, TimeSpan span, int silos)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5),
        Longest = TimeSpan.FromSeconds(15),
        LongestApart = TimeSpan.FromSeconds(2),
        LongestDown = TimeSpan.FromSeconds(8);

    /// <summary>
    /// In each six strikes all of these, in an order of their own: a silo, two of three, the database, and a silo with the
    /// database.
    /// </summary>
    private static readonly (int Silos, Crash Crash)[] Kinds =
    [
        (0, Crash.Kill),
        (0, Crash.StopAtOnce),
        (1, Crash.None),
        (2, Crash.None),
        (1, Crash.Kill),
        (1, Crash.StopAtOnce),
    ];

    /// <summary>More than can happen: healing takes time, too.</summary>
    public IReadOnlyList<Strike> Plan { get; } = Write(new Random(seed), span, silos);

    public int SilosKilled { get; private set; }
    public int DatabaseCrashes { get; private set; }

    /// <summary>Strike after strike, each healed before the next, until the time is over.</summary>
    public async Task RunAsync(
        Drill drill,
        EmbeddedPostgres database,
        CancellationToken over,
        CancellationToken cancellationToken
    )
    {
        foreach (var strike in Plan)
        {
            await Task.Delay(strike.After, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
                return;
            await drill.FaultAsync(strike.ToString(), async () =>
            {
                foreach (var victim in strike.Silos.Select(s => drill.Nodes[s]).Where(n => !n.HasExited))
                {
                    await victim.KillAsync(cancellationToken);
                    SilosKilled++;
                    await Task.Delay(strike.Apart, cancellationToken);
                }
                if (strike.Crash == Crash.Kill)
                    await PostgresCrash.KillAsync(database.ConnectionString, cancellationToken);
                if (strike.Crash == Crash.StopAtOnce)
                    await PostgresCrash.StopAtOnceAsync(database.ConnectionString, cancellationToken);
                if (strike.Crash != Crash.None)
                    DatabaseCrashes++;
                if (strike.Silos.Count > 0)
                    await Task.Delay(strike.Down, cancellationToken);
                await PostgresCrash.AnswersAsync(database.ConnectionString, cancellationToken);
                await drill.HealAsync();
                await drill.AckedAsync(drill.Ledger.Acked + 20);
            });
        }
    }

    private static List<Strike> Write(Random dice, TimeSpan span, int silos)
    {
        var (plan, at) = (new List<Strike>(), TimeSpan.Zero);
        while (at < span)
        {
            var kinds = Kinds.ToArray();
            dice.Shuffle(kinds);
            foreach (var (killed, crash) in kinds)
            {
                var order = Enumerable.Range(0, silos).ToArray();
                dice.Shuffle(order);
                plan.Add(
                    new Strike(
                        Shortest + (Longest - Shortest) * dice.NextDouble(),
                        order[..killed],
                        crash,
                        LongestApart * dice.NextDouble(),
                        LongestDown * dice.NextDouble()
                    )
                );
                at += plan[^1].After;
            }
        }
        return plan;
    }
}
