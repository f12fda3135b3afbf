using Npgsql;
using Scenarios.Api.Captures;
using Scenarios.Api.Endpoints;
using Scenarios.Api.Live;
using Scenarios.Storage;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Scenarios;
using Scenarios.Storage.Tasks;

namespace Scenarios.Api;

/// <summary>What the API has about scenarios: read models on PostgreSQL, the way of captures, their endpoints.</summary>
internal static class ScenariosApi
{
    public static void AddScenarioEndpoints(this IServiceCollection services)
    {
        services
            .AddSingleton(s => new ScenarioReads(Quick(s)))
            .AddSingleton(s => new ScenarioPlaces(Quick(s)))
            .AddSingleton(s => new Trash(Quick(s)))
            .AddSingleton(s => new RevisionReads(Quick(s)))
            .AddSingleton(s => new TaskReads(Quick(s)))
            .AddSingleton(s => new TaskStore(Quick(s)))
            .AddSingleton(s => new LiveReads(Quick(s)))
            .AddSingleton(s => new LiveTotalsReads(Slow(s)))
            .AddSingleton(s => new RunReads(Quick(s)))
            .AddSingleton(s => new ProfileReads(Quick(s)))
            .AddSingleton(s => new MatchReads(Quick(s)));
        // What may take long has connections of its own, so that it never keeps a commit waiting.
        services
            .AddSingleton(s => new ScenarioList(Slow(s)))
            .AddSingleton(s => new StandingReads(Slow(s)))
            .AddSingleton(s => new AltcraftList(Slow(s)))
            .AddSingleton(s => new StatisticsReads(Slow(s)))
            .AddSingleton(s => new VerifyReads(Slow(s)))
            .AddSingleton(s => new DuplicateReads(Slow(s)))
            .AddSingleton(s => new ClusterReads(Slow(s)));
        services
            .AddSingleton<ScenarioDirectory>()
            .AddSingleton<MatchResolver>()
            .AddSingleton<CaptureCalls>()
            .AddSingleton<CaptureSender>();
        services.AddSingleton<LiveFeed>().AddHostedService(s => s.GetRequiredService<LiveFeed>());
    }

    public static void MapScenarioEndpoints(this IEndpointRouteBuilder api)
    {
        var scenarios = api.MapGroup("").WithTags("Scenarios");
        scenarios.MapScenarios();
        scenarios.MapScenarioCommands();
        scenarios.MapDrafts();
        scenarios.MapRevisions();
        scenarios.MapElementTypes();
        api.MapGroup("").WithTags("Captures").MapCaptures();
        var runs = api.MapGroup("").WithTags("Runs");
        runs.MapRuns();
        runs.MapRunCommands();
        runs.MapBulk();
        runs.MapProfilesInScenarios();
        var numbers = api.MapGroup("").WithTags("Numbers");
        numbers.MapLive();
        numbers.MapStatistics();
        api.MapGroup("").WithTags("Tasks").MapTasks();
        api.MapGroup("").WithTags("Cluster").MapCluster();
    }

    private static NpgsqlDataSource Quick(IServiceProvider services) => services.GetRequiredService<Database>().Ledger;

    private static NpgsqlDataSource Slow(IServiceProvider services) => services.GetRequiredService<Database>().Reads;
}
