using System.Security.Cryptography;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Embedded;

namespace Scenarios.Server;

/// <summary>
/// The keys under which secrets and hashes of tokens lie in the database. Named in the environment, or, for a node on
/// its own PostgreSQL, made at
/// the first start and kept in <c>secrets.key</c> of the data directory, readable by its owner. A shared database gets none by
/// itself: each machine would make another.
/// </summary>
internal static class SecretKeys
{
    private const string Name = "SCENARIOS_SECRET_KEYS";

    /// <exception cref="UsageException">What was named are no keys, or not those that the database needs.</exception>
    public static async Task<SecretBox> EstablishAsync(
        ServerOptions options,
        Database database,
        CancellationToken cancellationToken
    )
    {
        var box =
            options.SecretKeys is { } named ? Read(named, Name)
            : options.ConnectionString is null ? await KeptAsync(options, cancellationToken)
            : SecretBox.None;
        if (!await new WebhookSecrets(database.Ledger, TimeProvider.System, box).OpenAsync(cancellationToken))
            throw new UsageException(
                $"Secrets in the database are sealed by a key that this node does not have: name it in {Name}."
            );
        if (!await new TokenHashes(database.Ledger, TimeProvider.System, box).HasAllAsync(cancellationToken))
            throw new UsageException(
                $"Tokens in the database are kept under a key that this node does not have: name it in {Name}, "
                    + $"after the newer one."
            );
        return box;
    }

    private static async Task<SecretBox> KeptAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        var file = Path.Combine(options.DataDirectory, "secrets.key");
        using var turn = await FileLock.AloneAsync(
            file + ".gate",
            TimeSpan.FromSeconds(10),
            TimeProvider.System,
            cancellationToken
        );
        if (!File.Exists(file))
            PrivateFile.Write(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBox.KeyBytes)) + "\n");
        return Read(await File.ReadAllTextAsync(file, cancellationToken), file);
    }

    private static SecretBox Read(string keys, string from)
    {
        try
        {
            return new SecretBox([
                .. keys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(Convert.FromBase64String),
            ]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new UsageException(
                $"{from} holds {SecretBox.KeyBytes} random bytes in base64, or several of them after commas."
            );
        }
    }
}
