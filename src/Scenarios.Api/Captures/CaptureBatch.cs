using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Captures;

/// <summary>
/// Many captures in one request. Each has its outcome, in the order of the list; a bad one never spoils the others. Those
/// of one slice go in one call after another, so two of one profile act in list order; slices go side by side.
/// </summary>
internal sealed class CaptureBatch(
    int tenant,
    ScenarioAddress scenario,
    string? headerKey,
    MatchResolver matches,
    CaptureSender sender
)
{
    public const int MaxItems = 10_000;

    private readonly List<Item> _items = [];

    private sealed class Item
    {
        public CaptureRequest? Request;
        public string? Key;
        public byte[]? Hash;
        public Problem? Problem;
        public CaptureOutcome Outcome;
        public string? ProfileId;
    }

    /// <summary>An item that is no good keeps its first problem; its neighbours do not care.</summary>
    public void Read(JsonElement items, DatabaseFields fields, DateTimeOffset now)
    {
        var ownKeys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var json in items.EnumerateArray())
        {
            var problems = new List<Problem>();
            var path = $"/items/{_items.Count}";
            var item = new Item
            {
                Request = CaptureReader.Read(json, path, inBatch: true, fields, now, problems),
                Problem = problems.FirstOrDefault(),
            };
            _items.Add(item);
            if (item.Request is not { } request)
                continue;
            item.Key = request.Key ?? (headerKey is null ? null : $"{headerKey}\u0002{_items.Count - 1}");
            if (item.Key is null)
                continue;
            item.Hash = CanonicalJson.Hash(json);
            // Two under one key go to different slices, which would learn of each other too late.
            if (request.Key is { } own && !ownKeys.TryAdd(own, item.Hash) && !ownKeys[own].AsSpan().SequenceEqual(item.Hash))
                item.Problem = new Problem(
                    path,
                    RefusalCode.IdempotencyKeyReused.Text(),
                    "Another item of the batch has this key."
                );
        }
    }

    public bool HasProblems => _items.Exists(i => i.Problem is not null);

    public void Clear() => _items.Clear();

    public async Task SendAsync(CancellationToken cancellationToken)
    {
        var good = _items.FindAll(i => i.Problem is null);
        var resolved = await matches.ResolveAsync(
            tenant,
            scenario,
            good.ConvertAll(i => (i.Request!, i.Key, i.Hash)),
            cancellationToken
        );
        await Task.WhenAll(
            good.Zip(resolved).GroupBy(p => p.Second.Partition).Select(slice => SendAsync(slice.Key, [.. slice]))
        );
    }

    private async Task SendAsync(int partition, (Item Item, Resolved To)[] slice)
    {
        foreach (var call in slice.Chunk(CaptureSender.CallLimit))
        {
            var outcomes = await sender.SendAsync(
                tenant,
                scenario.Number,
                partition,
                Array.ConvertAll(call, c => c.To.Capture)
            );
            for (var i = 0; i < call.Length; i++)
                (call[i].Item.Outcome, call[i].Item.ProfileId) = (outcomes[i], call[i].To.Capture.ProfileId);
        }
    }

    /// <summary><c>{accepted, declined, failed, items}</c>.</summary>
    public void Write(Utf8JsonWriter json) => BatchAnswer.Write(json, [.. Outcomes.Select(o => o.Outcome)]);

    /// <summary>The batch in pieces for a task. Each capture gets a key: a piece may be sent more than once.</summary>
    public async Task<IReadOnlyList<string>> PartsAsync(CancellationToken cancellationToken)
    {
        var batch = Guid.CreateVersion7();
        for (var i = 0; i < _items.Count; i++)
            if (_items[i] is { Problem: null, Key: null } item)
            {
                item.Key = TaskKeys.Of(batch, i);
                item.Hash = Encoding.UTF8.GetBytes(item.Key);
            }
        var good = _items.FindAll(i => i.Problem is null);
        var resolved = new Queue<Resolved>(
            await matches.ResolveAsync(tenant, scenario, good.ConvertAll(i => (i.Request!, i.Key, i.Hash)), cancellationToken)
        );
        var items = _items.ConvertAll(i =>
            i.Problem is { } problem
                ? new CapturePart.Wanted(0, null, new Fault(problem.Path, problem.Code, problem.Message, null, false))
                : new CapturePart.Wanted(resolved.Peek().Partition, resolved.Dequeue().Capture, null)
        );
        return
        [
            .. items
                .Chunk(CapturePart.Size)
                .Select(part => JsonSerializer.Serialize(new CapturePart(part), ContractsJson.Default.CapturePart)),
        ];
    }

    public int Count => _items.Count;

    /// <summary>What became of each, and whom it was about.</summary>
    public IEnumerable<(BatchOutcome Outcome, string? ProfileId)> Outcomes =>
        _items.Select(i => (new BatchOutcome(i.Problem, i.Outcome, i.Request?.Profile is not null), i.ProfileId));
}
