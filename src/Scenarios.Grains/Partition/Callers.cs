using Scenarios.Contracts;
using Scenarios.Engine.Batches;
using Scenarios.Storage;

namespace Scenarios.Grains.Partition;

/// <summary>One input with a waiting caller.</summary>
internal sealed class Asked<TInput, TAnswer>(Func<TInput, TAnswer> answerOf) : ICaller<TInput>
    where TInput : SliceInput
{
    private readonly TaskCompletionSource<TAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TAnswer> Task => _answer.Task;

    public void Answer(TInput input) => _answer.TrySetResult(answerOf(input));

    public void Fail(TInput input, Exception reason) => _answer.TrySetException(reason);
}

/// <summary>
/// The captures of one call, which is answered when the last of them is. A failure of one does not affect the others.
/// </summary>
internal sealed class CaptureCall(int count) : ICaller<CaptureInput>
{
    private readonly TaskCompletionSource<Contracts.CaptureOutcome[]> _answer = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Contracts.CaptureOutcome[] _outcomes = new Contracts.CaptureOutcome[count];
    private readonly bool[] _isTold = new bool[count];
    private int _open = count;

    public Task<Contracts.CaptureOutcome[]> Task => _answer.Task;

    public void Answer(CaptureInput input) => Set(input.Place, PartitionWire.OutcomeOf(input.Outcome));

    public void Fail(CaptureInput input, Exception reason) =>
        Set(
            input.Place,
            reason is SliceLostException ? Contracts.CaptureOutcome.NotTaken
                : Damage.Is(reason) ? Contracts.CaptureOutcome.Damaged
                : Contracts.CaptureOutcome.Unknown
        );

    /// <summary>
    /// The first answer counts: a lane that breaks after its commit also fails callers that it has already answered.
    /// </summary>
    private void Set(int place, Contracts.CaptureOutcome outcome)
    {
        if (_isTold[place])
            return;
        _isTold[place] = true;
        _outcomes[place] = outcome;
        if (Interlocked.Decrement(ref _open) == 0)
            _answer.TrySetResult(_outcomes);
    }
}
