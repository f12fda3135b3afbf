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
internal sealed class CaptureBatch(int tenant, ScenarioAddress scenario, string? headerKey, MatchResolver matches, CaptureSender sender)
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
    }

    /// <summary>An item that is no good keeps its first problem; its neighbours do not care.</summary>
    public void Read(JsonElement items, DatabaseFields fields, DateTimeOffset now)
    {
        var ownKeys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var json in items.EnumerateArray())
        {
            var problems = new List<Problem>();
            var path = $"/items/{_items.Count}";
            var item = new Item { Request = CaptureReader.Read(json, path, inBatch: true, fields, now, problems), Problem = problems.FirstOrDefault() };
            _items.Add(item);
            if (item.Request is not { } request) continue;
            item.Key = request.Key ?? (headerKey is null ? null : $"{headerKey}\u0002{_items.Count - 1}");
            if (item.Key is null) continue;
            item.Hash = CanonicalJson.Hash(json);
            // Two under one key go to different slices, which would learn of each other too late.
            if (request.Key is { } own && !ownKeys.TryAdd(own, item.Hash) && !ownKeys[own].AsSpan().SequenceEqual(item.Hash))
                item.Problem = new Problem(path, "idempotencyKeyReused", "This key stands for another item of the batch.");
        }
    }

    public bool HasProblems => _items.Exists(i => i.Problem is not null);

    public void Clear() => _items.Clear();

    public async Task SendAsync(CancellationToken cancel)
    {
        var good = _items.FindAll(i => i.Problem is null);
        var resolved = await matches.ResolveAsync(tenant, scenario, good.ConvertAll(i => (i.Request!, i.Key, i.Hash)), cancel);
        await Task.WhenAll(good.Zip(resolved).GroupBy(p => p.Second.Partition).Select(slice => SendAsync(slice.Key, [.. slice])));
    }

    private async Task SendAsync(int partition, (Item Item, Resolved To)[] slice)
    {
        foreach (var call in slice.Chunk(CaptureSender.CallLimit))
        {
            var outcomes = await sender.SendAsync(tenant, scenario.Number, partition, Array.ConvertAll(call, c => c.To.Capture));
            for (var i = 0; i < call.Length; i++) call[i].Item.Outcome = outcomes[i];
        }
    }

    /// <summary><c>{accepted, declined, failed, items}</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("accepted", _items.Count(i => i.Problem is null && i.Outcome.Result == CaptureResult.Accepted));
        json.WriteNumber("declined", _items.Count(i => i.Problem is null && i.Outcome.Result == CaptureResult.Declined));
        json.WriteNumber("failed", _items.Count(i => i.Problem is not null || i.Outcome.Result is not (CaptureResult.Accepted or CaptureResult.Declined)));
        json.WriteStartArray("items");
        for (var i = 0; i < _items.Count; i++) Write(json, _items[i], i);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Item item, int index)
    {
        json.WriteStartObject();
        if (item.Problem is { } problem)
        {
            WriteError(json, StatusCodes.Status422UnprocessableEntity, problem.Code, problem.Path, problem.Message);
        }
        else if (item.Outcome.Result == CaptureResult.Accepted)
        {
            json.WriteBoolean("accepted", true);
            json.WriteString("runId", item.Outcome.RunId);
        }
        else if (item.Outcome.Result == CaptureResult.Declined)
        {
            CaptureAnswer.WriteDeclined(json, item.Outcome.Reason!, item.Request!.Profile is not null);
        }
        else
        {
            var (status, code, detail) = CaptureAnswer.RefusalOf(item.Outcome);
            WriteError(json, status, code, $"/items/{index}", detail);
        }
        if (item.Problem is null && item.Outcome.Replayed) json.WriteBoolean("replayed", true);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, int status, string code, string path, string message)
    {
        json.WriteStartObject("error");
        json.WriteNumber("status", status);
        json.WriteString("code", code);
        json.WriteString("path", path);
        json.WriteString("message", message);
        json.WriteEndObject();
    }
}
