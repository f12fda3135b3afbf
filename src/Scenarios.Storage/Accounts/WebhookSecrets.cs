using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <summary>
/// The keys that sign a tenant's webhooks, newest first; two during rotation. They are cached for a minute and sealed
/// in the database.
/// </summary>
public sealed class WebhookSecrets(NpgsqlDataSource dataSource, TimeProvider time, SecretBox box)
{
    private const int SecretBytes = 24;
    private static readonly TimeSpan Known = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<int, (byte[][] Secrets, DateTimeOffset At)> _secrets = new();

    public async ValueTask<IReadOnlyList<byte[]>> OfAsync(int tenant)
    {
        if (_secrets.TryGetValue(tenant, out var known) && time.GetUtcNow() - known.At < Known)
            return known.Secrets;
        var kept = await dataSource
            .Command("select id, webhook_secret, former_webhook_secret from tenant where id = $1", tenant)
            .FirstAsync(Read, CancellationToken.None);
        byte[][] secrets = kept is null ? [] : [.. kept.All.Select(secret => box.Open(tenant, secret))];
        _secrets[tenant] = (secrets, time.GetUtcNow());
        return secrets;
    }

    /// <summary>The newest key becomes the previous one, and the previous one no longer signs.</summary>
    /// <returns>The new secret, in the format given to receivers.</returns>
    public async Task<string> RotateAsync(int tenant, Audit audit, CancellationToken cancellationToken)
    {
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        await ChangeAsync(
            "update tenant set former_webhook_secret = webhook_secret, webhook_secret = $2 where id = $1",
            audit,
            cancellationToken,
            tenant,
            box.Seal(tenant, secret)
        );
        return "whsec_" + Convert.ToBase64String(secret);
    }

    /// <summary>Does nothing if there is none.</summary>
    public Task DropFormerAsync(int tenant, Audit audit, CancellationToken cancellationToken) =>
        ChangeAsync("update tenant set former_webhook_secret = null where id = $1", audit, cancellationToken, tenant);

    /// <summary>Seals secrets that are still plain or under a former key.</summary>
    /// <returns>The number of tenants.</returns>
    public async Task<int> SealAsync(CancellationToken cancellationToken)
    {
        if (!box.HasKey)
            return 0;
        var sealedNow = 0;
        foreach (var kept in (await AllAsync(cancellationToken)).Where(kept => !kept.All.All(box.IsAsNow)))
        {
            // If it was rotated in between, it is already sealed correctly.
            await using var command = dataSource.Command(
                """update tenant set webhook_secret = $4, former_webhook_secret = $5 where id = $1 and webhook_secret = $2 and former_webhook_secret is not distinct from $3""",
                kept.Tenant,
                kept.Secret,
                kept.Former,
                Anew(kept.Secret),
                kept.Former is null ? null : Anew(kept.Former)
            );
            sealedNow += await command.ExecuteNonQueryAsync(cancellationToken);
            byte[] Anew(byte[] secret) => box.Seal(kept.Tenant, box.Open(kept.Tenant, secret));
        }
        return sealedNow;
    }

    /// <summary>Whether the keys of this node open all of them.</summary>
    public async Task<bool> OpenAsync(CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).TrueForAll(kept => kept.All.All(box.Opens));

    private sealed record Kept(int Tenant, byte[] Secret, byte[]? Former)
    {
        public IEnumerable<byte[]> All => Former is null ? [Secret] : [Secret, Former];
    }

    private Task<List<Kept>> AllAsync(CancellationToken cancellationToken) =>
        dataSource.Command("select id, webhook_secret, former_webhook_secret from tenant").ListAsync(Read, cancellationToken);

    private static Kept Read(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetFieldValue<byte[]>(1), row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2));

    private async Task ChangeAsync(string sql, Audit audit, CancellationToken cancellationToken, params object[] values)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.Command(sql, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _secrets.TryRemove((int)values[0], out _);
    }
}
