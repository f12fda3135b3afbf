using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Live;

/// <summary>How a stream writes what it sees. Two living forms: the numbers of one scenario, and events about several.</summary>
internal interface ILiveEvents
{
    /// <summary>After silence.</summary>
    byte[] Tick { get; }

    /// <param name="before">What the reader knows; null for the first picture.</param>
    /// <returns>Nothing when the reader would learn nothing.</returns>
    byte[] Picture(int scenario, LiveCounts? before, LiveCounts now);
}

/// <summary><c>…/{n}/live/stream</c>: each event is the whole picture, in the shape of <c>…/{n}/live</c>.</summary>
internal sealed class LiveNumbers : ILiveEvents
{
    public static readonly LiveNumbers Instance = new();

    public byte[] Tick { get; } = ": still here\n\n"u8.ToArray();

    public byte[] Picture(int scenario, LiveCounts? before, LiveCounts now) =>
        before?.SameNumbers(now) is true ? [] : ServerSentEvent.Of(null, json => Write(json, now));

    public static void Write(Utf8JsonWriter json, LiveCounts live)
    {
        json.WriteStartObject();
        json.WriteNumber("inside", live.Inside);
        json.WriteStartObject("elements");
        foreach (var (element, count) in live.Elements)
            json.WriteNumber(element, count);
        json.WriteEndObject();
        json.WriteInstant("at", live.At);
        json.WriteEndObject();
    }
}

/// <summary>
/// <c>/live</c>: <c>counts</c> (full first, then what changed; 0 where no run is left), <c>status</c> with the newest
/// revision and the gate (which moves at each switch, so that one thrown twice between two looks is reported, too),
/// <c>totals</c> where they were asked for, <c>draft</c> with its version (0 when it is gone), <c>task</c> as it goes
/// on, and <c>tick</c> as an event, since a page cannot see comments.
/// </summary>
internal sealed class LiveNews : ILiveEvents
{
    public static readonly LiveNews Instance = new();

    public byte[] Tick { get; } = "event: tick\ndata: {}\n\n"u8.ToArray();

    public byte[] Picture(int scenario, LiveCounts? before, LiveCounts now)
    {
        byte[] status =
            before is not null && (before.Gate, before.Status, before.Revision) == (now.Gate, now.Status, now.Revision)
                ? []
                : ServerSentEvent.Of("status", json =>
                {
                    json.WriteStartObject();
                    json.WriteNumber("s", scenario);
                    json.WriteString("status", now.Status);
                    json.WriteNumber("revision", now.Revision);
                    json.WriteNumber("gate", now.Gate);
                    json.WriteEndObject();
                });
        byte[] counts = before?.SameNumbers(now) is true ? [] : ServerSentEvent.Of("counts", json =>
            {
                json.WriteStartObject();
                json.WriteNumber("s", scenario);
                json.WriteInstant("at", now.At);
                json.WriteBoolean("full", before is null);
                json.WriteStartObject("c");
                foreach (var (element, count) in now.Elements)
                    if (before?.Elements.GetValueOrDefault(element) != count)
                        json.WriteNumber(element, count);
                foreach (var (element, _) in before?.Elements ?? new Dictionary<string, long>())
                    if (!now.Elements.ContainsKey(element))
                        json.WriteNumber(element, 0);
                json.WriteEndObject();
                json.WriteEndObject();
            });
        byte[] totals =
            now.Totals is null || now.Totals == before?.Totals
                ? []
                : ServerSentEvent.Of("totals", json => Write(json, scenario, now.At, now.Totals));
        byte[] draft = now.Draft == (before?.Draft ?? LiveDraft.None) ? [] : ServerSentEvent.Of("draft", json =>
                {
                    json.WriteStartObject();
                    json.WriteNumber("s", scenario);
                    json.WriteNumber("version", now.Draft.Version);
                    if (now.Draft.By is { } by)
                        json.WriteString("by", by);
                    if (now.Draft.At is { } at)
                        json.WriteInstant("at", at);
                    json.WriteEndObject();
                });
        return
        [
            .. status,
            .. counts,
            .. totals,
            .. draft,
            .. now
                .Tasks.Except(before?.Tasks ?? [])
                .SelectMany(task => ServerSentEvent.Of("task", json => Write(json, scenario, task))),
        ];
    }

    private static void Write(Utf8JsonWriter json, int scenario, LiveTask task)
    {
        json.WriteStartObject();
        json.WriteNumber("s", scenario);
        json.WriteString("id", task.Id);
        json.WriteString("kind", task.Kind);
        json.WriteString("state", task.State);
        json.WriteNumber("done", task.Done);
        json.WriteNumber("total", task.Total);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, int scenario, DateTimeOffset at, LiveTotals totals)
    {
        json.WriteStartObject();
        json.WriteNumber("s", scenario);
        json.WriteInstant("at", at);
        json.WriteNumber("inside", totals.Inside);
        foreach (var (name, happened) in (ReadOnlySpan<(string, Happened)>)[("today", totals.Today), ("ever", totals.Ever)])
        {
            json.WriteStartObject(name);
            json.WriteNumber("entered", happened.Entered);
            json.WriteNumber("completed", happened.Completed);
            json.WriteNumber("failed", happened.Failed);
            json.WriteNumber("left", happened.Left);
            json.WriteNumber("errors", happened.Errors);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}

internal static class ServerSentEvent
{
    public static byte[] Of(string? name, Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        if (name is not null)
            text.Write(System.Text.Encoding.UTF8.GetBytes($"event: {name}\n"));
        text.Write("data: "u8);
        using (var json = new Utf8JsonWriter(text))
            write(json);
        text.Write("\n\n"u8);
        return text.ToArray();
    }
}
