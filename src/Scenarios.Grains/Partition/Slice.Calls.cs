using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

/// <summary>The calls to a slice: each becomes inputs and is answered when they are.</summary>
internal sealed partial class Slice
{
    public Task<Contracts.CaptureOutcome[]> CaptureAsync(Capture[] captures)
    {
        if (captures.Length == 0)
            return Task.FromResult<Contracts.CaptureOutcome[]>([]);
        if (Queued + captures.Length > _options.QueueLimit || IsBehind)
            return Task.FromResult(captures.Select(_ => Contracts.CaptureOutcome.Overloaded).ToArray());
        var call = new CaptureCall(captures.Length);
        for (var i = 0; i < captures.Length; i++)
            Enqueue(PartitionWire.InputOf(captures[i], call, i));
        Schedule();
        return call.Task;
    }

    private bool IsFull => Queued >= _options.QueueLimit;

    private bool IsBehind => _queue.TryPeek(out var first) && _time.GetElapsedTime(first.WaitsSince) > _options.LongestQueue;

    public Task<RunOutcome> CommandAsync(RunCommand command)
    {
        if (IsFull)
            return Task.FromResult(RunOutcome.Refused(RefusalCode.Overloaded));
        var asked = new Asked<CommandInput, RunOutcome>(PartitionWire.OutcomeOf);
        Queue(PartitionWire.InputOf(command, asked));
        return asked.Task;
    }

    public Task<Contracts.BulkOutcome> BulkAsync(BulkPage page)
    {
        if (IsFull)
            return Task.FromResult(Contracts.BulkOutcome.Not(RefusalCode.Overloaded));
        var asked = new Asked<BulkInput, Contracts.BulkOutcome>(PartitionWire.OutcomeOf);
        Queue(PartitionWire.InputOf(page, asked));
        return asked.Task;
    }

    public Task ReconsiderAsync(IReadOnlyList<Guid> runs)
    {
        var asked = new Asked<ReconsiderInput, bool>(static _ => true);
        Queue(new ReconsiderInput(asked, runs));
        return asked.Task;
    }

    public Task ForgetAsync(string profileId)
    {
        var asked = new Asked<ForgetInput, bool>(static _ => true);
        Queue(new ForgetInput(asked, profileId));
        return asked.Task;
    }
}
