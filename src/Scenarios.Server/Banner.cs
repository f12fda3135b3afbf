using Scenarios.Storage.Embedded;

namespace Scenarios.Server;

/// <summary>What the person at the console needs to go on.</summary>
internal static class Banner
{
    public static void Print(
        ServerOptions options,
        IEnumerable<string> urls,
        NodePorts? ports,
        EmbeddedPostgres? postgres,
        OperatorToken token
    )
    {
        var address = urls.FirstOrDefault() ?? options.Urls;
        Console.WriteLine(
            $"""

            Scenarios {ServerOptions.Version} is ready on {address}
              node      {(
                ports is null ? "API, a client of the cluster" : $"silo on port {ports.Silo}, gateway {ports.Gateway}"
            )}
              database  {(
                postgres is null
                    ? "ConnectionStrings__Scenarios"
                    : $"own PostgreSQL on port {postgres.Port}, data in {options.DataDirectory}"
            )}
              token     {Describe(token)}

            """
        );
    }

    private static string Describe(OperatorToken token) =>
        token switch
        {
            { IsNew: true } => $"{token.Value}   (shown this once, kept in {token.File})",
            { File: { } file } => $"kept in {file}",
            { Value: not null } => "SCENARIOS_BOOTSTRAP_TOKEN",
            _ => "none: set SCENARIOS_BOOTSTRAP_TOKEN",
        };
}
