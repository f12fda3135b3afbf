using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans.Configuration;
using Scenarios.Storage;
using Scenarios.Storage.Embedded;

namespace Scenarios.Bench.Naive;

/// <summary>
/// The naive design as a server: a silo and an HTTP endpoint in one process, on AdoNet membership, storage and reminders with
/// the product's settings and the product's own Orleans tables, whose statements are leaner than the stock ones.
/// Its captures answer as the product's do.
/// </summary>
internal static class NaiveServer
{
    /// <summary>
    /// A batch is a loop over its items. One item after the other would be slower still; one connection for each keeps all of
    /// them busy.
    /// </summary>
    private const int ItemsAtOnce = 64,
        Connections = 64;

    public static async Task RunAsync(string url, string connectionString)
    {
        await using var database = await Database.OpenAsync(
            new DatabaseOptions { ConnectionString = connectionString, LedgerConnections = Connections },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            CancellationToken.None
        );
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<NaiveBoard>();
        builder.UseOrleans(silo => Configure(silo, database.Ledger));
        builder.WebHost.UseUrls(url);
        await using var app = builder.Build();
        Map(app);
        await app.RunAsync();
    }

    private static void Configure(ISiloBuilder silo, NpgsqlDataSource dataSource) =>
        silo
        // Each start is a cluster of its own, so that it need not wait for a predecessor that was slow to leave.
        .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ($"naive-{Environment.ProcessId}", "naive"))
            .ConfigureEndpoints(IPAddress.Loopback, LoopbackPort.Find(), LoopbackPort.Find())
            .UseAdoNetClustering(o => (o.Invariant, o.DataSource) = ("Npgsql", dataSource))
            .AddAdoNetGrainStorageAsDefault(o => (o.Invariant, o.DataSource) = ("Npgsql", dataSource))
            .UseSystemTextJsonGrainStorageSerializer()
            .UseAdoNetReminderService(o => (o.Invariant, o.DataSource) = ("Npgsql", dataSource))
            .Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(2));

    private static void Map(WebApplication app)
    {
        app.MapGet("/health/ready", () => Results.Ok());
        app.MapPost("/scenarios", (NewScenario scenario, NaiveBoard board) => board.Add(scenario.WaitSeconds, scenario.Until));
        app.MapGet("/scenarios/{n}/ends", (int n, NaiveBoard board) => board.Ends(n));
        app.MapPost("/api/v1/scenarios/{n}/captures", async (int n, Item item, NaiveBoard board, IGrainFactory grains) =>
            await CaptureAsync(n, item, board, grains) is { } run
                ? Results.Json(new Outcome(true, run), statusCode: StatusCodes.Status201Created)
                : Results.Json(new Outcome(false, null))
        );
        app.MapPost(
            "/api/v1/scenarios/{n}/captures:batch",
            async (int n, Batch batch, NaiveBoard board, IGrainFactory grains) =>
            {
                var runs = new Guid?[batch.Items.Length];
                await Parallel.ForAsync(
                    0,
                    runs.Length,
                    new ParallelOptions { MaxDegreeOfParallelism = ItemsAtOnce },
                    async (i, _) => runs[i] = await CaptureAsync(n, batch.Items[i], board, grains)
                );
                return new BatchAnswer(
                    runs.Count(run => run is not null),
                    runs.Count(run => run is null),
                    [.. runs.Select(run => new Outcome(run is not null, run))]
                );
            }
        );
    }

    private static Task<Guid?> CaptureAsync(int n, Item item, NaiveBoard board, IGrainFactory grains) =>
        grains
            .GetGrain<INaiveRunGrain>(NaiveBoard.Key(n, item.ProfileId))
            .Capture(board.Capture(n, item.Content?.GetRawText()));

    internal sealed record NewScenario(int WaitSeconds, DateTimeOffset? Until);

    internal sealed record Item(string ProfileId, JsonElement? Content);

    internal sealed record Batch(Item[] Items);

    internal sealed record Outcome(bool Accepted, Guid? RunId);

    internal sealed record BatchAnswer(int Accepted, int Declined, Outcome[] Items);
}
