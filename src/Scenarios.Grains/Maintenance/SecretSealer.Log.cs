using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class SecretSealer
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Sealed the webhook secrets of {Tenants} tenants.")]
    private partial void LogSealed(int tenants);
}
