using System.Text.Json;
using Scenarios.Engine.Json;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>What a capture does with a profile that is inside, or was (product.md).</summary>
public enum ReentryMode
{
    Never,
    AfterExit,
    Restart,
    Parallel,
}

/// <summary>What a wait does while its scenario is frozen: its clock runs on, or the remaining time is kept.</summary>
public enum FrozenWaits
{
    ClockRuns,
    ClockStops,
}

/// <summary>When messages are held back; <paramref name="To"/> not after <paramref name="From"/> is on the next day.</summary>
public sealed record QuietHours(TimeOnly From, TimeOnly To, ZoneChoice Zone);

/// <summary>At most so many entries of a profile within the period.</summary>
public sealed record MaxEntries(int Count, WaitDuration Per);

/// <summary>The settings of a scenario (elements.md), defaults filled in.</summary>
/// <param name="ResumeRate">Overdue runs a second that leave after an activation, 1 to 1,000,000.</param>
/// <param name="TimeZone">An IANA name; null is the account's.</param>
/// <param name="CoolDown">Since the last end of the profile's run; null for none.</param>
/// <param name="ControlPercent">Of the profiles, who get no message, 0 to 100.</param>
/// <param name="Partitions">1 to 256, fixed when the scenario is created.</param>
public sealed record ScenarioSettings(
    ReentryMode ReentryMode,
    bool FreezeOnDeactivate,
    FrozenWaits FrozenWaits,
    int ResumeRate,
    string? TimeZone,
    QuietHours? QuietHours,
    WaitDuration? CoolDown,
    MaxEntries? MaxEntries,
    int ControlPercent,
    int Partitions
)
{
    public const int MaxPartitions = 256,
        MaxResumeRate = 1_000_000,
        MaxEntryCount = 1000;

    /// <summary>Settings that are kept and answered, and that nothing goes by yet: they concern messages.</summary>
    /// <param name="path">The JSON pointer of the settings.</param>
    public IEnumerable<Problem> Warnings(string path)
    {
        if (QuietHours is not null)
            yield return NotYet("quietHours");
        if (ControlPercent > 0)
            yield return NotYet("controlPercent");

        Problem NotYet(string name) =>
            new(
                $"{path}/{name}",
                "notYetEffective",
                $"'{name}' is saved, but has no effect until messages are supported.",
                null,
                Severity.Warning
            );
    }

    public static readonly ScenarioSettings Default = new(
        ReentryMode.AfterExit,
        false,
        FrozenWaits.ClockRuns,
        1000,
        null,
        null,
        null,
        null,
        0,
        8
    );

    /// <summary>Reads an object of settings; what is not given is the default, what is unknown is refused.</summary>
    /// <returns>Null when a problem was added.</returns>
    public static ScenarioSettings? Read(JsonElement settings, string path, List<Problem> problems)
    {
        var reader = new JsonObjectReader(settings, path, problems);
        var read = new ScenarioSettings(
            reader.OneOf<ReentryMode>("reentryMode") ?? Default.ReentryMode,
            reader.Flag("freezeOnDeactivate") ?? Default.FreezeOnDeactivate,
            reader.OneOf<FrozenWaits>("frozenWaits") ?? Default.FrozenWaits,
            reader.Whole("resumeRate", 1, MaxResumeRate) ?? Default.ResumeRate,
            reader.ZoneName("timeZone"),
            ReadQuietHours(reader),
            reader.Duration("coolDown"),
            ReadMaxEntries(reader),
            reader.Whole("controlPercent", 0, 100) ?? Default.ControlPercent,
            reader.Whole("partitions", 1, MaxPartitions) ?? Default.Partitions
        );
        // An exit that is kept but never happens would be a lie.
        if (reader.Has("exits", out _))
            reader.Fault("exits", "notSupportedYet", "Exits are not supported yet.");
        reader.Done();
        return reader.IsGood ? read : null;
    }

    /// <summary>Writes the object that <see cref="Read"/> reads back as equal, defaults filled in.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("reentryMode", Name<ReentryMode>.Of(ReentryMode));
        json.WriteBoolean("freezeOnDeactivate", FreezeOnDeactivate);
        json.WriteString("frozenWaits", Name<FrozenWaits>.Of(FrozenWaits));
        json.WriteNumber("resumeRate", ResumeRate);
        json.WriteString("timeZone", TimeZone);
        if (QuietHours is { } quiet)
        {
            json.WriteStartObject("quietHours");
            json.WriteString("from", quiet.From.ToString("HH:mm"));
            json.WriteString("to", quiet.To.ToString("HH:mm"));
            json.WriteString("zone", quiet.Zone.Id ?? Name<ZoneSource>.Of(quiet.Zone.Source));
            json.WriteEndObject();
        }
        if (CoolDown is not null)
            WriteDuration(json, "coolDown", CoolDown);
        if (MaxEntries is { } most)
        {
            json.WriteStartObject("maxEntries");
            json.WriteNumber("count", most.Count);
            WriteDuration(json, "per", most.Per);
            json.WriteEndObject();
        }
        json.WriteNumber("controlPercent", ControlPercent);
        json.WriteNumber("partitions", Partitions);
        json.WriteEndObject();
    }

    private static QuietHours? ReadQuietHours(JsonObjectReader settings)
    {
        if (settings.Object("quietHours") is not { } reader)
            return null;
        var quiet = new QuietHours(
            reader.TimeOfDay("from", required: true) ?? default,
            reader.TimeOfDay("to", required: true, ends: true) ?? default,
            reader.Zone("zone")
        );
        reader.Done();
        return quiet;
    }

    private static MaxEntries? ReadMaxEntries(JsonObjectReader settings)
    {
        if (settings.Object("maxEntries") is not { } reader)
            return null;
        var count = reader.Whole("count", 1, MaxEntryCount, required: true);
        var per = reader.Duration("per", required: true);
        reader.Done();
        return new MaxEntries(count ?? 1, per ?? WaitDuration.Zero);
    }

    private static void WriteDuration(Utf8JsonWriter json, string name, WaitDuration duration)
    {
        json.WriteStartObject(name);
        if (duration.Days != 0)
            json.WriteNumber("days", duration.Days);
        if (duration.Hours != 0)
            json.WriteNumber("hours", duration.Hours);
        if (duration.Minutes != 0)
            json.WriteNumber("minutes", duration.Minutes);
        if (duration.Seconds != 0)
            json.WriteNumber("seconds", duration.Seconds);
        json.WriteEndObject();
    }
}
