using System.Text.Json;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// Reads <c>{elements, links, layout, bin}</c> (elements.md) and refuses at once what has no meaning: every fault is
/// reported, with
/// its JSON pointer and element. What is merely incomplete is read, and left to the <see cref="Validator"/>.
/// </summary>
public static class DefinitionReader
{
    public const int MaxElements = 300,
        MaxLinks = 5000,
        MaxPlace = 10_000_000;

    private static readonly NetworkRules Everywhere = new(NetworkRules.Parse("0.0.0.0/0 ::/0"));

    /// <param name="path">The JSON pointer of the definition in what was sent, for example <c>/definition</c>.</param>
    /// <param name="checkTemplate">Null when a Liquid text parses, else what is wrong with it.</param>
    /// <param name="networks">Where the literal address of a webhook may lie. Null, for a definition that was saved
    /// once: anywhere; the connection is checked anyway.</param>
    /// <returns>Null when a problem was added.</returns>
    public static Definition? Read(
        JsonElement definition,
        string path,
        List<Problem> problems,
        Func<string, string?> checkTemplate,
        NetworkRules? networks = null
    )
    {
        var before = problems.Count;
        var reader = new JsonObjectReader(definition, path, problems);
        var elements = Elements(reader, problems, new DefinitionChecks(checkTemplate, networks ?? Everywhere), out var ids);
        var links = Links(reader, elements, ids);
        Layout(reader);
        // The bin is the server's: a client may send back what it was given, and changes nothing by it.
        reader.Array("bin", int.MaxValue);
        reader.Done();
        return problems.Count == before ? new Definition(elements, links) : null;
    }

    /// <param name="ids">Every id present, including those of elements that could not be read: a link to one is not a
    /// second fault. Null when none can be told.</param>
    private static List<Element> Elements(
        JsonObjectReader reader,
        List<Problem> problems,
        DefinitionChecks checks,
        out HashSet<string>? ids
    )
    {
        var elements = new List<Element>();
        ids = new HashSet<string>(StringComparer.Ordinal);
        var array = reader.Array("elements", MaxElements, required: true);
        if (!reader.IsGood)
        {
            ids = null;
            return elements;
        }
        var elementReader = new ElementReader(problems, checks);
        foreach (var (json, path) in array)
        {
            var element = elementReader.Read(json, path, out var id);
            if (id is not null && !ids.Add(id))
                problems.Add(new Problem(path + "/id", "duplicateId", $"Duplicate id '{id}'.", id));
            if (element is ApiCall && id != Definition.StartId)
                problems.Add(
                    new Problem(
                        path + "/type",
                        "secondApiCall",
                        $"A scenario must have exactly one apiCall, with the id {Definition.StartId}.",
                        id
                    )
                );
            if (element is not (null or ApiCall) && id == Definition.StartId)
                problems.Add(
                    new Problem(path + "/type", "startNotApiCall", $"The element {Definition.StartId} must be an apiCall.", id)
                );
            if (element is not null)
                elements.Add(element);
        }
        if (!ids.Contains(Definition.StartId))
            reader.Fault("elements", "missingStart", $"Missing apiCall with the id {Definition.StartId}.");
        return elements;
    }

    private static List<Link> Links(JsonObjectReader reader, List<Element> elements, HashSet<string>? ids)
    {
        var byId = elements.ToLookup(e => e.Id, StringComparer.Ordinal);
        var links = new List<Link>();
        var taken = new HashSet<(string, string)>();
        foreach (var (json, path) in reader.Array("links", MaxLinks))
        {
            var link = reader.Child(json, path);
            var from = link.Text("from", int.MaxValue, required: true);
            var output = link.Text("output", int.MaxValue, required: true);
            var to = link.Text("to", int.MaxValue, required: true);
            link.ElementId = from;
            link.Done();
            if (from is null || output is null || to is null || ids is null)
                continue;
            if (!ids.Contains(from))
                link.Fault("from", "unknownElement", $"Unknown element '{from}'.");
            else if (byId[from].FirstOrDefault() is { } source && !source.Outputs.Contains(output))
                link.Fault("output", "unknownOutput", $"The element '{from}' has no output '{output}'.");
            else if (!taken.Add((from, output)))
                link.Fault("output", "duplicateLink", $"Duplicate link from output '{output}' of '{from}'.");
            if (!ids.Contains(to))
                link.Fault("to", "unknownElement", $"Unknown element '{to}'.");
            else if (from == to)
                link.Fault("to", "selfLink", "An element cannot lead to itself.");
            else if (byId[to].Any(e => e.IsTrigger))
                link.Fault("to", "linkToTrigger", "A link cannot lead into a trigger.");
            links.Add(new Link(from, output, to));
        }
        return links;
    }

    /// <summary>
    /// Places on the canvas, by element. They are kept beside the graph and mean nothing to it, so a place without an
    /// element is no fault.
    /// </summary>
    private static void Layout(JsonObjectReader reader)
    {
        if (reader.Object("layout") is not { } layout)
            return;
        foreach (var (id, _) in layout.Members())
        {
            if (!Names.IsId(id))
                layout.Fault(id, "invalidId", "Not a valid id of an element.");
            if (layout.Object(id, required: true) is not { } place)
                continue;
            place.Number("x", -MaxPlace, MaxPlace, required: true);
            place.Number("y", -MaxPlace, MaxPlace, required: true);
            place.Done();
        }
    }
}
