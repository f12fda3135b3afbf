using Scenarios.Engine.Json;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>The settings of a <c>wait</c>: one of <c>duration</c>, <c>until</c>, <c>field</c>, <c>window</c>; none of them is incomplete.</summary>
internal static class WaitReader
{
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static WaitRule? Read(JsonObjectReader settings)
    {
        var zone = settings.Zone("zone");
        var past = settings.OneOf<PastPolicy>("past") ?? PastPolicy.Continue;
        string[] given = [.. new[] { "duration", "until", "field", "window" }.Where(kind => settings.Has(kind, out _))];
        if (given.Length > 1)
            settings.FaultHere("exactlyOneOf", "A wait has one of duration, until, field and window.");
        // Each that was given is read, so that all faults are told.
        WaitRule? rule = null;
        if (settings.Duration("duration") is { } duration)
            rule = new DurationWait(duration, zone, past);
        if (settings.Instant("until") is { } instant)
        {
            if (instant < Earliest || instant >= Latest)
                settings.Fault("until", "outOfRange", "An instant from 2000 to 2199 is expected.");
            rule = new UntilWait(instant, zone, past);
        }
        if (settings.Object("field") is { } field)
            rule = Field(field, zone, past);
        if (settings.Object("window") is { } window)
            rule = Window(window, zone, past);
        return rule;
    }

    private static FieldWait Field(JsonObjectReader field, ZoneChoice zone, PastPolicy past)
    {
        var name = field.Text("name", 64, required: true);
        if (name is not null && !Names.IsField(name))
            field.Fault("name", "invalidName", "This is not the name of a profile field.");
        var offset = field.Duration("offset", minSeconds: 0) ?? WaitDuration.Zero;
        var before = field.Flag("before") ?? false;
        var at = field.TimeOfDay("at");
        field.Done();
        return new FieldWait(name ?? "", offset, before, at, zone, past);
    }

    private static WindowWait Window(JsonObjectReader window, ZoneChoice zone, PastPolicy past)
    {
        var weekdays = new SortedSet<int>();
        foreach (var (value, path) in window.Array("weekdays", 7, required: true, min: 1))
        {
            if (
                value.ValueKind != System.Text.Json.JsonValueKind.Number
                || !value.TryGetInt32(out var day)
                || day is < 1 or > 7
            )
                window.FaultAt(path, "outOfRange", "A weekday from 1 (Monday) to 7 is expected.");
            else if (!weekdays.Add(day))
                window.FaultAt(path, "duplicate", "This weekday stands twice.");
        }
        var from = window.TimeOfDay("from", required: true) ?? default;
        var to = window.TimeOfDay("to", required: true, ends: true) ?? default;
        window.Done();
        return new WindowWait([.. weekdays], from, to, zone, past);
    }
}
