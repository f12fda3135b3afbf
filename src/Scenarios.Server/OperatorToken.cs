using System.Security.Cryptography;
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
    public static OperatorToken Read(ServerOptions options)
    {
        if (options.BootstrapToken is { } named) return new OperatorToken(named, IsNew: false, File: null);
        if (options.ConnectionString is not null) return new OperatorToken(Value: null, IsNew: false, File: null);
        var file = Path.Combine(options.DataDirectory, "token");
        if (System.IO.File.Exists(file) && System.IO.File.ReadAllText(file).Trim() is { Length: > 0 } kept) return new OperatorToken(kept, IsNew: false, file);
        var made = "scn_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        PrivateFile.Write(file, made + "\n");
        return new OperatorToken(made, IsNew: true, file);
    }

    /// <summary>Makes the token good. On a shared database that nobody has used yet one is made all the same, and shown this once.</summary>
    public async Task<OperatorToken> EstablishAsync(Database database, CancellationToken cancellation) =>
        await new TenantStore(database.Ledger).BootstrapAsync(Value, cancellation) is { } made ? this with { Value = made, IsNew = true } : this;
}
