using Microsoft.Extensions.Logging;

namespace Scenarios.Grains.Maintenance;

internal sealed partial class TokenHashKeyer
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Keyed the hashes of {Tokens} tokens: nodes of versions that cannot read keyed hashes no longer start."
    )]
    private partial void LogKeyed(int tokens);
}
