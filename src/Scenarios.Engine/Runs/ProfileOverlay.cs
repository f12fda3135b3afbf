using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Runs;

/// <summary>
/// A profile as it will be once a change of it is committed: what <c>apply_field_operations</c> and
/// <c>merge_subscriptions</c> do in SQL, for the operations that a capture or an import may bring (merge, replace, set).
/// </summary>
public static class ProfileOverlay
{
    private static readonly JsonElement NoSubscriptions = JsonMerge.Parse("[]");

    public static ProfileFacts Empty(string id, DateTimeOffset now) =>
        new(id, null, null, null, Facts.NoJson, NoSubscriptions, now, now);

    public static ProfileFacts Apply(ProfileFacts profile, string head, string operations, string? subscriptions)
    {
        var named = JsonMerge.Parse(head);
        var fields = profile.Fields;
        foreach (var operation in JsonMerge.Parse(operations).EnumerateArray())
            fields = operation[0].GetString() switch
            {
                "merge" => JsonMerge.Overlay(fields, operation[2]),
                "replace" => JsonMerge.Overlay(Facts.NoJson, operation[2]),
                "set" => JsonMerge.Overlay(
                    fields,
                    JsonMerge.Parse(
                        Detail.Write(json =>
                        {
                            json.WritePropertyName(operation[1].GetString()!);
                            operation[2].WriteTo(json);
                        })
                    )
                ),
                var other => throw new InvalidOperationException($"'{other}' can only be applied by SQL."),
            };
        return profile with
        {
            Email = Named(named, "email", profile.Email),
            Phone = Named(named, "phone", profile.Phone),
            TimeZone = Named(named, "timeZone", profile.TimeZone),
            Fields = fields,
            Subscriptions = subscriptions is null
                ? profile.Subscriptions
                : Merge(profile.Subscriptions, JsonMerge.Parse(subscriptions)),
        };
    }

    private static string? Named(JsonElement head, string name, string? present) =>
        head.TryGetProperty(name, out var value) ? value.GetString() : present;

    private static JsonElement Merge(JsonElement present, JsonElement later)
    {
        // A later one comes after those that stay, as in SQL; a Dictionary would put it into the freed place.
        var merged = new OrderedDictionary<(string?, string?, string?), JsonElement>();
        foreach (var one in present.EnumerateArray().Concat(later.EnumerateArray()))
        {
            var key = (Member(one, "channel"), Member(one, "resource"), Member(one, "address"));
            merged.Remove(key);
            merged[key] = one;
        }
        return JsonMerge.Parse(RawJson.List([.. merged.Values.Select(v => v.GetRawText())]));
    }

    private static string? Member(JsonElement one, string name) =>
        one.TryGetProperty(name, out var value) ? value.GetString() : null;
}
