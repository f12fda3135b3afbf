using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>A run while its profile's turn is taken: its present state, and what has become of it so far.</summary>
public sealed class TurnRun
{
    private readonly RunRow? _stored;

    /// <summary>A run that is stored, with what was read along.</summary>
    internal TurnRun(RunRow stored)
    {
        _stored = stored;
        (State, Generation, Content, Kept) = (stored.State, stored.Generation, stored.Content, stored.Kept);
        HasContent = stored.HasContent;
    }

    /// <summary>A run that begins.</summary>
    internal TurnRun(RunState state, int generation, string? content)
    {
        (State, Generation, Content) = (state, generation, content);
        HasContent = content is not null;
    }

    public RunState State { get; private set; }
    public int Generation { get; }
    public bool IsNew => _stored is null;
    public bool Changed { get; private set; }
    public RunEnd? End { get; private set; }
    public IReadOnlyList<TrailStep> Steps { get; private set; } = [];

    /// <summary>The effect that it has come to perform in this turn.</summary>
    public EffectRequest? Effect { get; private set; }

    /// <summary>The step whose stored effect it has left behind.</summary>
    public int? LeftEffect { get; private set; }

    public string? Content { get; }
    public bool HasContent { get; }
    public string? Kept { get; private set; }
    public bool KeptChanged { get; private set; }

    /// <summary>Null as long as nothing has counted it.</summary>
    internal string? CountedAt => IsNew && Steps.Count == 0 ? null : State.Element;

    public RunRow Row => new(Generation, State, HasContent, Kept is not null);

    internal void Take(Transition transition)
    {
        if (State.Phase == RunPhase.Performing && Effect is null)
            LeftEffect = State.Step + 1;
        Changed = true;
        Steps = Steps.Count == 0 ? transition.Steps : [.. Steps, .. transition.Steps];
        End = transition.End;
        Effect = transition.Effect;
        if (transition.Kept is { } kept)
        {
            Kept = kept;
            KeptChanged = true;
        }
        // An ended run is kept as it stood last, with the steps that it took.
        State = transition.Run ?? State with { Element = Steps[^1].Element, Step = Steps[^1].Step };
    }
}
