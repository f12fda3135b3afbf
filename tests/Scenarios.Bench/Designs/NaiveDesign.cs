using System.Net.Http.Json;
using Scenarios.Bench.Load;

namespace Scenarios.Bench.Designs;

/// <summary>The baseline: see <see cref="Naive.NaiveServer"/>.</summary>
internal sealed class NaiveDesign(string connectionString) : Design
{
    public const string ServerCommand = "naive-server";

    public override string Name => "naive";
    public override int MassWake => 2_000;
    public override int MemoryRuns => 20_000;

    public override async Task<int> ScenarioAsync(Wait wait, CancellationToken cancellationToken)
    {
        var answer = await Server.Http.PostAsJsonAsync(
            "/scenarios",
            new { waitSeconds = wait.Seconds, until = wait.Until },
            cancellationToken
        );
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<int>(cancellationToken);
    }

    public override Target TargetOf(int scenario) => new(Server.Address, $"/api/v1/scenarios/{scenario}/captures", "none");

    public override async Task<long> EndedAsync(int scenario, long accepted, CancellationToken cancellationToken) =>
        (await EndsAsync(scenario, default, cancellationToken)).Count;

    public override async Task<Ends> EndsAsync(int scenario, Wait wait, CancellationToken cancellationToken) =>
        (await Server.Http.GetFromJsonAsync<Ends>($"/scenarios/{scenario}/ends", cancellationToken))!;

    /// <summary>It keeps no numbers that could be compared.</summary>
    public override Task<List<string>> CheckAsync(int scenario, long accepted, CancellationToken cancellationToken) =>
        Task.FromResult(new List<string>());

    protected override Task<ChildServer> LaunchAsync(
        Dictionary<string, string> environment,
        CancellationToken cancellationToken
    ) =>
        ChildServer.StartAsync(
            "Scenarios.Bench",
            url => [ServerCommand, url],
            new(environment) { ["BENCH_DATABASE"] = connectionString },
            cancellationToken
        );
}
