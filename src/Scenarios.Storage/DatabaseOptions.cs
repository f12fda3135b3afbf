using System.Net;
using Npgsql;

namespace Scenarios.Storage;

/// <summary>
/// How the server talks to PostgreSQL. The time limits keep one stuck process from blocking the others: a silo frozen
/// in mid-commit loses its locks within <see cref="IdleInTransactionTimeout"/> or <see cref="TcpUserTimeout"/>.
/// </summary>
public sealed record DatabaseOptions
{
    /// <summary>
    /// Host, Port, Database, Username, Password and other Npgsql settings; the properties below take precedence.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// The connection of the role that owns the schema, to the same database; null: the server's own role owns it.
    /// </summary>
    public string? MigrationsConnectionString { get; init; }

    /// <summary>The server and everything in it belong to this node.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Connections for commits, the control plane, and reads that are quick.</summary>
    public int LedgerConnections { get; init; } = 24;

    /// <summary>Connections for lists, numbers and exports.</summary>
    public int ReadConnections { get; init; } = 8;

    /// <summary>How long a statement of the ledger waits for a lock.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a statement of the ledger runs.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a slow read runs.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a transaction may stay open without a statement.</summary>
    public TimeSpan IdleInTransactionTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long bytes may stay unacknowledged before either side gives the connection up.</summary>
    public TimeSpan TcpUserTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may take to open.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the start waits for a server that is not reachable yet: a database and its clients often start
    /// together.
    /// </summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Statements that a connection keeps prepared.</summary>
    public int PreparedStatements { get; init; } = 200;

    /// <summary>
    /// The connection leaves this machine without verifying the server: a man in the middle can impersonate it.
    /// </summary>
    public static bool IsOpenOnTheWay(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        return settings.SslMode != SslMode.VerifyFull
            && !(settings.Host ?? "").Split(',', StringSplitOptions.TrimEntries).All(IsHere);

        static bool IsHere(string host) =>
            host.Length == 0
            || host[0] is '/' or '@'
            || WithoutPort(host) is var name
                && (
                    name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                    || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address))
                );

        // IPv6 is written alone, or in brackets before a port.
        static string WithoutPort(string host) =>
            host.Count(c => c == ':') == 1 ? host[..host.IndexOf(':')]
            : host.StartsWith('[') ? host[1..host.IndexOf(']')]
            : host;
    }
}
