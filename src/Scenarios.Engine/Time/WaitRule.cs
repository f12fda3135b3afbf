using Scenarios.Engine.Elements;

namespace Scenarios.Engine.Time;

/// <summary>Whose clock a rule is read by. <see cref="Fixed"/> names an IANA zone.</summary>
public enum ZoneSource
{
    Account,
    Scenario,
    Profile,
    Fixed,
}

/// <param name="Source">Whose zone.</param>
/// <param name="Id">The IANA name when <paramref name="Source"/> is Fixed, else null.</param>
public sealed record ZoneChoice(ZoneSource Source, string? Id)
{
    public static readonly ZoneChoice Scenario = new(ZoneSource.Scenario, null);
}

public enum PastPolicy
{
    Continue,
    Exit,
}

public enum WaitKind
{
    Duration,
    Until,
    Field,
    Window,
}

/// <summary>What a <c>wait</c> element waits for: exactly one kind (elements.md).</summary>
public abstract record WaitRule(ZoneChoice Zone, PastPolicy Past)
{
    public abstract WaitKind Kind { get; }
    public virtual bool ReadsProfile => Zone.Source == ZoneSource.Profile;

    /// <summary>What of the profile moves it.</summary>
    public virtual Listening Listens =>
        Zone.Source == ZoneSource.Profile ? Listening.Of([new(ListenerKind.Zone, "")]) : Listening.Nothing;
}

/// <summary>Days are calendar days in the zone, hours and less are exact. 1 second to 10 years in all.</summary>
public sealed record DurationWait(WaitDuration Duration, ZoneChoice Zone, PastPolicy Past) : WaitRule(Zone, Past)
{
    public override WaitKind Kind => WaitKind.Duration;

    /// <summary>Without days the zone does not matter, nor does the profile.</summary>
    public override bool ReadsProfile => Duration.Days != 0 && base.ReadsProfile;
}

public sealed record UntilWait(DateTimeOffset Instant, ZoneChoice Zone, PastPolicy Past) : WaitRule(Zone, Past)
{
    public override WaitKind Kind => WaitKind.Until;
    public override bool ReadsProfile => false;
}

/// <param name="Field">A date or dateTime field of the profile.</param>
/// <param name="Offset">Added, or taken away when <paramref name="Before"/>.</param>
/// <param name="At">Local time of day for a date; null is 00:00 for a date and the field's own time for a dateTime.</param>
public sealed record FieldWait(string Field, WaitDuration Offset, bool Before, TimeOnly? At, ZoneChoice Zone, PastPolicy Past)
    : WaitRule(Zone, Past)
{
    public override WaitKind Kind => WaitKind.Field;
    public override bool ReadsProfile => true;

    public override Listening Listens => Listening.Of([new(ListenerKind.Field, Field), .. base.Listens.Listeners]);
}

/// <param name="Weekdays">1 (Monday) to 7, at least one.</param>
/// <param name="From">The window opens; To: it closes (exclusive). To not after From closes on the next day (equal: a
/// whole day) and belongs to the weekday on which it opens.</param>
public sealed record WindowWait(IReadOnlyList<int> Weekdays, TimeOnly From, TimeOnly To, ZoneChoice Zone, PastPolicy Past)
    : WaitRule(Zone, Past)
{
    public override WaitKind Kind => WaitKind.Window;

    /// <summary>By the days themselves: two readings of one definition are equal.</summary>
    public bool Equals(WindowWait? other) =>
        base.Equals(other) && From == other.From && To == other.To && Weekdays.SequenceEqual(other.Weekdays);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), From, To, Weekdays.Count);
}

/// <summary><c>{days, hours, minutes, seconds}</c>, whole numbers from 0, at least one given.</summary>
public sealed record WaitDuration(int Days, int Hours, int Minutes, int Seconds)
{
    public static readonly WaitDuration Zero = new(0, 0, 0, 0);
    public TimeSpan Exact => new(Hours, Minutes, Seconds);

    /// <summary>The length with a day as 24 hours, for limits only.</summary>
    public TimeSpan Approximate => Exact + TimeSpan.FromDays(Days);
}
