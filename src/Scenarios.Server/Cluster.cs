using System.Net;
using System.Net.Sockets;
using Npgsql;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Serialization;
using Scenarios.Grains;

namespace Scenarios.Server;

/// <summary>
/// Orleans on PostgreSQL: membership and reminders through the one pool that the ledger uses.
/// The figures were measured (docs: a kill is noticed in a second, a cold start after a kill of everything takes seconds); their
/// price is that a starved silo may be declared dead while it lives, which costs latency only, because every commit is fenced.
/// </summary>
internal static class Cluster
{
    private const string Npgsql = "Npgsql";
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

    public static void AddSilo(
        this WebApplicationBuilder builder,
        ServerOptions options,
        NodePorts ports,
        NpgsqlDataSource dataSource
    )
    {
        var address = Advertised(options);
        builder.Services.CarryDatabaseErrors();
        builder.Host.UseOrleans(silo =>
            silo.Configure<ClusterOptions>(o => o.ClusterId = o.ServiceId = options.ClusterId)
                .Configure<SiloOptions>(o => o.SiloName = $"{Environment.MachineName}:{ports.Silo}")
                .ConfigureEndpoints(address, ports.Silo, ports.Gateway, listenOnAnyHostAddress: !IPAddress.IsLoopback(address))
                .Configure<EndpointOptions>(o =>
                {
                    if (options.AdvertisedSiloPort is not { } mapped)
                        return;
                    (o.SiloListeningEndpoint, o.SiloPort) = (
                        new IPEndPoint(IPAddress.IsLoopback(address) ? address : IPAddress.Any, ports.Silo),
                        mapped
                    );
                })
                .UseAdoNetClustering(o => (o.Invariant, o.DataSource) = (Npgsql, dataSource))
                .UseAdoNetReminderService(o => (o.Invariant, o.DataSource) = (Npgsql, dataSource))
                .Configure<ClusterMembershipOptions>(o =>
                {
                    o.ProbeTimeout = TimeSpan.FromSeconds(1);
                    o.NumMissedProbesLimit = 2;
                    o.NumVotesForDeathDeclaration = 1; // right for two or three silos; two from four up
                    o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
                    o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
                    o.NumMissedTableIAmAliveLimit = 2; // a member silent for 4 s does not hold up one that joins
                })
                .Configure<SiloMessagingOptions>(o =>
                {
                    o.ResponseTimeout = ResponseTimeout;
                    // A silo that stops has answered everything when its grains are gone, but not every answer has been
                    // read yet: once it says
                    // that it is dead, its neighbours give up those that are still on their way.
                    o.WaitForMessageToBeQueuedForOutboundTime = TimeSpan.FromSeconds(1);
                })
                .Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(2)) // sleepers leave memory
                .AddDashboard(o => o.HideTrace = true)
                .AddScenariosGrains()
        );
    }

    public static void AddClusterClient(this WebApplicationBuilder builder, ServerOptions options, NpgsqlDataSource dataSource)
    {
        builder.Services.CarryDatabaseErrors();
        builder.Host.UseOrleansClient(client =>
        {
            client
                .Configure<ClusterOptions>(o => o.ClusterId = o.ServiceId = options.ClusterId)
                .UseAdoNetClustering(o => (o.Invariant, o.DataSource) = (Npgsql, dataSource))
                .Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5))
                .Configure<ClientMessagingOptions>(o => o.ResponseTimeout = ResponseTimeout)
                .UseConnectionRetryFilter(
                    async (_, cancellation) =>
                    {
                        await Task.Delay(TimeSpan.FromSeconds(1), cancellation); // the silos may still be starting
                        return true;
                    }
                )
                .AddDashboard(o => o.HideTrace = true);
        });
    }

    /// <summary>
    /// What a silo hears from its database reaches the edge as what it is, and is answered 503. Orleans by itself carries
    /// exceptions of .NET only: in their place came one that says that they have no codec, and that was a 500.
    /// </summary>
    private static void CarryDatabaseErrors(this IServiceCollection services) =>
        services.Configure<ExceptionSerializationOptions>(o => o.SupportedNamespacePrefixes.Add(Npgsql));

    private static IPAddress Advertised(ServerOptions options)
    {
        if (options.AdvertisedAddress is not { } name)
            return IPAddress.Loopback;
        if (IPAddress.TryParse(name, out var address))
            return address;
        try
        {
            return Dns.GetHostAddresses(name, AddressFamily.InterNetwork).FirstOrDefault()
                ?? throw new UsageException($"Cluster__AdvertisedAddress {name} has no IPv4 address.");
        }
        catch (SocketException e)
        {
            throw new UsageException($"Cluster__AdvertisedAddress {name} cannot be resolved: {e.Message}.");
        }
    }
}
