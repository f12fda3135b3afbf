using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <summary>The keys that sign a tenant's webhooks, the newest first; two while they rotate. Known for a minute.</summary>
public sealed class WebhookSecrets(NpgsqlDataSource database, TimeProvider time)
{
    private const int SecretBytes = 24;
    private static readonly TimeSpan Known = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<int, (byte[][] Secrets, DateTimeOffset At)> _secrets = new();

    public async ValueTask<IReadOnlyList<byte[]>> Of(int tenant)
    {
        if (_secrets.TryGetValue(tenant, out var known) && time.GetUtcNow() - known.At < Known) return known.Secrets;
        var secrets = await database.Command("select webhook_secret, former_webhook_secret from tenant where id = $1", tenant)
            .First(row => row.IsDBNull(1) ? new[] { row.GetFieldValue<byte[]>(0) } : [row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1)], CancellationToken.None) ?? [];
        _secrets[tenant] = (secrets, time.GetUtcNow());
        return secrets;
    }

    /// <summary>The newest becomes the former, and what was the former signs no more.</summary>
    /// <returns>The new one, as receivers are told it.</returns>
    public async Task<string> RotateAsync(int tenant, Audit audit, CancellationToken cancel)
    {
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        await ChangeAsync("update tenant set former_webhook_secret = webhook_secret, webhook_secret = $2 where id = $1", audit, cancel, tenant, secret);
        return "whsec_" + Convert.ToBase64String(secret);
    }

    /// <summary>Where there is none, nothing happens.</summary>
    public Task DropFormerAsync(int tenant, Audit audit, CancellationToken cancel) =>
        ChangeAsync("update tenant set former_webhook_secret = null where id = $1", audit, cancel, tenant);

    private async Task ChangeAsync(string sql, Audit audit, CancellationToken cancel, params object[] values)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var command = connection.Command(sql, values);
        await command.ExecuteNonQueryAsync(cancel);
        await audit.WriteAsync(connection, cancel);
        await transaction.CommitAsync(cancel);
        _secrets.TryRemove((int)values[0], out _);
    }
}
