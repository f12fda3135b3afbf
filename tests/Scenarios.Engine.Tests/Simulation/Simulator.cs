using Scenarios.Engine.Batches;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Runs;

namespace Scenarios.Engine.Tests.Simulation;

// Why this file is the way it is.
//
// One seed is one history: a scenario with random settings, a few profiles, and 150 actions drawn one after the
// other. An action is the smallest thing that can happen by itself (an owner decides; it commits; its answer is lost;
// another owner takes over; the gate moves; the clock moves), so any two of them can come between each other. After each
// action the checker looks at everything. At the end the world heals and must come to rest.
//
// To see a failing history again: SIMULATION_SEED=<seed>. To run a million: SIMULATION_HISTORIES=1000000.

/// <summary>Plays one history.</summary>
internal sealed class Simulator
{
    private const int Actions = 150,
        Partitions = 2,
        Silos = 2,
        AllWakes = 1000;
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(1);
    private static readonly EffectOutcome Success = new(Output.Success, null, false, null, null, null);
    private static readonly string[] Profiles = ["p1", "p2", "p3", "p4"];

    private const string Visits =
        "{'branches': [{'output': 'vip', 'rules': {'field': 'visits', 'op': 'in', 'value': [1, 3, 5]}}]}";
    private const string Shares =
        "{'branches': [{'output': 'a', 'percent': 50}, {'output': 'b', 'percent': 50}], 'draw': 'eachEntry'}";

    /// <summary>
    /// Three revisions that a run may live to see: longer and shorter waits, an element that goes and comes back, another way.
    /// </summary>
    private static readonly Definition[] Revisions =
    [
        Graph("start > s1:a > h1 > w1 > w3 > e1; s1:b > u1 > c1:vip > w2 > e2; c1:else > e3", hours: 1, hasW2: true),
        Graph("start > s1:a > w1 > h1 > e1; h1:error > w3 > e3; s1:b > u1 > c1:vip > e2", hours: 3, hasW2: false),
        Graph("start > s1:a > h1 > w1 > e1; s1:b > w2 > u1 > c1:else > w3", hours: 2, hasW2: true),
    ];

    private static readonly IReadOnlyDictionary<string, TimeSpan>[] Waits =
    [
        .. new[] { 1, 3, 2 }.Select(hours => new Dictionary<string, TimeSpan>
        {
            ["w1"] = TimeSpan.FromHours(hours),
            ["w2"] = TimeSpan.FromMinutes(90),
            ["w3"] = TimeSpan.FromSeconds(10),
        }),
    ];

    private readonly Random _random;
    private readonly Ledger _ledger;
    private readonly Checker _checker;
    private readonly Silo[] _silos;
    private readonly Owner[] _owners;
    private readonly List<Owner> _former = [];
    private readonly List<Call> _calls = [];
    private readonly List<Delivery> _deliveries = [];
    private readonly List<string> _told = [];

    private Simulator(int seed, Mutant mutant)
    {
        _random = new Random(seed);
        var settings = ScenarioSettings.Default with
        {
            ReentryMode = Enum.GetValues<ReentryMode>()[_random.Next(4)],
            FrozenWaits = Enum.GetValues<FrozenWaits>()[_random.Next(2)],
            ResumeRate = _random.Next(2) == 0 ? 1 : 1000,
        };
        _ledger = new Ledger(settings, Revisions, Partitions, mutant);
        _checker = new Checker(_ledger, Waits);
        _silos = [.. Enumerable.Range(0, Silos).Select(_ => new Silo(_ledger))];
        _owners = [.. Enumerable.Range(0, Partitions).Select(p => new Owner(_ledger, p, _silos[0]))];
        Tell($"{settings.ReentryMode}, {settings.FrozenWaits}");
    }

    /// <summary>Null when all held, else the story of what did not.</summary>
    public static SimulationFailure? Run(int seed, Mutant mutant = Mutant.None) => Run(new Simulator(seed, mutant), seed);

    /// <summary>How often each thing happened in one history.</summary>
    public static IEnumerable<(string What, int Times)> Tally(int seed)
    {
        var simulator = new Simulator(seed, Mutant.None);
        Run(simulator, seed);
        var ledger = simulator._ledger;
        return ledger
            .Tally.Select(t => (t.Key, t.Value))
            .Concat(ledger.Periods.Select(p => ($"{p.Key.Element} {p.Key.Kind} {p.Key.Name}".Trim(), p.Value)));
    }

