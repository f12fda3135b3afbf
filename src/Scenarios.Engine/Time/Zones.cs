using NodaTime;
using NodaTime.TimeZones;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Time;

/// <summary>
/// IANA zones and what a local time means in them: in a gap of daylight saving the first valid instant after it, in an
/// overlap the earlier one.
/// </summary>
public static class Zones
{
    private static readonly ZoneLocalMappingResolver Resolver = Resolvers.CreateMappingResolver(
        Resolvers.ReturnEarlier,
        Resolvers.ReturnStartOfIntervalAfter
    );

    /// <summary>The id names a zone of the IANA database, in its exact spelling.</summary>
    public static bool Exists(string? id) => Find(id) is not null;

    /// <summary>
    /// The zone that a choice means for these facts. A zone that is missing or no longer known falls back to the
    /// scenario's, then the account's, then UTC: a wait is never lost for a name.
    /// </summary>
    internal static DateTimeZone Of(ZoneChoice choice, Facts facts)
    {
        var chosen = choice.Source switch
        {
            ZoneSource.Account => facts.AccountZone,
            ZoneSource.Scenario => facts.ScenarioZone,
            ZoneSource.Profile => facts.Profile.TimeZone,
            ZoneSource.Fixed => choice.Id,
        };
        return Find(chosen) ?? Find(facts.ScenarioZone) ?? Find(facts.AccountZone) ?? DateTimeZone.Utc;
    }

    internal static Instant At(this DateTimeZone zone, LocalDateTime local) => zone.ResolveLocal(local, Resolver).ToInstant();

    // NodaTime also takes "UTC+02:00", which is no IANA name and has the opposite sign in PostgreSQL.
    internal static DateTimeZone? Find(string? id) =>
        id is null || id.StartsWith("UTC+", StringComparison.Ordinal) || id.StartsWith("UTC-", StringComparison.Ordinal)
            ? null
            : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
}
