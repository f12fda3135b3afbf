using System.Collections.Concurrent;
using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <summary>The keys that sign a tenant's webhooks, the newest first; two while they rotate. Known for a minute.</summary>
public sealed class WebhookSecrets(NpgsqlDataSource database, TimeProvider time)
{
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
}
