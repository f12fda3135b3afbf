using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains.Tasks;

/// <summary>The work of a bulk action, as its task stores it.</summary>
internal sealed record BulkOrder(RunSelection Select, RunVerb Verb, DateTimeOffset? Until, string? To);

/// <summary>How far it has come.</summary>
/// <param name="Page">Number of the current page.</param>
/// <param name="After">Its runs come after this one …</param>
/// <param name="UpTo">… and go up to this one; null while no page is chosen.</param>
/// <param name="Slices">Slices in which the page has runs.</param>
internal sealed record BulkProgress(
    int Page,
    Guid After,
    Guid? UpTo,
    short[] Slices,
    long Touched,
    Dictionary<string, long> Skipped
)
{
    public static readonly BulkProgress Begin = new(0, Guid.Empty, null, [], 0, []);
}

/// <summary>What came of it.</summary>
internal sealed record BulkResult(long Touched, Dictionary<string, long> Skipped);

// Why no run is changed twice, and none is missed.
//
// A page is chosen first: its last run and the slices that hold its runs are written to the task's row before
// anything is done. Then each slice does its part in one commit, together with a receipt for the page's key. If the
// worker dies in between, the next worker asks the same slices for the same page: those that have done it replay
// their receipt (even if their runs have moved or ended since), the others find the remaining runs.

/// <summary>One action for many runs, page by page in order of entry.</summary>
internal sealed class BulkWork(SelectedRuns runs, IGrainFactory grains)
{
    /// <summary>
    /// Runs of a page: this many share a commit, and at most this many delay the answer of a capture.
    /// </summary>
    private const int PageSize = 500;

    /// <summary>Processes the chosen page and chooses the next one.</summary>
    public async Task<TaskProgress> StepAsync(OwnedTask task)
    {
        var order = JsonSerializer.Deserialize(task.Work, GrainsJson.Default.BulkOrder)!;
        var at = task.Progress is null
            ? BulkProgress.Begin
            : JsonSerializer.Deserialize(task.Progress, GrainsJson.Default.BulkProgress)!;
        if (at.UpTo is { } last)
            at = await PerformAsync(task, order, at, last);
        var next = await runs.PageAsync(
            task.Tenant,
            task.Scenario,
            order.Select,
            at.After,
            null,
            PageSize,
            CancellationToken.None
        );
        if (next.Count > 0)
            at = at with { UpTo = next[^1].Run, Slices = [.. next.Select(r => r.Partition).Distinct()] };
        return new TaskProgress(
            JsonSerializer.Serialize(at, GrainsJson.Default.BulkProgress),
            at.Touched + at.Skipped.Values.Sum(),
            IsLast: next.Count == 0,
            JsonSerializer.Serialize(new BulkResult(at.Touched, at.Skipped), GrainsJson.Default.BulkResult)
        );
    }

    private async Task<BulkProgress> PerformAsync(OwnedTask task, BulkOrder order, BulkProgress at, Guid last)
    {
        var page = (
            await runs.PageAsync(task.Tenant, task.Scenario, order.Select, at.After, last, PageSize, CancellationToken.None)
        ).ToLookup(r => r.Partition, r => r.Run);
        var outcomes = await Task.WhenAll(
            at.Slices.Select(slice =>
                SendAsync(task, order, slice, $"\u0001task/{task.Id:N}/{at.Page}/{slice}", [.. page[slice]])
            )
        );
        var skipped = new Dictionary<string, long>(at.Skipped, StringComparer.Ordinal);
        foreach (var (code, n) in outcomes.SelectMany(o => o.Skipped))
            skipped[code] = skipped.GetValueOrDefault(code) + n;
        return new BulkProgress(at.Page + 1, last, null, [], at.Touched + outcomes.Sum(o => o.Touched), skipped);
    }

    private async Task<BulkOutcome> SendAsync(OwnedTask task, BulkOrder order, short slice, string key, Guid[] some)
    {
        var outcome = await grains
            .Partition(task.Tenant, task.Scenario, slice)
            .Bulk(new BulkPage(key, some, order.Verb, order.Select.Element, order.Until, order.To));
        if (outcome.Undone is null)
            return outcome;
        if (RefusalCodes.Parse(outcome.Undone) != RefusalCode.Unstorable)
            throw new TimeoutException($"slice {slice} is {outcome.Undone}");
        // One of the runs is poisoned: sent one by one under their own keys, all others succeed.
        var alone = new List<BulkOutcome>();
        foreach (var run in some)
            alone.Add(await SendAsync(task, order, slice, $"{key}/{run:N}", [run]));
        return new BulkOutcome(
            alone.Sum(o => o.Touched),
            alone.SelectMany(o => o.Skipped).GroupBy(s => s.Key).ToDictionary(g => g.Key, g => g.Sum(s => s.Value))
        );
    }
}
