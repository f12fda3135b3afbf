using System.Text.Json;
using NodaTime;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Time;

namespace Scenarios.Engine.Rules;

/// <summary>What one leaf saw, for the trail. Values are cut to 200 characters; Seen is null where nothing was found.</summary>
public sealed record Observation(string What, string Op, string? Expected, string? Seen, bool Held);

/// <summary>
/// Says whether a rule holds. Two-valued, without I/O and clock; the same table is compiled to SQL for segments, with the same
/// answers. <c>v</c> is the value found, <c>o</c> the operand, <c>today</c> the date of now in the zone.
/// <code>
/// operator             holds when
/// exists               v is there and not null
/// notExists            not exists
/// empty                v is missing, null, "" or []
/// notEmpty             not empty
/// equal                same kind and value: text ordinally, number by all its digits (1.0 is 1), true/false; "1" is not 1
/// notEqual             not equal (also when missing)
/// in                   v equals a member of o
/// notIn                not in (also when missing)
/// contains             v is a text with the text o in it, ordinally; or v is a list with a member that equals o
/// notContains          not contains (also when missing)
/// startsWith endsWith  v is a text that begins (ends) with o, ordinally
/// less … greaterOrEqual  v is a number, compared by all its digits
/// before after         v is a date or an instant, earlier (later) than o; as dates in the zone when one of the two is a date
/// between              first ≤ v ≤ second: numbers, or dates and instants compared as before and after do
/// withinNextDays n     today ≤ date of v ≤ today + n; an instant is also not before now
/// withinLastDays n     today − n ≤ date of v ≤ today; an instant is also not after now
/// inExactlyDays n      date of v = today + n
/// exactlyDaysAgo n     date of v = today − n
/// anniversaryToday     month and day of v are today's; 29 February is kept on the 28th where there is none
/// </code>
/// A value of another kind than an operator takes is treated as missing. <c>all</c> of nothing holds, <c>any</c> of
/// nothing does not.
/// The zone is the scenario's, else the account's, else UTC.
/// </summary>
public static class RuleEvaluator
{
    /// <param name="seen">Takes what each leaf saw that was looked at, in order; null when it is not needed.</param>
    public static bool Holds(Rule rule, Facts facts, DateTimeOffset now, List<Observation>? seen = null) =>
        rule.Kind switch
        {
            RuleKind.All => ((All)rule).Rules.All(inner => Holds(inner, facts, now, seen)),
            RuleKind.Any => ((Any)rule).Rules.Any(inner => Holds(inner, facts, now, seen)),
            RuleKind.Not => !Holds(((Not)rule).Of, facts, now, seen),
            RuleKind.Comparison => Compare((Comparison)rule, facts, now, seen),
            RuleKind.Subscription => Subscribed((SubscriptionRule)rule, facts, seen),
            RuleKind.Scenario => Remembers((ScenarioRule)rule, facts, seen),
        };

    private static bool Compare(Comparison leaf, Facts facts, DateTimeOffset now, List<Observation>? seen)
    {
        var value = RuleValue.Find(leaf, facts);
        var held = Compare(value, leaf.Operator, leaf.Value, facts, now);
        seen?.Add(
            new Observation(
                $"{Name<ValueSource>.Of(leaf.Source)} {leaf.Path}",
                Name<RuleOperator>.Of(leaf.Operator),
                RuleValue.Show(leaf.Value),
                value.Show(),
                held
            )
        );
        return held;
    }

    private static bool Compare(RuleValue v, RuleOperator op, JsonElement o, Facts facts, DateTimeOffset now) =>
        op switch
        {
            RuleOperator.Exists => !v.IsMissing,
            RuleOperator.NotExists => v.IsMissing,
            RuleOperator.Empty => IsEmpty(v),
            RuleOperator.NotEmpty => !IsEmpty(v),
            RuleOperator.Equal => v.Equals(o),
            RuleOperator.NotEqual => !v.Equals(o),
            RuleOperator.In => IsIn(v, o),
            RuleOperator.NotIn => !IsIn(v, o),
            RuleOperator.Contains => Contains(v, o),
            RuleOperator.NotContains => !Contains(v, o),
            RuleOperator.StartsWith => v.Text?.StartsWith(o.GetString()!, StringComparison.Ordinal) ?? false,
            RuleOperator.EndsWith => v.Text?.EndsWith(o.GetString()!, StringComparison.Ordinal) ?? false,
            RuleOperator.Less => v.IsNumber && ExactNumber.Compare(v.Json, o) < 0,
            RuleOperator.LessOrEqual => v.IsNumber && ExactNumber.Compare(v.Json, o) <= 0,
            RuleOperator.Greater => v.IsNumber && ExactNumber.Compare(v.Json, o) > 0,
            RuleOperator.GreaterOrEqual => v.IsNumber && ExactNumber.Compare(v.Json, o) >= 0,
            RuleOperator.Between when o[0].ValueKind == JsonValueKind.Number => v.IsNumber
                && ExactNumber.Compare(v.Json, o[0]) >= 0
                && ExactNumber.Compare(v.Json, o[1]) <= 0,
            RuleOperator.Before
            or RuleOperator.After
            or RuleOperator.Between
            or RuleOperator.WithinNextDays
            or RuleOperator.WithinLastDays
            or RuleOperator.InExactlyDays
            or RuleOperator.ExactlyDaysAgo
            or RuleOperator.AnniversaryToday => Moment.TryParse(v.Text, out var moment)
                && Compare(moment, op, o, Zones.Of(ZoneChoice.Scenario, facts), now),
        };

