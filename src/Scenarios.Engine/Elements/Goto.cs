using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Elements;

/// <summary>Captures the profile in another scenario of the same database. The run ends when that one accepts it.</summary>
/// <param name="Start">The trigger to start at; null is the default one.</param>
public sealed record Goto(string Id, string Name, int? Scenario, string? Start) : Element(Id, Name)
{
    internal static readonly ElementKind Kind = new(
        ElementCategory.Operator,
        [Output.Declined],
        null,
        Schema.Object(
            """
            "scenario": {"type": "integer", "minimum": 1, "description": "The number of a scenario on the same database."},
            "start": {"type": "string", "description": "The trigger to start at. Defaults to the default trigger."}
            """,
            "\"required\": [\"scenario\"]"
        ),
        Read
    );

    public override ElementType Type => ElementType.Goto;
    public override IReadOnlyList<string> Outputs { get; } = Kind.Outputs;
    public override bool ReadsProfile => true;

    public override IEnumerable<(string Path, string Message)> Missing() =>
        Scenario is null ? [("/scenario", "Specify the scenario to jump to.")] : [];

    public override IEnumerable<(string Path, string Code, string Message)> Faults(int? scenario) =>
        Scenario is { } number && number == scenario ? [("/scenario", "gotoItself", "A scenario cannot jump to itself.")] : [];

    internal override Arrival Arrive(in Step at)
    {
        if (at.Run.Depth >= Interpreter.DepthGuard)
            return Arrival.End(RunEnd.Fail("loopGuard"));
        var content = at.Facts.Content.ValueKind == JsonValueKind.Object ? at.Facts.Content : (JsonElement?)null;
        var request = new GotoRequest(Scenario!.Value, Start, at.Run.Depth + 1, content);
        return Arrival.Perform(EffectKind.Goto, JsonSerializer.Serialize(request, EngineJson.Default.GotoRequest));
    }

    private static Goto Read(ElementReading reading)
    {
        var scenario = reading.Settings.Whole("scenario", 1, int.MaxValue);
        var start = reading.Settings.Text("start", ElementLimits.MaxIdLength);
        if (start is not null && !Names.IsId(start))
            reading.Settings.Fault("start", "invalidId", "Not a valid id of an element.");
        return new Goto(reading.Id, reading.Name, scenario, start);
    }
}
