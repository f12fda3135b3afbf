using Microsoft.Extensions.Logging;

namespace Scenarios.Grains;

internal sealed partial class ScenarioGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Scenario {Tenant}/{Number}: {Action} done, {Ended} runs ended.")]
    private partial void LogMoved(int tenant, int number, string action, long ended);
}
