// A whole journey on a log of purchases: customers with computed fields, a scenario of nineteen elements, captures in batches,
// live counts that drain, and the proof that every number of the server is the number that follows from the file.

using System.Diagnostics;
using Scenarios.Samples.Purchases;

const int BatchSize = 1_000,
    SpreadSeconds = 10,
    ImportedPerSecond = 2_000;
var stuckAfter = TimeSpan.FromMinutes(2);

if (Options.Read(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
try
{
    using var api = new Api(options.Server, options.Token);
    await using var receiver = await Receiver.StartAsync();
    var customers = Customer.Read(options.File);
    var name = $"purchases {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}";
    Console.WriteLine(
        $"{customers.Count:N0} customers: "
            + $"{string.Join(", ", customers.GroupBy(c => c.Tier).OrderBy(g => g.Key).Select(g => $"{g.Count():N0} {g.Key}"))}"
    );

    var clock = Stopwatch.StartNew();
    await ImportAsync(api, name, customers);
    var scenario = await CreateAsync(api, name, receiver.Address);
    var runs = await CaptureAsync(api, scenario, name, customers);
    await DrainAsync(api, scenario, stuckAfter);
    Console.WriteLine($"All is done after {clock.Elapsed.TotalSeconds:F1} s.");

    var proof = new Proof(customers, await api.GetAsync($"{scenario}/statistics"));
    proof.CheckElements();
    proof.CheckReceiver(receiver);
    proof.CheckVerified(await api.PostAsync($"{scenario}:verify", new { }));
    proof.Same("runs", runs.Distinct().Count(), customers.Count);
    foreach (var customer in customers.GroupBy(c => (c.Tier, c.Orders >= 2)).Select(g => g.First()))
        proof.CheckTouched(
            customer,
            await api.GetAsync($"/api/v1/databases/{Uri.EscapeDataString(name)}/profiles/{customer.Id}")
        );

    Console.WriteLine($"\nThe receiver saw {receiver.Hits.Count:N0} keys, and {receiver.Repeats:N0} repeats.");
    foreach (var difference in proof.Differences)
        Console.Error.WriteLine(difference);
    if (proof.Differences.Count > 0)
        return 1;
    Console.WriteLine("everything adds up");
    return 0;
}
catch (ApiException e)
{
    Console.Error.WriteLine(e.Message);
    if (e.Code.Contains("addressNotAllowed", StringComparison.Ordinal))
        Console.Error.WriteLine(
            "Webhooks never reach this machine unless its operator allows it: "
                + "start the server with Effects__AllowedNetworks=127.0.0.0/8"
        );
    return 1;
}
catch (HttpRequestException e)
{
    Console.Error.WriteLine($"No server at {options.Server}: {e.Message}");
    return 1;
}

static async Task ImportAsync(Api api, string database, List<Customer> customers)
{
    await api.PostAsync(
        "/api/v1/databases",
        new { name = database, fields = Journey.Fields.Select(f => new { name = f.Name, type = f.Type }) }
    );
    var clock = Stopwatch.StartNew();
    var soon = DateTimeOffset.UtcNow.AddSeconds(SpreadSeconds + customers.Count / ImportedPerSecond); // by then all are captured
    var answer = await api.PostLinesAsync(
        $"/api/v1/databases/{Uri.EscapeDataString(database)}/profiles:import",
        customers.Select(
            (c, i) =>
                new
                {
                    id = c.Id,
                    email = $"customer-{c.Id}@example.com",
                    fields = new
                    {
                        orders = c.Orders,
                        total = c.Total,
                        tier = c.Tier,
                        firstPurchase = c.FirstPurchase.ToString("O"),
                        lastPurchase = c.LastPurchase.ToString("O"),
                        callAt = soon.AddSeconds(i % SpreadSeconds).ToString("O"),
                    },
                }
        )
    );
    if ((long)answer["created"]! != customers.Count)
        throw new ApiException(
            "",
            $"The import made {answer["created"]} of {customers.Count} profiles: {answer["errors"]!.ToJsonString()}"
        );
    Console.WriteLine($"Imported {customers.Count:N0} profiles into '{database}' in {clock.Elapsed.TotalSeconds:F1} s.");
}

static async Task<string> CreateAsync(Api api, string database, Uri receiver)
{
    var made = await api.PostAsync(
        "/api/v1/scenarios",
        new
        {
            title = "Purchases",
            database,
            definition = Journey.Definition(receiver),
        }
    );
    var scenario = $"/api/v1/scenarios/{made["number"]}";
    await api.PostAsync($"{scenario}:activate", new { });
    Console.WriteLine($"Scenario #{made["number"]} is active; its webhooks go to {receiver}.");
    return scenario;
}

static async Task<List<string>> CaptureAsync(Api api, string scenario, string name, List<Customer> customers)
{
    var clock = Stopwatch.StartNew();
    var runs = new List<string>();
    foreach (var batch in customers.Chunk(BatchSize))
        runs.AddRange(await SendAsync(batch));
    Console.WriteLine(
        $"Captured {runs.Count:N0} in batches of {BatchSize:N0}: {runs.Count / clock.Elapsed.TotalSeconds:N0} a second."
    );

    // As a caller does who got no answer: the same keys again find the same runs.
    var first = customers[..Math.Min(BatchSize, customers.Count)];
    if (!(await SendAsync([.. first])).SequenceEqual(runs[..first.Count]))
        throw new ApiException("", "A batch that was sent again made other runs.");
    return runs;

    async Task<IEnumerable<string>> SendAsync(Customer[] batch)
    {
        var answer = await api.PostAsync(
            $"{scenario}/captures:batch",
            new
            {
                items = batch.Select(c => new
                {
                    profileId = c.Id,
                    key = $"{name}/{c.Id}",
                    content = new { source = "purchases" },
                }),
            }
        );
        return answer["items"]!
            .AsArray()
            .Select(item =>
                (string?)item!["runId"] ?? throw new ApiException("", $"A capture was not accepted: {item.ToJsonString()}")
            );
    }
}

static async Task DrainAsync(Api api, string scenario, TimeSpan stuckAfter)
{
    var (last, changed) = ("", Stopwatch.StartNew());
    while (true)
    {
        var live = await api.GetAsync($"{scenario}/live");
        var inside = (long)live["inside"]!;
        var occupied = live["elements"]!.AsObject().Where(e => (long)e.Value! > 0).Select(e => $"{e.Key} {(long)e.Value!:N0}");
        Console.WriteLine($"inside {inside, 7:N0}   {string.Join("  ", occupied)}");
        if (inside == 0)
            return;
        if (live["elements"]!.ToJsonString() is var now && now != last)
            (last, changed) = (now, Stopwatch.StartNew());
        if (changed.Elapsed > stuckAfter)
            throw new ApiException("", $"Nothing has moved for {stuckAfter.TotalMinutes} minutes.");
        await Task.Delay(TimeSpan.FromSeconds(1));
    }
}
