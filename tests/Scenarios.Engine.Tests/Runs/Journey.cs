using System.Text;
using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Definitions;

namespace Scenarios.Engine.Tests.Runs;

/// <summary>
/// One run on its way, as a test tells it: a graph and elements in, inputs one by one, the path out. Graphs and paths are
/// written alike, <c>start > c1:vip > e1</c>; the outputs <c>next</c> and <c>success</c> are left out. A path ends with how the
/// run stands (<c>waiting</c>, <c>performing</c>, <c>arriving</c>) or how it ended (<c>= completed sale</c>, <c>= failed
/// http500</c>). It plays the ledger too: what a transition changes is there for the next input.
/// </summary>
internal sealed class Journey
{
    public static readonly DateTimeOffset Monday = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly DatabaseFields FieldTypes = new([
        new("tier", FieldType.Text),
        new("visits", FieldType.Number),
        new("born", FieldType.Date),
        new("expires", FieldType.DateTime),
        new("vip", FieldType.Boolean),
        new("tags", FieldType.List),
    ]);

    public Definition Definition { get; private set; }
    public int Revision { get; private set; } = 1;
    public DateTimeOffset Now { get; set; } = Monday;
    public TimeSpan Stopped { get; set; }
    public JsonElement Fields { get; set; } = Facts.NoJson;
    public JsonElement Content { get; set; } = Facts.NoJson;
    public JsonElement Subscriptions { get; private set; } = JsonMerge.Parse("[]");
    public JsonElement Kept { get; private set; } = Facts.NoJson;
    public RunState Run { get; set; }
    public RunEnd? End { get; private set; }
    public EffectRequest? Effect { get; private set; }
    public List<TrailStep> Trail { get; } = [];
    private readonly List<KeptWait> _kept = [];

    private Journey(Definition definition)
    {
        Definition = definition;
        Run = RunState.Begin(
            Guid.Parse("0198c5d0-0000-7000-8000-000000000001"),
            "p1",
            Definition.StartId,
            Now,
            Revision,
            0,
            Stopped
        );
    }

    /// <param name="graph">Ways, separated by semicolons. Elements that nobody describes are ends.</param>
    /// <param name="elements">Id, type and settings in JSON with single quotes.</param>
    public static Journey Of(string graph, params (string Id, string Type, string Settings)[] elements) =>
        new(Draw(graph, elements));

    public static Definition Draw(string graph, params (string Id, string Type, string Settings)[] elements)
    {
        var types = elements.ToDictionary(e => e.Id, e => e.Type);
        types[Definition.StartId] = "apiCall";
        var (links, ids) = (new List<string>(), new List<string>());
        foreach (var way in graph.Split(';', StringSplitOptions.TrimEntries))
        {
            var stops = way.Split('>', StringSplitOptions.TrimEntries);
            for (var i = 0; i < stops.Length; i++)
            {
                var (id, output) = stops[i].Split(':') is [var named, var by] ? (named, by) : (stops[i], null);
                if (id != Definition.StartId && !ids.Contains(id))
                    ids.Add(id);
                if (i + 1 < stops.Length)
                    links.Add(
                        $"{{'from': '{id}', 'output': "
                            + $"'{output ?? (types.GetValueOrDefault(id) == "webhook" ? "success" : "next")}', 'to': "
                            + $"'{stops[i + 1].Split(':')[0]}'}}"
                    );
            }
        }
        var described = ids.Select(id =>
            elements.FirstOrDefault(e => e.Id == id) is { Id: not null } known
                ? $"{{'id': '{id}', 'type': '{known.Type}', 'settings': {known.Settings}}}"
                : $"{{'id': '{id}', 'type': 'end'}}"
        );
        return Reading.Good(Reading.Graph(string.Join(", ", described), string.Join(", ", links)));
    }

    /// <summary>Captures the profile.</summary>
    public Journey Begin(string fields = "{}", string content = "{}")
    {
        (Fields, Content) = (Reading.Parsed(fields), Reading.Parsed(content));
        Give(new RunInput.Captured());
        return this;
    }

    /// <summary>The next revision is live from here on.</summary>
    public Journey Edit(string graph, params (string Id, string Type, string Settings)[] elements)
    {
        (Definition, Revision) = (Draw(graph, elements), Revision + 1);
        return this;
    }

    /// <summary>The next revision, which leaves those who wait here the exit times that they have.</summary>
    public Journey EditKeeping(string wait, string graph, params (string Id, string Type, string Settings)[] elements)
    {
        var (former, next) = ((Wait)Definition.Find(wait)!, Draw(graph, elements));
        _kept.Add(new KeptWait(++Revision, former.Rule!));
        Definition = new Definition(
            next.Elements,
            next.Links,
            new Dictionary<string, IReadOnlyList<KeptWait>> { [wait] = [.. _kept] }
        );
        return this;
    }

    public Journey After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public Journey At(string instant)
    {
        Now = DateTimeOffset.Parse(instant);
        return this;
    }

    public Journey Due() => Take(new RunInput.Due());

    public Journey Settle(string output, string? reason = null, string? kept = null) =>
        Take(
            new RunInput.Settled(
                Run.Step + 1,
                output,
                false,
                reason,
                reason is null ? null : Detail.Of("code", reason),
                kept?.Replace('\'', '"')
            )
        );

    /// <summary>An input that must change something.</summary>
    public Journey Take(RunInput input)
    {
        Assert.NotNull(Give(input));
        return this;
    }

    public Transition? Give(RunInput input)
    {
        if (End is not null)
            return null;
        var transition = Interpreter.Advance(Definition, Revision, Run, input, Known, new BatchInstant(Now, Stopped));
        if (transition is null)
            return null;
        Trail.AddRange(transition.Steps);
        Effect = transition.Effect ?? Effect;
        End = transition.End;
        Run = transition.Run ?? Run;
        if (transition.Kept is { } kept)
            Kept = JsonMerge.Parse(kept);
        if (transition.Subscriptions is { } subscriptions)
            Subscriptions = JsonMerge.Parse(subscriptions);
        foreach (var change in transition.Changes)
            Fields = FieldOperations.Apply(Fields, JsonMerge.Parse(change));
        return transition;
    }

    public Facts Known =>
        new(
            1,
            12,
            "UTC",
            "Europe/Berlin",
            new ProfileFacts("p1", "ann@example.com", null, null, Fields, Subscriptions, Monday, Monday),
            Content,
            Kept,
            new Dictionary<int, ScenarioHistory>(),
            FieldTypes
        );

    public string Path
    {
        get
        {
            var path = new StringBuilder();
            foreach (var step in Trail)
                path.Append(path.Length == 0 ? "" : " > ")
                    .Append(step.Element)
                    .Append(step.Output is null or Output.Next or Output.Success ? "" : ":" + step.Output);
            if (End is { } end)
                return path.Append(" = ")
                    .Append(
                        string.Join(
                            ' ',
                            new[] { end.State.ToString().ToLowerInvariant(), end.Reason, end.Goal }.OfType<string>()
                        )
                    )
                    .ToString();
            return path.Append(path.Length == 0 ? "" : " > ")
                .Append(Run.Element)
                .Append(' ')
                .Append(Run.Phase.ToString().ToLowerInvariant())
                .ToString();
        }
    }

    /// <summary>What the step at an element told, quotes made single.</summary>
    public string? Told(string element) => Trail.Last(s => s.Element == element).Detail?.Replace('"', '\'');
}