    private static SimulationFailure? Run(Simulator simulator, int seed)
    {
        try
        {
            for (var i = 0; i < Actions; i++)
            {
                simulator.Act();
                simulator._checker.Look(simulator._calls);
            }
            simulator.Heal();
            return null;
        }
        catch (Violation violation)
        {
            return new SimulationFailure(seed, violation.Invariant, violation.Message, simulator._told);
        }
    }

    private static Definition Graph(string graph, int hours, bool hasW2)
    {
        (string, string, string)[] elements =
        [
            ("s1", "split", Shares),
            ("w1", "wait", $"{{'duration': {{'hours': {hours}}}}}"),
            ("w3", "wait", "{'duration': {'seconds': 10}}"),
            ("h1", "webhook", "{'url': 'https://example.com/'}"),
            ("u1", "updateProfile", "{'increment': {'visits': 1}}"),
            ("c1", "condition", Visits),
            .. hasW2 ? [("w2", "wait", "{'duration': {'minutes': 90}}")] : Array.Empty<(string, string, string)>(),
        ];
        return Journey.Draw(graph, elements);
    }

    private void Act()
    {
        switch (_random.Next(40))
        {
            case < 4:
                Capture();
                break;
            case < 5:
                Repeat();
                break;
            case < 15:
                Decide();
                break;
            case < 26:
                Commit();
                break;
            case < 31:
                Deliver();
                break;
            case < 34:
                MoveClock();
                break;
            case < 35:
                TakeOver(_random.Next(Partitions));
                break;
            case < 37:
                Command();
                break;
            case < 38:
                Sweep();
                break;
            default:
                MoveGate();
                break;
        }
    }

    private void Capture()
    {
        var call = new Call($"k{_calls.Count}", Profiles[_random.Next(Profiles.Length)]);
        _calls.Add(call);
        Tell($"{call.Key} captures {call.Profile}");
        Send(call, To(call.Profile));
    }

    /// <summary>A caller that has no answer, or lost it, or sends twice.</summary>
    private void Repeat()
    {
        if (_calls.Count == 0)
            return;
        var call = _calls[_random.Next(_calls.Count)];
        Tell($"{call.Key} again");
        Send(call, To(call.Profile));
    }

    private static void Send(Call call, Owner owner) => owner.Capture(call);

    /// <summary>Mostly the owner; sometimes one that does not know yet that it is not.</summary>
    private Owner To(string profile)
    {
        var partition = _ledger.PartitionOf(profile);
        var stale = _former.FindLast(o => o.Partition == partition && !o.IsGone);
        return stale is not null && _random.Next(4) == 0 ? stale : _owners[partition];
    }

    /// <summary>One of those that have a batch in hand, or have none. Whether it is still the owner nobody asks.</summary>
    private Owner? Any(bool hasBatch)
    {
        IEnumerable<Owner> asked = _former.Count > 0 && _random.Next(4) == 0 ? _former : _owners;
        var able = asked.Where(o => !o.IsGone && o.HasBatch == hasBatch).ToList();
        return able.Count == 0 ? null : able[_random.Next(able.Count)];
    }

    private void Decide()
    {
        if (Any(hasBatch: false) is not { } owner)
            return;
        Tell($"owner {owner.Partition}/{owner.Epoch} decides");
        owner.Decide(1 + _random.Next(5));
    }

    private void Commit()
    {
        if (Any(hasBatch: true) is not { } owner)
            return;
        if (_random.Next(12) == 0)
        {
            Tell($"owner {owner.Partition}/{owner.Epoch} gives its commit up");
            owner.GiveUp();
            return;
        }
        var isLost = _random.Next(6) == 0;
        Tell($"owner {owner.Partition}/{owner.Epoch} commits{(isLost ? ", and does not hear of it" : "")}");
        _deliveries.AddRange(owner.Commit(isLost));
    }

    /// <summary>An attempt has an outcome. One that is lost is asked for again.</summary>
    private void Deliver()
    {
        if (_deliveries.Count == 0)
            return;
        var at = _random.Next(_deliveries.Count);
        var (owner, effect) = _deliveries[at];
        _checker.Sent(effect.RunId, effect.Step);
        var outcome = _random.Next(4) switch
        {
            0 => new EffectOutcome(Output.Error, null, false, "http500", null, null),
            1 => new EffectOutcome(null, TimeSpan.FromSeconds(_random.Next(3)), false, "http503", null, null),
            _ => new EffectOutcome(Output.Success, null, false, null, null, """{"k":1}"""),
        };
        var isLost = _random.Next(5) == 0;
        Tell(
            $"step {effect.Step} of {effect.RunId} comes to "
                + $"{outcome.Output ?? "another attempt"}{(isLost ? ", and nobody hears of it" : "")}"
        );
        if (isLost)
            return;
        _deliveries.RemoveAt(at);
        owner.Settle(effect, outcome);
    }

