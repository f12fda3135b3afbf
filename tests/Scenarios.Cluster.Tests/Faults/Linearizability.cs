using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>What one caller did to one profile of one scenario, from sending to answer, and what it was answered.</summary>
internal abstract record Operation(long Sent, long Answered)
{
    /// <param name="Run">Null: declined, with the reason.</param>
    public sealed record Captured(long Sent, long Answered, Guid? Run, string? Declined) : Operation(Sent, Answered);

    /// <param name="Done">False: it had ended already.</param>
    public sealed record Removed(long Sent, long Answered, Guid Run, bool Done) : Operation(Sent, Answered);

    /// <summary>Clear, or deactivate with <c>end</c>: how many runs it ended.</summary>
    public sealed record EndedAll(long Sent, long Answered, long Ended, bool Closes) : Operation(Sent, Answered);

    public sealed record Activated(long Sent, long Answered) : Operation(Sent, Answered);
}

// Why this file is the way it is.
//
// Callers see intervals, not instants: a history is right if each operation can be put at some instant between its sending
// and its answer so that the sequence is one that the model of re-entry (reliability.md 2.3) allows. The search is Wing and
// Gong's with Lowe's memory: try any operation that nothing unplaced precedes, remember what was tried (which are placed, and
// the model's state then), go back when stuck. A dozen open operations at a time keep it fast.

/// <summary>Is a history of one profile linearizable under a re-entry mode (A4)?</summary>
internal static class Linearizability
{
    private sealed record State(bool IsActive, bool Ever, string Open)
    {
        public string[] Runs => Open.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <returns>Null when it is; else the longest beginning that could be explained, and what could not follow it.</returns>
    public static string? Objection(ReentryMode mode, IReadOnlyList<Operation> history)
    {
        var operations = history.OrderBy(o => o.Sent).ToArray();
        var placed = new bool[operations.Length];
        var seen = new HashSet<(string Placed, State State)>();
        var (path, longest) = (new Stack<(int Operation, State Before, int Next)>(), new List<Operation>());
        var (state, next) = (new State(true, false, ""), 0);
        while (path.Count < operations.Length)
        {
            var chosen = -1;
            State? after = null;
            // None may be passed over whose answer came before the candidate was sent.
            var horizon = Enumerable.Range(0, operations.Length).Where(i => !placed[i]).Min(i => operations[i].Answered);
            for (var i = next; i < operations.Length && operations[i].Sent <= horizon; i++)
            {
                if (placed[i] || Apply(mode, state, operations[i]) is not { } reached)
                    continue;
                placed[i] = true;
                if (seen.Add((Key(placed), reached)))
                {
                    (chosen, after) = (i, reached);
                    break;
                }
                placed[i] = false;
            }
            if (chosen >= 0)
            {
                path.Push((chosen, state, chosen + 1));
                (state, next) = (after!, 0);
                if (path.Count > longest.Count)
                    longest = [.. path.Reverse().Select(p => operations[p.Operation])];
                continue;
            }
            if (path.Count == 0)
                return $"after\n  {string.Join("\n  ", longest.TakeLast(8))}\nnone of these can follow:\n  "
                    + $"{string.Join("\n  ", operations.Except(longest).Take(8))}";
            (var undone, state, next) = path.Pop();
            placed[undone] = false;
        }
        return null;
    }

    /// <summary>The model: what the state is after the operation was answered so; null when it could not have been.</summary>
    private static State? Apply(ReentryMode mode, State state, Operation operation) =>
        operation switch
        {
            Operation.Captured captured => Capture(mode, state, captured),
            Operation.Removed removed => state.Runs.Contains(Name(removed.Run)) == removed.Done
                ? state with
                {
                    Open = Without(state, Name(removed.Run)),
                }
                : null,
            Operation.EndedAll ended => ended.Ended == state.Runs.Length
                ? state with
                {
                    Open = "",
                    IsActive = state.IsActive && !ended.Closes,
                }
                : null,
            Operation.Activated => state with { IsActive = true },
            _ => throw new InvalidOperationException($"{operation}"),
        };

    private static State? Capture(ReentryMode mode, State state, Operation.Captured captured)
    {
        var declined = !state.IsActive
            ? DeclineReason.Inactive
            : mode switch
            {
                ReentryMode.Never => state.Ever ? DeclineReason.AlreadyEntered : null,
                ReentryMode.AfterExit => state.Runs.Length > 0 ? DeclineReason.Engaged : null,
                ReentryMode.Restart => null,
                ReentryMode.Parallel => state.Runs.Length >= 100 ? DeclineReason.TooManyRuns : null,
            };
        if (declined != captured.Declined)
            return null;
        if (captured.Run is not { } run)
            return state;
        var kept = mode == ReentryMode.Restart ? [] : state.Runs;
        return state with { Ever = true, Open = string.Join(' ', kept.Append(Name(run)).Order(StringComparer.Ordinal)) };
    }

    private static string Without(State state, string run) => string.Join(' ', state.Runs.Where(r => r != run));

    private static string Name(Guid run) => run.ToString("n");

    private static string Key(bool[] placed)
    {
        // All before the first gap are placed: only the ragged edge tells one set from another.
        var edge = Array.IndexOf(placed, false);
        if (edge < 0)
            return "all";
        var last = Array.LastIndexOf(placed, true);
        return $"{edge}:{string.Concat(Enumerable.Range(edge, Math.Max(0, last - edge + 1)).Select(i => placed[i] ? '1' : '0'))}";
    }
}
