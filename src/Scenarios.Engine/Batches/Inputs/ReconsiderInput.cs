namespace Scenarios.Engine.Batches;

/// <summary>
/// Runs whose waits are to be computed again. No caller asked about a single one: it is done when all are that can be.
/// </summary>
public sealed class ReconsiderInput(ICaller<ReconsiderInput> caller, IReadOnlyList<Guid> runs) : SliceInput
{
    public override string Name => runs.Count == 1 ? $"the new wait of run {runs[0]}" : $"the new waits of {runs.Count} runs";
    public override int Characters => OwnCharacters * runs.Count;

    /// <summary>
    /// A run that cannot even fail stays as it is: its next wake tries again, and the sweep through all of them goes on.
    /// </summary>
    public override bool MayBePassedOver => true;

    public override void Ask(SliceRead read) => read.Runs.UnionWith(runs);

    public override void Decide(Batch batch)
    {
        if (!batch.Scenario.IsRunning)
            return;
        foreach (var id in runs)
            if (batch.TryFind(id, out var turn, out var run) && batch.IsAlive(run))
                _ = batch.IsPoisoned ? turn.FailAtRest(run, RefusalCode.Unstorable.Text()) : turn.Reconsider(run);
    }

    public override IReadOnlyList<SliceInput>? Halves()
    {
        if (runs.Count < 2)
            return null;
        var both = new Both(this);
        var middle = runs.Count / 2;
        return [new ReconsiderInput(both, [.. runs.Take(middle)]), new ReconsiderInput(both, [.. runs.Skip(middle)])];
    }

    /// <summary>Nothing is left to do.</summary>
    public override void Refuse() { }

    public override void Answer() => caller.Answer(this);

    public override void Fail(Exception reason) => caller.Fail(this, reason);

    /// <summary>Waits for two halves, and answers the caller of the whole. (One lane takes both, one after the other.)</summary>
    private sealed class Both(ReconsiderInput whole) : ICaller<ReconsiderInput>
    {
        private int _open = 2;
        private Exception? _failure;

        public void Answer(ReconsiderInput input)
        {
            if (--_open > 0)
                return;
            if (_failure is { } reason)
                whole.Fail(reason);
            else
                whole.Answer();
        }

        public void Fail(ReconsiderInput input, Exception reason)
        {
            _failure ??= reason;
            Answer(input);
        }
    }
}
