using Scenarios.Api.Http;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <param name="Partitions">The latest first, then those due next, at most
/// <see cref="ClusterEndpoints.PartitionsShown"/> of <paramref name="PartitionCount"/>.</param>
public sealed record ClusterView(
    IReadOnlyList<SiloLine> Silos,
    IReadOnlyList<ActivationLine> Activations,
    long PartitionCount,
    IReadOnlyList<PartitionLine> Partitions
);

public sealed record SiloLine(string Name, string Address, string Status, DateTimeOffset StartedAt, DateTimeOffset AliveAt);

public sealed record ActivationLine(string GrainType, long Count);

/// <summary>The state of the cluster, for who runs it.</summary>
internal static class ClusterEndpoints
{
    public const int PartitionsShown = 1000;

    public static void MapCluster(this IEndpointRouteBuilder api) =>
        api.MapGet("/cluster", ReadAsync)
            .NeedsOperator()
            .IsSlow()
            .Produces<ClusterView>()
            .WithSummary("Get silos, activations, partitions and their lateness");

    private static async Task<IResult> ReadAsync(HttpContext context, IGrainFactory grains, ClusterReads reads)
    {
        var management = grains.GetGrain<IManagementGrain>(0);
        var silos = await management.GetDetailedHosts(onlyActive: false);
        var statistics = await management.GetSimpleGrainStatistics();
        return Answer.Ok(
            new ClusterView(
                [
                    .. silos
                        .OrderBy(s => s.SiloName, StringComparer.Ordinal)
                        .ThenBy(s => s.StartTime)
                        .Select(s => new SiloLine(
                            s.SiloName,
                            s.SiloAddress.ToParsableString(),
                            Engine.Json.Name<SiloStatus>.Of(s.Status),
                            Utc(s.StartTime),
                            Utc(s.IAmAliveTime)
                        )),
                ],
                [
                    .. statistics
                        .GroupBy(s => s.GrainType, StringComparer.Ordinal)
                        .Select(g => new ActivationLine(g.Key.Split(',')[0], g.Sum(s => (long)s.ActivationCount)))
                        .OrderByDescending(a => a.Count),
                ],
                await reads.CountAsync(context.RequestAborted),
                await reads.PartitionsAsync(PartitionsShown, context.RequestAborted)
            )
        );
    }

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
