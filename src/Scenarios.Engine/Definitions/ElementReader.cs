using System.Text.Json;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// One element of each type. A faulty setting reads as its default after its fault was noted, so that the links of the element
/// are still checked; an element of an unknown type is null.
/// </summary>
internal sealed class ElementReader(List<Problem> problems, DefinitionChecks checks)
{
    /// <param name="id">As it was sent, also when it is not a good id; null when there is none.</param>
    public Element? Read(JsonElement json, string path, out string? id)
    {
        var element = new JsonObjectReader(json, path, problems);
        id = element.Text("id", int.MaxValue, required: true);
        element.ElementId = id;
        if (id is not null && !Names.IsId(id))
            element.Fault("id", "invalidId", "1 to 64 letters, digits, _ and - are allowed.");
        var name = element.Text("name", ElementLimits.MaxNameLength);
        var settings = element.Object("settings")
            ?? new JsonObjectReader(Facts.NoJson, element.PathOf("settings"), problems, id);
        var read = Type(element) is { } type
            ? Read(type, id ?? "", string.IsNullOrEmpty(name) ? id ?? "" : name, settings)
            : null;
        element.Done();
        if (read is not null)
            settings.Done();
        return read;
    }

    private static ElementType? Type(JsonObjectReader element)
    {
        if (element.Text("type", 64, required: true) is not { } name)
            return null;
        if (Name<ElementType>.TryParse(name, out var type))
            return type;
        element.Fault("type", "unknownType", $"One of {string.Join(", ", Name<ElementType>.All)} is expected.");
        return null;
    }

    private Element Read(ElementType type, string id, string name, JsonObjectReader settings) =>
        type switch
        {
            ElementType.ApiCall => new ApiCall(id, name, settings.Flag("enabled") ?? true),
            ElementType.Wait => new Wait(id, name, WaitReader.Read(settings)),
            ElementType.Condition => Condition(id, name, settings),
            ElementType.Split => Split(id, name, settings),
            ElementType.Goto => Goto(id, name, settings),
            ElementType.End => new End(id, name, settings.Text("goal", ElementLimits.MaxNameLength, min: 1)),
            ElementType.Webhook => WebhookReader.Read(id, name, settings, checks),
            ElementType.UpdateProfile => UpdateProfileReader.Read(id, name, settings, checks),
        };

    /// <summary>No branches, or a branch without rules, is incomplete.</summary>
    private Condition Condition(string id, string name, JsonObjectReader settings)
    {
        var branches = new List<Branch>();
        foreach (var (value, path) in settings.Array("branches", ElementLimits.MaxBranches))
        {
            var branch = new JsonObjectReader(value, path, problems, settings.ElementId);
            var output = NewOutput(branch, branches.Select(b => b.Output));
            var rules = branch.Has("rules", out var json)
                ? RuleReader.Read(json, branch.PathOf("rules"), problems, settings.ElementId)
                : null;
            branch.Done();
            branches.Add(new Branch(output, rules ?? Rules.All.Nothing));
        }
        return new Condition(id, name, branches);
    }

    private Split Split(string id, string name, JsonObjectReader settings)
    {
        var before = problems.Count;
        var shares = new List<Share>();
        foreach (
            var (value, path) in settings.Array(
                "branches",
                ElementLimits.MaxShares,
                required: true,
                min: ElementLimits.MinShares
            )
        )
        {
            var share = new JsonObjectReader(value, path, problems, settings.ElementId);
            var output = NewOutput(share, shares.Select(s => s.Output));
            var percent = share.Number("percent", 0, 100, required: true) ?? 0;
            if (percent != decimal.Round(percent, 3))
                share.Fault("percent", "outOfRange", "At most three decimals are allowed.");
            share.Done();
            shares.Add(new Share(output, percent));
        }
        // Percents rounded to three decimals may each be off by half of the last: 33.333 three times are thirds.
        if (problems.Count == before && Math.Abs(100 - shares.Sum(s => s.Percent)) > 0.0005m * shares.Count)
            settings.Fault("branches", "sumNot100", $"The percents add up to {shares.Sum(s => s.Percent):0.###}, not to 100.");
        return new Split(id, name, shares, (settings.OneOf<Draw>("draw") ?? Draw.Stable) == Draw.EachEntry);
    }

    private static Goto Goto(string id, string name, JsonObjectReader settings)
    {
        var scenario = settings.Whole("scenario", 1, int.MaxValue);
        var start = settings.Text("start", 64);
        if (start is not null && !Names.IsId(start))
            settings.Fault("start", "invalidId", "This is not the id of an element.");
        return new Goto(id, name, scenario, start);
    }

    private static string NewOutput(JsonObjectReader branch, IEnumerable<string> taken)
    {
        if (branch.Text("output", 64, required: true, min: 1) is not { } output)
            return "";
        if (output == Output.Else)
            branch.Fault("output", "reservedOutput", "The output else takes what no branch takes.");
        else if (!Names.IsOutput(output))
            branch.Fault("output", "invalidName", "This cannot be the name of an output.");
        else if (taken.Contains(output))
            branch.Fault("output", "duplicateOutput", $"The output '{output}' stands twice.");
        return output;
    }

    private enum Draw
    {
        Stable,
        EachEntry,
    }
}
