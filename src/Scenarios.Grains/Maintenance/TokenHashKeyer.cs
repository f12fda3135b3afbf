using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;
using Scenarios.Storage.Accounts;

namespace Scenarios.Grains.Maintenance;

/// <summary>Keys plain token hashes, once no node of the previous version needs to read them.</summary>
internal sealed partial class TokenHashKeyer(TokenHashes tokens, PartitionOptions options, ILogger<TokenHashKeyer> log)
    : IMaintenanceJob
{
    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await tokens.KeyPlainAsync(options.ClockShift(), cancellationToken) is > 0 and var keyed)
            LogKeyed(keyed);
    }
}
