using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

// Why this file is the way it is.
//
// A turn is all that happens to one profile in one scenario at one instant. What is remembered of the profile, its open runs
// and the ordered inputs go in; what comes out is the present state of the runs, their steps and effects, changes of
// the profile, and
// the counts. It fetches nothing and stores nothing, and it knows no slice, receipt, lane or limit of a batch, so whoever has
// a profile can take its turn: the batch of a slice by the database's clock, a simulation or a backtest by a virtual one.
//
// Inputs see what those before them did, with one exception: what a run's steps change in the profile is computed by SQL (an
// increment has no value before that), so other runs see it with the next turn. What a capture brings is seen at once.
// An exception on the way of one run fails that run and no other.
//
// One input is missing yet: something that happened to the profile (an event). It will be offered first to the runs that wait
// here (each by Move, in the order in which they entered), then to the triggers of the definition (each by Enter): both
// halves are here, and neither needs more than this class knows.

/// <summary>An attempt to put a profile into the scenario.</summary>
/// <param name="Start">The trigger to start at; null is the default one.</param>
/// <param name="Content">A JSON object exactly as sent, or null.</param>
/// <param name="Depth">How many gotos led here.</param>
/// <param name="Change">A change of the profile that comes with it; creates the profile when unknown.</param>
/// <param name="Declined">Set when the edge already knows the reason: it is only counted.</param>
public readonly record struct Entering(string? Start, string? Content, int Depth, ProfileWrite? Change, string? Declined);

/// <summary>What came of it: a run, or the reason why not.</summary>
public readonly record struct Entered(Guid Run, string? Declined);