    /// <summary>Somewhere, or to where it hurts: a millisecond before the next due instant, or upon it.</summary>
    private void MoveClock()
    {
        var due = _ledger
            .Runs.Values.Where(_ledger.IsOpen)
            .Select(r => _ledger.RealDue(r.State))
            .Where(d => d > _ledger.Clock)
            .Min();
        _ledger.Clock = (_random.Next(4), due) switch
        {
            (0, { } next) => next,
            (1, { } next) when next.AddMilliseconds(-1) > _ledger.Clock => next.AddMilliseconds(-1),
            _ => _ledger.Clock.AddSeconds(_random.Next(4_000)),
        };
        Tell($"it is {_ledger.Clock:HH:mm:ss.ffffff}");
    }

    /// <summary>The former owner lives on and does not know.</summary>
    private void TakeOver(int partition)
    {
        _former.Add(_owners[partition]);
        _owners[partition] = new Owner(_ledger, partition, _silos[_random.Next(Silos)]);
        Tell($"owner {partition}/{_owners[partition].Epoch} takes over");
    }

    /// <summary>Whoever is overdue by its row is poked.</summary>
    private void Sweep()
    {
        for (var partition = 0; partition < Partitions; partition++)
            if (_ledger.Gate.IsActive && _ledger.Partitions[partition].NextDue < _ledger.Clock - Overdue)
                _owners[partition].Poke();
    }

    private void Command()
    {
        var open = _ledger.Runs.Where(r => _ledger.IsOpen(r.Value)).ToList();
        if (open.Count == 0)
            return;
        var run = open[_random.Next(open.Count)];
        RunInput input = _random.Next(4) switch
        {
            0 => new RunInput.Removed(LeftReason.Removed),
            1 => new RunInput.Released(null),
            2 => new RunInput.Postponed(_ledger.Clock.AddMinutes(_random.Next(300))),
            _ => new RunInput.Moved("w3"),
        };
        Tell($"{input} for {run.Key}");
        To(run.Value.State.ProfileId).Command(run.Key, run.Value.State.ProfileId, input);
    }

    private void MoveGate()
    {
        var move = _random.Next(10);
        Tell($"gate: {move switch { < 4 => "activate", < 6 => "freeze", 6 => "deactivate", 7 => "clear", _ => "edit" }}");
        switch (move)
        {
            case < 4:
                _ledger.Activate();
                break;
            case < 6:
                _ledger.Deactivate(freeze: true);
                break;
            case 6:
                _ledger.Deactivate(freeze: false);
                break;
            case 7:
                _ledger.Clear();
                break;
            default:
                _ledger.Edit(_random.Next(Revisions.Length));
                break;
        }
    }

    /// <summary>
    /// No more faults: callers ask until they are answered, and the clock goes on until nobody waits. Only timers and the sweep
    /// wake.
    /// </summary>
    private void Heal()
    {
        _ledger.Activate();
        foreach (var (owner, effect) in _deliveries)
            owner.Settle(effect, Success);
        for (var round = 0; round < 12 && (_ledger.Live.Count > 0 || _calls.Exists(c => c.Answers.Count == 0)); round++)
        {
            Sweep();
            foreach (var call in _calls.Where(c => c.Answers.Count == 0))
                Send(call, _owners[_ledger.PartitionOf(call.Profile)]);
            for (var partition = 0; partition < Partitions; partition++)
            {
                if (_owners[partition].IsGone)
                    TakeOver(partition);
                for (var i = 0; i < 6; i++)
                    Turn(_owners[partition]);
            }
            _ledger.Clock = _ledger.Clock.AddHours(4);
        }
        _checker.Rest(_calls);
    }

    private void Turn(Owner owner)
    {
        owner.Decide(AllWakes);
        foreach (var (to, effect) in owner.Commit(isAnswerLost: false))
            to.Settle(effect, Success);
        _checker.Look(_calls);
    }

    private void Tell(string what) => _told.Add(what);
}

/// <summary>What went wrong, and all that led to it.</summary>
internal sealed record SimulationFailure(int Seed, string Invariant, string What, IReadOnlyList<string> Told)
{
    public override string ToString() => $"SIMULATION_SEED={Seed} {What}\n  {string.Join("\n  ", Told)}";
}
