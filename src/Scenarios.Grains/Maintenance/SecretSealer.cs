using Microsoft.Extensions.Logging;
using Scenarios.Storage.Accounts;

namespace Scenarios.Grains.Maintenance;

/// <summary>Seals webhook secrets that are stored in plain text or under a retiring key.</summary>
internal sealed partial class SecretSealer(WebhookSecrets secrets, ILogger<SecretSealer> log) : IMaintenanceJob
{
    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await secrets.SealAsync(cancellationToken) is > 0 and var tenants)
            LogSealed(tenants);
    }
}
