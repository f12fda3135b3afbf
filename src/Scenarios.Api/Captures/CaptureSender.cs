using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Scenarios.Api.Http;
using Scenarios.Contracts;

namespace Scenarios.Api.Captures;

/// <summary>
/// Takes captures to their slice, over the faults of the cluster. A call that failed before it was sent is sent again. After
/// a call whose outcome is unknown (a silo died, an answer did not come) only captures with a key go again: their slice
/// answers a repeat as before. The others are told so (<see cref="UnknownOutcome"/>), and their sender may decide.
/// </summary>
internal sealed class CaptureSender(IGrainFactory grains, TimeProvider time)
{
    /// <summary>The code of a capture that may or may not have happened.</summary>
    public const string UnknownOutcome = "unknownOutcome";

    /// <summary>The code of a capture with a key that could not be settled in time: to be sent again under its key.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>One call takes at most so many, so that each is answered well within the time limit of a call.</summary>
    public const int CallLimit = 2000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20), FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Outcomes in the order of the captures, all of one slice.</summary>
    public async Task<CaptureOutcome[]> SendAsync(int tenant, int number, int partition, Capture[] captures)
    {
        var slice = grains.Partition(tenant, number, partition);
        var begun = time.GetTimestamp();
        try
        {
            return await slice.Capture(captures);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            return await RepeatAsync(slice, captures, IsUnknown(e), begun);
        }
    }

    private async Task<CaptureOutcome[]> RepeatAsync(IScenarioPartitionGrain slice, Capture[] captures, bool isUnknown, long begun)
    {
        var outcomes = new CaptureOutcome[captures.Length];
        List<int> open = [.. Enumerable.Range(0, captures.Length)];
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (isUnknown)
                foreach (var i in open.Where(i => captures[i].Key is null)) outcomes[i] = CaptureOutcome.Failed(UnknownOutcome);
            open.RemoveAll(i => outcomes[i].Reason is not null);
            if (open.Count == 0) return outcomes;
            if (time.GetElapsedTime(begun) > Patience)
            {
                foreach (var i in open) outcomes[i] = CaptureOutcome.Failed(Unavailable);
                return outcomes;
            }
            await Task.Delay(pause, time);
            try
            {
                var answers = await slice.Capture([.. open.Select(i => captures[i])]);
                for (var i = 0; i < answers.Length; i++) outcomes[open[i]] = answers[i];
                return outcomes;
            }
            catch (Exception e) when (Failures.IsUnavailable(e))
            {
                isUnknown = IsUnknown(e);
            }
        }
    }

    /// <summary>A rejected message was never processed, one over a connection that did not open was never sent.</summary>
    private static bool IsUnknown(Exception e) => e is not (OrleansMessageRejectionException or ConnectionFailedException);
}
