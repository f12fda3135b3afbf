using System.Text.Json.Nodes;

namespace Scenarios.Samples.Purchases;

/// <summary>
/// Holds what the server counted against what follows from the file. How a split divides is the server's to say; that its
/// parts sum up, and that everything behind it agrees with them, is not.
/// </summary>
internal sealed class Proof(IReadOnlyList<Customer> customers, JsonNode statistics)
{
    private readonly List<string> _differences = [];

    public IReadOnlyList<string> Differences => _differences;

    public void CheckElements()
    {
        int Count(Func<Customer, bool> of) => customers.Count(of);
        var (gold, silver, bronze) = (
            Count(c => c.Tier == "gold"),
            Count(c => c.Tier == "silver"),
            Count(c => c.Tier == "bronze")
        );
        var again = Count(c => c is { Tier: "bronze", Orders: >= 2 });
        var (now, later) = (Left("offer", "now"), Left("offer", "later"));

        Console.WriteLine($"\n{"element", -12} {"entered", 9} {"expected", 9}  left by / ended");
        Passes("start", customers.Count, ("next", customers.Count));
        Passes("tier", customers.Count, ("gold", gold), ("silver", silver), ("else", bronze));
        Passes("thanks", gold, ("success", gold));
        foreach (var element in (string[])["mark", "rest"])
            Passes(element, gold, ("next", gold));
        Ends("thanked", gold);
        Passes("offer", silver, ("now", now), ("later", later));
        Same("offer: now + later", now + later, silver);
        Passes("soon", now, ("next", now));
        Passes("discount", now, ("success", now));
        Ends("redeemed", now);
        foreach (var element in (string[])["hours", "note"])
            Passes(element, later, ("next", later));
        Ends("noted", later);
        Passes("again", bronze, ("yes", again), ("else", bronze - again));
        foreach (var element in (string[])["call", "remind"])
            Passes(element, again, ("next", again));
        Ends("reminded", again);
        Passes("patience", bronze - again, ("next", bronze - again));
        Ends("lapsed", bronze - again);

        var totals = statistics["totals"]!;
        Same("entered", (long)totals["entered"]!, customers.Count);
        Same("completed", (long)totals["completed"]!, customers.Count);
        Same("failed", (long)totals["failed"]!, 0);
    }

    /// <summary>One key for each run that came to a webhook, and what came is what the file says.</summary>
    public void CheckReceiver(Receiver receiver)
    {
        var byId = customers.ToDictionary(c => c.Id);
        foreach (var element in (string[])["thanks", "discount"])
        {
            var hits = receiver.Hits.Values.Where(h => h.Element == element).ToList();
            Same($"receiver: {element}", hits.Count, Entered(element));
            Same($"receiver: customers of {element}", hits.Select(h => h.Customer).Distinct().Count(), hits.Count);
        }
        foreach (var hit in receiver.Hits.Values)
        {
            var customer = byId[hit.Customer];
            if (customer.Tier != (hit.Element == "thanks" ? "gold" : "silver"))
                _differences.Add($"receiver: {hit} for a {customer.Tier} customer");
            if ((hit.Orders, hit.Total) != (customer.Orders, customer.Total))
                _differences.Add($"receiver: {hit}, the file says {customer.Orders} orders for {customer.Total}");
        }
    }

    public void CheckVerified(JsonNode verified)
    {
        if (!(bool)verified["consistent"]!)
            _differences.Add($"verify: {verified["differences"]!.ToJsonString()}");
    }

    /// <summary>The update of each path has reached the profiles of that path.</summary>
    public void CheckTouched(Customer customer, JsonNode profile)
    {
        var expected = customer.Tier == "gold" || customer is { Tier: "bronze", Orders: >= 2 } ? 1 : 0;
        Same($"touches of {customer.Id}", (long?)profile["fields"]!["touches"] ?? 0, expected);
    }

    public void Same(string what, long counted, long expected)
    {
        if (counted != expected)
            _differences.Add($"{what}: {counted:N0}, expected {expected:N0}");
    }

    private void Passes(string element, long entered, params (string Output, long Count)[] outputs)
    {
        Line(element, entered, string.Join(", ", outputs.Select(o => $"{o.Output} {Left(element, o.Output):N0}")));
        foreach (var (output, count) in outputs)
            Same($"{element}: left by {output}", Left(element, output), count);
        Same($"{element}: left in all", Sum(element, "left"), outputs.Sum(o => o.Count));
        Same($"{element}: ended", Sum(element, "ended"), 0);
    }

    private void Ends(string element, long entered)
    {
        Line(element, entered, $"ended {Sum(element, "ended"):N0}");
        Same($"{element}: ended", Sum(element, "ended"), entered);
        Same($"{element}: left", Sum(element, "left"), 0);
    }

    private void Line(string element, long expected, string rest)
    {
        Console.WriteLine($"{element, -12} {Entered(element), 9:N0} {expected, 9:N0}  {rest}");
        Same($"{element}: entered", Entered(element), expected);
    }

    private long Entered(string element) => (long?)Of(element)?["entered"] ?? 0;

    private long Left(string element, string output) => (long?)Of(element)?["left"]?[output] ?? 0;

    private long Sum(string element, string part) => Of(element)?[part]?.AsObject().Sum(n => (long)n.Value!) ?? 0;

    private JsonNode? Of(string element) => statistics["elements"]?[element];
}
