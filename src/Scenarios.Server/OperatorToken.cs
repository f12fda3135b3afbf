using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Embedded;

namespace Scenarios.Server;

/// <summary>
/// The token that opens the first door. Named in the environment, or, for a node on its own PostgreSQL, made at the first start
/// and kept in <c>token</c> of the data directory, readable by its owner. A shared database gets none by itself: each machine
/// would make another.
/// </summary>
/// <param name="Value">Null: none was named, and none is made for a shared database.</param>
/// <param name="IsNew">Made just now: print it this once.</param>
/// <param name="File">Where it is kept; null when it came from the environment.</param>
internal sealed record OperatorToken(string? Value, bool IsNew, string? File)
{
    /// <summary>Finds or makes the token, and makes it good in the database.</summary>
    /// <exception cref="UsageException">The named token is too short or too long.</exception>
    public static async Task<OperatorToken> EstablishAsync(
        ServerOptions options,
        Database database,
        CancellationToken cancellationToken
    )
    {
        var token = await ReadAsync(options, cancellationToken);
        try
        {
            await new TenantStore(database.Ledger).BootstrapAsync(token.Value, cancellationToken);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
        return token;
    }

    private static async Task<OperatorToken> ReadAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        if (options.BootstrapToken is { } named)
            return new OperatorToken(named, IsNew: false, File: null);
        if (options.ConnectionString is not null)
            return new OperatorToken(Value: null, IsNew: false, File: null);
        var file = Path.Combine(options.DataDirectory, "token");
        // Nodes that start together on one directory must come to one token.
        using var turn = await FileLock.AloneAsync(
            file + ".gate",
            TimeSpan.FromSeconds(10),
            TimeProvider.System,
            cancellationToken
        );
        if (System.IO.File.Exists(file) && System.IO.File.ReadAllText(file).Trim() is { Length: > 0 } kept)
            return new OperatorToken(kept, IsNew: false, file);
        var (_, made) = TokenSecret.New();
        PrivateFile.Write(file, made + "\n");
        return new OperatorToken(made, IsNew: true, file);
    }
}
