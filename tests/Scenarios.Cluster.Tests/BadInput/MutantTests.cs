using System.Globalization;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Tests.Parsers;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// Mutants of good requests against a live server, for as long as there is time: SCENARIOS_FUZZ_SECONDS (5 each), in the order of
/// SCENARIOS_SEED. Never a 5xx; what is refused has a code and has changed nothing; and in the end the numbers add up.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class MutantTests(ApiFixture api, ITestOutputHelper output)
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(Setting("SCENARIOS_FUZZ_SECONDS") ?? 5);

    // Always the same where nobody says otherwise: a change is judged by what it changes
    private readonly int _seed = Setting("SCENARIOS_SEED") ?? 1;

    [Fact]
    public async Task No_mutant_of_a_good_request_breaks_anything()
    {
        var mutants = Mutants.Of((await api.Caller(null).GetAsync("/openapi/v1.json")).Json).ToArray();
        new Random(_seed).Shuffle(mutants);
        await RunAsync(mutants, mutants.Length);
    }

    [Fact]
    public async Task No_change_of_bytes_breaks_anything()
    {
        var random = new Random(_seed);
        IEnumerable<BadRequest> Endless()
        {
            while (true)
            {
                var good = Mutants.Good[random.Next(Mutants.Good.Count)];
                yield return good with
                {
                    Body = Seeds.Changed(good.Body!, random),
                };
            }
        }
        await RunAsync(Endless(), int.MaxValue);
    }

    /// <summary>
    /// Twenty at a time. Those refused are sent once more, between two probes: what was refused twice has changed nothing, or
    /// is sent again one by one until it is found.
    /// </summary>
    private async Task RunAsync(IEnumerable<BadRequest> requests, int all)
    {
        var scene = await Scene.NewAsync(api);
        var (begun, sent, taken) = (TimeProvider.System.GetTimestamp(), 0, 0);
        foreach (var group in requests.Chunk(20))
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Time)
                break;
            var refused = new List<BadRequest>();
            foreach (var request in group)
                if (await IsRefusedAsync(scene, request))
                    refused.Add(request);
            sent += group.Length;
            taken += group.Length - refused.Count;
            await AssertNothingChangesAsync(scene, refused, together: true);
        }
        var told =
            $"seed {_seed}: {sent} of "
            + $"{(all == int.MaxValue ? "endless" : all.ToString(CultureInfo.InvariantCulture))} mutants sent, "
            + $"{taken} taken, {sent - taken} refused";
        output.WriteLine(told);
        Console.WriteLine($"{TestContext.Current.Test?.TestDisplayName}: {told}");
        Assert.True(sent > 100 && taken < sent, told);
        await scene.WorksAsync();
        Assert.True((await scene.Admin.PostAsync(Scene.Open + ":verify", "{}")).Json.GetProperty("consistent").GetBoolean());
    }

    private async Task AssertNothingChangesAsync(Scene scene, List<BadRequest> refused, bool together)
    {
        var known = await scene.StateAsync();
        foreach (var request in refused)
        {
            // Something in between made it good: then it may change what it likes.
            if (!await IsRefusedAsync(scene, request))
                known = await scene.StateAsync();
            else if (!together)
                Assert.True(
                    known.SequenceEqual(await scene.StateAsync()),
                    $"{Told(request)} was refused and has changed something"
                );
        }
        if (together && !known.SequenceEqual(await scene.StateAsync()))
            await AssertNothingChangesAsync(scene, refused, together: false);
    }

    private async Task<bool> IsRefusedAsync(Scene scene, BadRequest request)
    {
        var answer = request.Path == "/api/v1/tenants" ? await SendAsync(request) : await scene.SendAsync(request);
        Assert.True(answer.Status < 500, $"{Told(request)} answers {answer.Status}: {answer.Text}");
        // Altcraft's envelope comes with 200.
        if (answer.Status == 200 && request.Path.StartsWith("/api/v1.1/", StringComparison.Ordinal))
            Assert.True(answer.Json.GetProperty("error").GetInt32() < 500, $"{Told(request)} answers {answer.Text}");
        if (answer.Status < 400)
            return false;
        // The server's own 400 (a NUL in the path) and 414 have no body.
        if (answer.Text.Length > 0 || answer.Status is not (400 or 414))
            Assert.True(
                answer.Json.TryGetProperty("code", out _) && answer.Header("Content-Type") == "application/problem+json",
                $"{Told(request)} answers {answer.Text}"
            );
        return true;
    }

    private string Told(BadRequest request) =>
        $"seed {_seed}: {request}, body "
        + $"{Convert.ToBase64String(request.Body.AsSpan(0, Math.Min(request.Body?.Length ?? 0, 3000)))},";

    private Task<ApiAnswer> SendAsync(BadRequest request) =>
        api.Operator.SendAsync(request.Method, request.Path, request.Body, request.Type, request.Headers);

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