    private static bool Compare(Moment v, RuleOperator op, JsonElement o, DateTimeZone zone, DateTimeOffset now)
    {
        var today = Moment.DateIn(now, zone);
        var date = v.DateIn(zone);
        var days = date.DayNumber - today.DayNumber;
        return op switch
        {
            RuleOperator.Before => v.CompareTo(Operand(o), zone) < 0,
            RuleOperator.After => v.CompareTo(Operand(o), zone) > 0,
            RuleOperator.Between => v.CompareTo(Operand(o[0]), zone) >= 0 && v.CompareTo(Operand(o[1]), zone) <= 0,
            RuleOperator.WithinNextDays => days >= 0 && days <= o.GetInt32() && (v.IsDate || v.Instant >= now),
            RuleOperator.WithinLastDays => days <= 0 && -days <= o.GetInt32() && (v.IsDate || v.Instant <= now),
            RuleOperator.InExactlyDays => days == o.GetInt32(),
            RuleOperator.ExactlyDaysAgo => -days == o.GetInt32(),
            RuleOperator.AnniversaryToday => new AnnualDate(date.Month, date.Day).InYear(today.Year)
                == LocalDate.FromDateOnly(today),
            _ => throw new InvalidOperationException($"{op} is not an operator over dates."),
        };
    }

    private static bool IsEmpty(RuleValue v) => v.IsMissing || v.Text is "" || (v.IsList && v.Json.GetArrayLength() == 0);

    private static bool IsIn(RuleValue v, JsonElement list)
    {
        foreach (var member in list.EnumerateArray())
            if (v.Equals(member))
                return true;
        return false;
    }

    private static bool Contains(RuleValue v, JsonElement part)
    {
        if (!v.IsList)
            return part.ValueKind == JsonValueKind.String
                && v.Text is { } text
                && text.Contains(part.GetString()!, StringComparison.Ordinal);
        foreach (var member in v.Json.EnumerateArray())
            if (RuleValue.Of(member).Equals(part))
                return true;
        return false;
    }

    private static bool Subscribed(SubscriptionRule leaf, Facts facts, List<Observation>? seen)
    {
        var status = Name<SubscriptionStatus>.Of(leaf.Status);
        var held =
            facts.Profile.Subscriptions.ValueKind == JsonValueKind.Array
            && facts
                .Profile.Subscriptions.EnumerateArray()
                .Any(s =>
                    Is(s, "channel", leaf.Channel)
                    && (leaf.Resource is null || Is(s, "resource", leaf.Resource))
                    && Is(s, "status", status)
                );
        seen?.Add(
            new Observation(
                leaf.Resource is null ? $"subscription {leaf.Channel}" : $"subscription {leaf.Channel} {leaf.Resource}",
                "is",
                status,
                null,
                held
            )
        );
        return held;

        static bool Is(JsonElement subscription, string name, string value) =>
            subscription.ValueKind == JsonValueKind.Object
            && subscription.TryGetProperty(name, out var member)
            && member.ValueKind == JsonValueKind.String
            && member.ValueEquals(value);
    }

    private static bool Remembers(ScenarioRule leaf, Facts facts, List<Observation>? seen)
    {
        var history = facts.Histories.GetValueOrDefault(leaf.Number, ScenarioHistory.None);
        var held = leaf.Is switch
        {
            ScenarioHistoryKind.In => history.Open > 0,
            ScenarioHistoryKind.Was => history.Entries > history.Open,
            ScenarioHistoryKind.Never => history.Entries == 0,
            ScenarioHistoryKind.Completed => history.Completed > 0,
            ScenarioHistoryKind.Failed => history.Failed > 0,
        };
        seen?.Add(
            new Observation(
                $"scenario {leaf.Number}",
                "is",
                Name<ScenarioHistoryKind>.Of(leaf.Is),
                $"entries {history.Entries}, open {history.Open}, completed {history.Completed}, failed {history.Failed}",
                held
            )
        );
        return held;
    }

    private static Moment Operand(JsonElement o) =>
        Moment.TryParse(o.GetString(), out var moment)
            ? moment
            : throw new InvalidOperationException("Only dates and instants get past the reader.");
}
