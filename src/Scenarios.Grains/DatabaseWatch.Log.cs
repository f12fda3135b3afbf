using Microsoft.Extensions.Logging;

namespace Scenarios.Grains;

internal sealed partial class DatabaseWatch
{
    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "Database unreachable for {Seconds} s while silo {Witness} reaches it: this silo stops, so that "
            + "others take over."
    )]
    private partial void LogCutOff(Exception reason, int seconds, string witness);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} did not report whether it reaches the database.")]
    private partial void LogNoWitness(Exception reason, string silo);
}
