using Scenarios.Contracts;
using Scenarios.Storage;
using Scenarios.Storage.Ledger;

namespace Scenarios.Grains.Partition;

/// <summary>Something that waits to be taken into a slice's next batch, and is answered after the commit.</summary>
internal abstract class SliceInput
{
    /// <summary>How much of a batch's bytes it takes.</summary>
    public virtual int Bytes => 200;

    /// <summary>A timestamp of the slice's clock.</summary>
    public long WaitsSince { get; set; }

    /// <summary>Nothing was committed for it, and why.</summary>
    public abstract void Fail(Exception reason);
}

/// <summary>The captures of one call; it is answered when the last of them is.</summary>
internal sealed class CaptureCall(int count)
{
    private readonly TaskCompletionSource<CaptureOutcome[]> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CaptureOutcome[] _outcomes = new CaptureOutcome[count];
    private int _open = count;

    public Task<CaptureOutcome[]> Answer => _answer.Task;

    public void Set(int index, CaptureOutcome outcome)
    {
        _outcomes[index] = outcome;
        if (Interlocked.Decrement(ref _open) == 0)
            _answer.TrySetResult(_outcomes);
    }
}

internal sealed class CaptureInput(Capture capture, CaptureCall call, int index) : SliceInput
{
    private bool _isAnswered;

    public Capture Capture => capture;
    public CaptureOutcome Outcome { get; set; }
    public override int Bytes => 200 + (capture.Content?.Length ?? 0) + (capture.Profile?.Operations.Length ?? 0);

    public void Answer() => Set(Outcome);

    public override void Fail(Exception reason) =>
        Set(
            reason is SliceLostException ? CaptureOutcome.NotTaken
            : Damage.Is(reason) ? CaptureOutcome.Damaged
            : CaptureOutcome.Unknown
        );

    /// <summary>The first answer stands: a call counts each of its captures once.</summary>
    private void Set(CaptureOutcome outcome)
    {
        if (_isAnswered)
            return;
        _isAnswered = true;
        call.Set(index, outcome);
    }
}

internal sealed class CommandInput(RunCommand command) : SliceInput
{
    private readonly TaskCompletionSource<RunOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public RunCommand Command => command;
    public RunOutcome Outcome { get; set; }
    public Task<RunOutcome> Task => _answer.Task;

    public void Answer() => _answer.TrySetResult(Outcome);

    public override void Fail(Exception reason) => _answer.TrySetException(reason);
}

internal sealed class BulkInput(BulkPage page) : SliceInput
{
    private readonly TaskCompletionSource<BulkOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public BulkPage Page => page;
    public BulkOutcome Outcome { get; set; } = BulkOutcome.Not(RefusalCode.Overloaded);
    public Task<BulkOutcome> Task => _answer.Task;
    public override int Bytes => 200 * page.Runs.Length;

    public void Answer() => _answer.TrySetResult(Outcome);

    public override void Fail(Exception reason) => _answer.TrySetException(reason);
}

/// <summary>Something that is merely done, and answered when it is.</summary>
internal abstract class DoneInput : SliceInput
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public Task Task => _done.Task;

    public void Answer() => _done.TrySetResult();

    public override void Fail(Exception reason) => _done.TrySetException(reason);
}

/// <summary>Runs whose waits are to be computed anew. Nobody asked about one of them: it is done when all are that can be.</summary>
internal sealed class ReconsiderInput(IReadOnlyList<Guid> runs) : DoneInput
{
    public IReadOnlyList<Guid> Runs => runs;
    public override int Bytes => 200 * runs.Count;

    /// <summary>Two that together are this one, which is done, or fails, with them.</summary>
    public IReadOnlyList<ReconsiderInput> Halves()
    {
        ReconsiderInput[] halves = [new([.. runs.Take(runs.Count / 2)]), new([.. runs.Skip(runs.Count / 2)])];
        _ = EndWithAsync(halves);
        return halves;
    }

    private async Task EndWithAsync(ReconsiderInput[] halves)
    {
        try
        {
            await System.Threading.Tasks.Task.WhenAll(halves.Select(h => h.Task));
            Answer();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }
}

internal sealed class ForgetInput(string profile) : DoneInput
{
    public string Profile => profile;
}

/// <summary>An attempt has its outcome. Nobody waits for the answer; what is not committed is handed out again.</summary>
internal sealed class SettledInput(EffectRow effect, EffectOutcome outcome) : SliceInput
{
    public EffectRow Effect => effect;
    public EffectOutcome Outcome => outcome;

    public override void Fail(Exception reason) { }
}