/// <summary>One profile in one scenario, taking its inputs in order. Pure.</summary>
/// <param name="profile">Null when there is none (yet), or when nothing looks at it.</param>
/// <param name="stored">What is remembered; null when nothing is.</param>
/// <param name="isRemembered">False when what is remembered was not read: ends are then noted at their runs only.</param>
/// <param name="histories">Of the scenarios that the definition's conditions ask for.</param>
public sealed partial class ProfileTurn(
    TurnContext context,
    string profileId,
    ProfileFacts? profile,
    EntryRow? stored,
    bool isRemembered,
    IReadOnlyDictionary<int, ScenarioHistory> histories
)
{
    public static readonly IReadOnlyDictionary<int, ScenarioHistory> NoHistories = new Dictionary<int, ScenarioHistory>();

    private static readonly RunInput Captured = new RunInput.Captured(),
        Due = new RunInput.Due(),
        Reconsidered = new RunInput.Reconsidered();

    private readonly List<TurnRun> _runs = new(1);
    private List<ProfileWrite>? _changes;
    private ProfileFacts? _profile = profile;
    private ProfileMemory? _memory;

    public string ProfileId => profileId;

    /// <summary>The runs that it has met, and begun.</summary>
    public IReadOnlyList<TurnRun> Runs => _runs;

    /// <summary>Changes of the profile, in order.</summary>
    public IReadOnlyList<ProfileWrite> Changes => _changes ?? [];

    /// <summary>What is to be remembered now; null when that is as before, or was not read.</summary>
    public EntryRow? Entry => _memory is { Changed: true } ? _memory.Row() : null;

    public bool IsRemembered => isRemembered;

    /// <summary>The profile is deleted.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>The runs that it had open before, of dead generations too.</summary>
    public Guid[] StoredOpen => stored?.Open ?? [];

    private ProfileMemory Memory => _memory ??= new ProfileMemory(stored, context.Scenario);

    /// <summary>A run of this profile that was read takes part from here on.</summary>
    public TurnRun Meet(RunRow row)
    {
        if (Find(row.State.Id) is { } known)
            return known;
        _profile ??= row.Profile;
        var run = new TurnRun(row);
        _runs.Add(run);
        return run;
    }

    private TurnRun? Find(Guid id)
    {
        foreach (var run in _runs)
            if (run.State.Id == id)
                return run;
        return null;
    }

    /// <summary>A capture: admitted by gate, trigger and re-entry mode, or declined.</summary>
    public Entered Enter(in Entering entering)
    {
        if (entering.Change is { } change)
        {
            _profile = ProfileOverlay.Apply(
                _profile ?? ProfileOverlay.Empty(profileId, context.Now),
                change.Head,
                change.Operations,
                change.Subscriptions
            );
            (_changes ??= []).Add(change);
        }
        var declined = entering.Declined ?? Refusal(entering.Start);
        var admission = declined is null
            ? Admission.Decide(context.Scenario.Settings, Memory.Entry, context.Now)
            : new Admission(declined, false);
        if (admission.Declined is not { } reason)
            return new Entered(Begin(entering, admission.Restarts), null);
        context.Tally.Count(new Count("", "declined", reason), 1);
        if (_profile is not null)
            Memory.Decline(reason, context.Now);
        return new Entered(default, reason);
    }

    private string? Refusal(string? start)
    {
        if (!context.Scenario.IsOpen || context.Definition is not { } definition)
            return DeclineReason.Inactive;
        return definition.Find(start ?? Definition.StartId) switch
        {
            ApiCall { Enabled: false } => DeclineReason.StartDisabled,
            { IsTrigger: true } => _profile is null ? DeclineReason.ProfileNotFound : null,
            _ => DeclineReason.UnknownStart,
        };
    }

    private Guid Begin(in Entering entering, bool restarts)
    {
        var id = context.NewId();
        if (restarts)
            EndAll(new RunInput.Removed(LeftReason.Restarted, Detail.Of("successor", id.ToString())));
        var (scenario, start) = (context.Scenario, entering.Start ?? Definition.StartId);
        var state = RunState.Begin(id, profileId, start, context.Now, scenario.Revision, entering.Depth, context.At.Stopped);
        var run = new TurnRun(state, scenario.Generation, entering.Content);
        _runs.Add(run);
        Memory.Enter(id, context.Now);
        Move(run, Captured);
        return id;
    }

    /// <summary>Ends the runs that are remembered as open.</summary>
    private void EndAll(RunInput.Removed how)
    {
        foreach (var open in Memory.Open.ToArray())
            if (Find(open) is { End: null } run)
                Move(run, how);
    }

    /// <summary>An operator's command: end a run, release it, postpone it or move it to another element.</summary>
    /// <returns>Null when that is done.</returns>
    public RefusalCode? Command(TurnRun run, RunInput order)
    {
        if (!context.IsAlive(run))
            return RefusalCode.RunEnded;
        if (order is not RunInput.Removed && !context.Scenario.IsRunning)
            return RefusalCode.Inactive;
        if (
            order is RunInput.Released { Output: { } output }
            && context.Definition?.Find(run.State.Element)?.Outputs.Contains(output) == false
        )
            return RefusalCode.UnknownOutput;
        if (order is RunInput.Moved { To: var to } && context.Definition?.Find(to) is not { IsTrigger: false })
            return RefusalCode.UnknownElement;
        return Move(run, order) ? null : RefusalCode.NotWaiting;
    }

    /// <summary>The run's effect has its outcome. False when the run has left that step.</summary>
    public bool Settle(TurnRun run, RunInput.Settled settled) => Move(run, (RunInput?)Relocated(run) ?? settled);

    /// <summary>The run is due. False when it is elsewhere by now, and nothing was done.</summary>
    public bool Wake(TurnRun run) => Ask(run, Due);

    /// <summary>
    /// The definition or the profile has changed: its wait is computed again; a run whose element is gone ends, or moves where
    /// the save said.
    /// </summary>
    public bool Reconsider(TurnRun run) => context.IsAlive(run) && Ask(run, Reconsidered);

    private bool Ask(TurnRun run, RunInput input)
    {
        if (!IsAtRest(run))
            return false;
        Move(run, (RunInput?)Relocated(run) ?? input);
        return true;
    }

    /// <summary>Neither ended nor performing: a run that performs goes on by its outcome alone.</summary>
    internal static bool IsAtRest(TurnRun run) => run.End is null && run.State.Phase != RunPhase.Performing;

    /// <summary>What was to happen to the run cannot be stored: it fails instead.</summary>
    public bool Fail(TurnRun run, string reason) => Move(run, new RunInput.Failed(reason));

    /// <summary>The same, where the run would only have been asked.</summary>
    public bool FailAtRest(TurnRun run, string reason) => IsAtRest(run) && Fail(run, reason);

    /// <summary>The profile is deleted: its runs end, and nothing is remembered of it.</summary>
    public void Forget()
    {
        EndAll(new RunInput.Removed(LeftReason.ProfileDeleted));
        IsForgotten = true;
        (_memory, _profile) = (new ProfileMemory(null, context.Scenario), null);
    }
}
