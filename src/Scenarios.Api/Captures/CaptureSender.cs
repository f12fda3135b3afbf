using Orleans.Runtime.Messaging;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;

namespace Scenarios.Api.Captures;

/// <summary>
/// Takes captures to their slice, over the faults of the cluster. A call that failed before it was sent is sent again. After
/// a call whose outcome is unknown (a silo died, an answer did not come) only captures with a key are retried: their slice
/// answers a repeat as before. For the others that is the answer (<see cref="RefusalCode.UnknownOutcome"/>), and their
/// sender may decide.
/// </summary>
internal sealed class CaptureSender(IGrainFactory grains, CaptureCalls calls, RequestLimits limits, TimeProvider time)
{
    /// <summary>One call takes at most so many, so that each is answered well within the time limit of a call.</summary>
    public const int CallLimit = 2000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50),
        LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Outcomes in the order of the captures, all of one slice; whatever is the matter, within the limit of a capture.
    /// What is still under way then goes on without us.
    /// </summary>
    public async Task<CaptureOutcome[]> SendAsync(int tenant, int number, int partition, Capture[] captures)
    {
        var begun = time.GetTimestamp();
        var outcomes = await AttemptAsync(tenant, number, partition, captures, limits.Capture);
        for (
            var pause = FirstPause;
            time.GetElapsedTime(begun) + pause < limits.Capture;
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause
        )
        {
            List<int> open = [];
            for (var i = 0; i < outcomes.Length; i++)
                if (
                    outcomes[i].Result == CaptureResult.NotTaken
                    || (outcomes[i].Result == CaptureResult.Unknown && captures[i].Key is not null)
                )
                    open.Add(i);
            if (open.Count == 0)
                break;
            await Task.Delay(pause, time);
            var again = await AttemptAsync(
                tenant,
                number,
                partition,
                [.. open.Select(i => captures[i])],
                limits.Capture - time.GetElapsedTime(begun)
            );
            for (var i = 0; i < again.Length; i++)
                outcomes[open[i]] = again[i];
        }
        for (var i = 0; i < outcomes.Length; i++)
            if (outcomes[i].Result is CaptureResult.NotTaken or CaptureResult.Unknown)
                outcomes[i] = CaptureOutcome.Failed(
                    outcomes[i].Result == CaptureResult.Unknown && captures[i].Key is null
                        ? RefusalCode.UnknownOutcome
                        : RefusalCode.Unavailable
                );
        return outcomes;
    }

    private async Task<CaptureOutcome[]> AttemptAsync(
        int tenant,
        int number,
        int partition,
        Capture[] captures,
        TimeSpan patience
    )
    {
        try
        {
            // On timeout, report the same outcome as for a lost response.
            if (patience < TimeSpan.Zero)
                patience = TimeSpan.Zero;
            return captures is [var single]
                ? [await calls.SendAsync(tenant, number, partition, single).WaitAsync(patience, time)]
                : await grains.Partition(tenant, number, partition).Capture(captures).WaitAsync(patience, time);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            var outcome = WasNotTaken(e) ? CaptureOutcome.NotTaken : CaptureOutcome.Unknown;
            return [.. captures.Select(_ => outcome)];
        }
    }

    /// <summary>
    /// A rejected message was never processed, one over a connection that did not open was never sent. One whose silo died on it
    /// is reported as a kind of rejection too, and may well have been processed.
    /// </summary>
    internal static bool WasNotTaken(Exception e) =>
        e is ConnectionFailedException or (OrleansMessageRejectionException and not SiloUnavailableException);
}
