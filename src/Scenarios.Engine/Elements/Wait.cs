using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Elements;

/// <summary>Holds the run for a time, until a date, or until a window of the week opens.</summary>
public sealed record Wait(string Id, string Name, WaitRule? Rule) : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Operator,
        [Output.Next, Output.NotComputable],
        null,
        Schema.Object(
            $$$"""
            "duration": {{{Schema.Duration}}},
            "until": {"type": "string", "format": "date-time"},
            "field": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {
                "name": {"type": "string", "description": "A date or dateTime field of the profile."},
                "offset": {{{Schema.Duration}}}, "before": {"type": "boolean", "default": false}, "at": {{{Schema.TimeOfDay}}} }},
            "window": {"type": "object", "additionalProperties": false, "required": ["weekdays", "from", "to"], "properties": {
                "weekdays": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "integer", "minimum": 1, "maximum": 7, "description": "1 is Monday."}},
                "from": {{{Schema.TimeOfDay}}}, "to": {{{Schema.TimeOfDay}}} }},
            "zone": {"type": "string", "default": "scenario", "description": "account, scenario, profile or an IANA zone."},
            "past": {"enum": ["continue", "exit"], "default": "continue"}
            """,
            "\"oneOf\": [{\"required\": [\"duration\"]}, {\"required\": [\"until\"]}, "
                + "{\"required\": [\"field\"]}, {\"required\": [\"window\"]}]"
        ),
        reading => new Wait(reading.Id, reading.Name, ReadRule(reading.Settings))
    );

    /// <summary>Instants that a wait may be until: the first of 2000 up to the first of 2200.</summary>
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override ElementType Type => ElementType.Wait;
    public override IReadOnlyList<string> Outputs { get; } = Kind.Outputs;
    public override bool Waits => true;
    public override bool ReadsProfile => Rule is { ReadsProfile: true };
    public override Listening Listens => Rule?.Listens ?? Listening.Nothing;

    public override IEnumerable<(string Path, string Message)> Missing() =>
        Rule is null ? [("", "Specify what to wait for: duration, until, field or window.")] : [];

    public override void CheckFields(FieldUse use, string path)
    {
        if (Rule is FieldWait wait)
            use.Date(wait.Field, path + "/field/name");
    }

    public override bool Recomputes(Element later) => Rule != ((Wait)later).Rule;

    /// <summary>Computes the wait: leaves when it is over, otherwise says until when.</summary>
    internal override Arrival Arrive(in Step at)
    {
        var run = at.Run;
        var rule = at.Definition.RuleOf(this, run.Revision);
        var isKept = rule != Rule;
        var result = WaitClock.Compute(rule, run.ArrivedAt, run.ArrivedAt, at.Facts);
        // An edited window that was open since the arrival and has closed again: the next one counts, no run leaves
        // outside of it.
        if (
            rule is WindowWait
            && !isKept
            && run.Phase == RunPhase.Waiting
            && run.Revision != at.Revision
            && result.Due != run.Due
            && result.Due < at.Now
        )
            result = WaitClock.Compute(rule, run.ArrivedAt, at.Now, at.Facts);
        var due = result.Stoppable ? result.Due - run.StoppedAtArrival : result.Due;
        return result.Outcome switch
        {
            WaitOutcome.NotComputable => Arrival.Leave(
                Output.NotComputable,
                Detail.Of("reason", result.Reason ?? "notComputable")
            ),
            // Past is a date that was gone when the run arrived. One that has passed since then is merely due.
            WaitOutcome.Past when rule.Past == PastPolicy.Exit => Arrival.End(RunEnd.Leave(LeftReason.Expired)),
            WaitOutcome.Past => Arrival.Leave(Output.Next, Detail.Of("past", true)),
            WaitOutcome.Due when due > (result.Stoppable ? at.Now - at.At.Stopped : at.Now) => Arrival.Wait(
                due,
                result.Stoppable,
                isKept ? run.Revision : at.Revision
            ),
            WaitOutcome.Due => Arrival.Leave(Output.Next),
        };
    }

    /// <summary>One of <c>duration</c>, <c>until</c>, <c>field</c>, <c>window</c>; none of them is incomplete.</summary>
    private static WaitRule? ReadRule(JsonObjectReader settings)
    {
        var zone = settings.Zone("zone");
        var past = settings.OneOf<PastPolicy>("past") ?? PastPolicy.Continue;
        string[] given = [.. new[] { "duration", "until", "field", "window" }.Where(kind => settings.Has(kind, out _))];
        if (given.Length > 1)
            settings.FaultHere("exactlyOneOf", "A wait must have exactly one of duration, until, field and window.");
        // Each that was given is read, so that all faults are reported.
        WaitRule? rule = null;
        if (settings.Duration("duration") is { } duration)
            rule = new DurationWait(duration, zone, past);
        if (settings.Instant("until") is { } instant)
        {
            if (instant < Earliest || instant >= Latest)
                settings.Fault("until", "outOfRange", "Must be an instant from 2000 to 2199.");
            rule = new UntilWait(instant, zone, past);
        }
        if (settings.Object("field") is { } field)
            rule = ReadField(field, zone, past);
        if (settings.Object("window") is { } window)
            rule = ReadWindow(window, zone, past);
        return rule;
    }

    private static FieldWait ReadField(JsonObjectReader field, ZoneChoice zone, PastPolicy past)
    {
        var name = field.Text("name", ElementLimits.MaxIdLength, required: true);
        if (name is not null && !Names.IsField(name))
            field.Fault("name", "invalidName", "Not a valid name of a profile field.");
        var offset = field.Duration("offset", minSeconds: 0) ?? WaitDuration.Zero;
        var before = field.Flag("before") ?? false;
        var at = field.TimeOfDay("at");
        field.Done();
        return new FieldWait(name ?? "", offset, before, at, zone, past);
    }

    private static WindowWait ReadWindow(JsonObjectReader window, ZoneChoice zone, PastPolicy past)
    {
        var weekdays = new SortedSet<int>();
        foreach (var (value, path) in window.Array("weekdays", 7, required: true, min: 1))
        {
            if (
                value.ValueKind != System.Text.Json.JsonValueKind.Number
                || !value.TryGetInt32(out var day)
                || day is < 1 or > 7
            )
                window.FaultAt(path, "outOfRange", "Must be a weekday from 1 (Monday) to 7.");
            else if (!weekdays.Add(day))
                window.FaultAt(path, "duplicate", $"Duplicate weekday {day}.");
        }
        var from = window.TimeOfDay("from", required: true) ?? default;
        var to = window.TimeOfDay("to", required: true, ends: true) ?? default;
        window.Done();
        return new WindowWait([.. weekdays], from, to, zone, past);
    }
}
