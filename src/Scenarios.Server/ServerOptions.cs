using System.Reflection;

namespace Scenarios.Server;

[Flags]
public enum Roles
{
    Silo = 1,
    Api = 2,
    All = Silo | Api,
}

/// <summary>The options of one process: arguments first, then the environment.</summary>
public sealed record ServerOptions
{
    public const string Usage = """
        Scenarios: a customer-journey engine. One executable, one node of a cluster.

          --urls URL[;URL]        where to listen            http://localhost:8080
          --data DIR              what this node keeps       .data
          --roles silo|api|all    run grains, serve HTTP     all
          --silo-port PORT        between the silos          free, then kept in DIR
          --gateway-port PORT     from API nodes to silos    free, then kept in DIR
          --help, --version

        Environment
          ConnectionStrings__Scenarios   PostgreSQL 15 or newer; without it the node runs its own below DIR
          ConnectionStrings__Migrations  of the role that owns the schema, where the server's own does not
          SCENARIOS_BOOTSTRAP_TOKEN      the operator's token; without it the first start with its own PostgreSQL makes one
          SCENARIOS_SECRET_KEYS          seals webhook secrets and keys hashes of tokens in a shared database: 32 random bytes in base64; a new key goes before the former, after a comma
          SCENARIOS_POSTGRES_BIN         directory of initdb, pg_ctl and postgres, if they are at no usual place
          Effects__AllowedNetworks       networks that webhooks may reach although private, as 10.0.0.0/8,127.0.0.0/8
          Cluster__Id                    nodes with one name and one database are a cluster   scenarios
          Cluster__AdvertisedAddress     address or host name of this node for the others     127.0.0.1, this machine only
          Cluster__AdvertisedSiloPort    its silo port for the others, where something between maps it  --silo-port
          OTEL_EXPORTER_OTLP_ENDPOINT    also send logs, traces and metrics there
          Serilog__MinimumLevel__Default Verbose, Debug, Information, Warning or Error

        """;

    public string Urls { get; init; } = "http://localhost:8080";

    public string DataDirectory { get; init; } = Path.GetFullPath(".data");

    public Roles Roles { get; init; } = Roles.All;

    /// <summary>Null: a free one, kept for the next start.</summary>
    public int? SiloPort { get; init; }

    public int? GatewayPort { get; init; }

    /// <summary>Null: the node runs its own PostgreSQL.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Null: the server's role owns the schema, or has nothing to migrate.</summary>
    public string? MigrationsConnectionString { get; init; }

    public string? BootstrapToken { get; init; }

    /// <summary>Keys in base64, the newest first.</summary>
    public string? SecretKeys { get; init; }

    public string ClusterId { get; init; } = "scenarios";

    /// <summary>Null: loopback, so that nothing off this machine reaches the silo.</summary>
    public string? AdvertisedAddress { get; init; }

    /// <summary>Null: the port that it listens on.</summary>
    public int? AdvertisedSiloPort { get; init; }

    public static string Version { get; } =
        typeof(ServerOptions)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <exception cref="UsageException">An argument is unknown, lacks its value, or has one that means nothing.</exception>
    public static ServerOptions Read(IReadOnlyList<string> arguments, IConfiguration environment)
    {
        var options = new ServerOptions
        {
            ConnectionString = NullIfEmpty(environment.GetConnectionString("Scenarios")),
            MigrationsConnectionString = NullIfEmpty(environment.GetConnectionString("Migrations")),
            BootstrapToken = NullIfEmpty(environment["SCENARIOS_BOOTSTRAP_TOKEN"]),
            SecretKeys = NullIfEmpty(environment["SCENARIOS_SECRET_KEYS"]),
            AdvertisedAddress = NullIfEmpty(environment["Cluster:AdvertisedAddress"]),
        };
        if (NullIfEmpty(environment["Cluster:Id"]) is { } cluster)
            options = options with { ClusterId = cluster };
        if (NullIfEmpty(environment["Cluster:AdvertisedSiloPort"]) is { } mapped)
            options = options with { AdvertisedSiloPort = CheckedPort("Cluster__AdvertisedSiloPort", mapped) };
        if (NullIfEmpty(environment["urls"]) is { } urls)
            options = options with { Urls = CheckedUrls(urls) };

        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var left, var right] ? (left, right) : (arguments[i], null);
            value ??= i + 1 < arguments.Count ? arguments[++i] : throw new UsageException($"{name} needs a value.");
            options = name switch
            {
                "--urls" => options with { Urls = CheckedUrls(value) },
                "--data" => options with { DataDirectory = Path.GetFullPath(value) },
                "--roles" => options with { Roles = CheckedRoles(value) },
                "--silo-port" => options with { SiloPort = CheckedPort(name, value) },
                "--gateway-port" => options with { GatewayPort = CheckedPort(name, value) },
                _ => throw new UsageException($"{name} is not an option."),
            };
        }
        return options is { MigrationsConnectionString: not null, ConnectionString: null }
            ? throw new UsageException("ConnectionStrings__Migrations is for a server that ConnectionStrings__Scenarios names.")
            : options;
    }

    private static Roles CheckedRoles(string value) =>
        value switch
        {
            "silo" => Roles.Silo,
            "api" => Roles.Api,
            "all" => Roles.All,
            _ => throw new UsageException($"--roles takes silo, api or all, not {value}."),
        };

    private static int CheckedPort(string name, string value) =>
        int.TryParse(value, out var port) && port is > 0 and <= 65_535
            ? port
            : throw new UsageException($"{name} takes a port from 1 to 65535, not {value}.");

    private static string CheckedUrls(string value)
    {
        foreach (var url in value.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw new UsageException($"--urls takes addresses like http://localhost:8080, not {url}.");
            }
        }
        return value;
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}

/// <summary>The command line means nothing to us; the message says where.</summary>
public sealed class UsageException(string message) : Exception(message);
