using System.Buffers;
using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Altcraft;

/// <summary>How a call names whom it means.</summary>
internal enum AltcraftMatching
{
    Email,
    Phone,
    ProfileId,
    Custom,
    EmailProfile,
}

/// <summary>
/// Writes Altcraft's words for a profile as a capture of ours, which is then read as strictly as any other: Altcraft's own
/// names of fields (<c>_fname</c> …) fill fields of the same name where the database has them.
/// </summary>
internal static class AltcraftProfile
{
    private static readonly string[] OwnNames =
    [
        "_fname",
        "_lname",
        "_status",
        "_bdate",
        "_sex",
        "_regdate",
        "_city",
        "_country",
        "_region",
    ];

    public static AltcraftMatching? Matching(JsonObjectReader body, AltcraftMatching? otherwise)
    {
        if (body.Text("matching", 20) is not { } name)
        {
            if (otherwise is null && !body.Names("matching"))
                body.Fault("matching", "required", "'matching' is required.");
            return otherwise;
        }
        AltcraftMatching? matching = name switch
        {
            "email" => AltcraftMatching.Email,
            "phone" => AltcraftMatching.Phone,
            "profile_id" => AltcraftMatching.ProfileId,
            "custom" => AltcraftMatching.Custom,
            "email_profile" => AltcraftMatching.EmailProfile,
            _ => null,
        };
        if (matching is null)
            body.Fault("matching", "unknownValue", "Must be one of email, phone, profile_id, custom and email_profile.");
        return matching;
    }

    /// <summary>In a batch the field to look for by is named once; its value is each profile's own.</summary>
    public static JsonElement IdentityOf(AltcraftMatching matching, JsonElement identity, JsonElement profile)
    {
        if (
            matching != AltcraftMatching.Custom
            || Member(identity, "field_name") is not { ValueKind: JsonValueKind.String } name
            || profile.ValueKind != JsonValueKind.Object
            || !profile.TryGetProperty(name.GetString()!, out var value)
        )
            return identity;
        return Written(json =>
        {
            json.WriteStartObject();
            json.WriteString("field_name", name.GetString());
            json.WritePropertyName("field_value");
            value.WriteTo(json);
            json.WriteEndObject();
        });
    }

    /// <summary>An item for a batch of captures.</summary>
    /// <param name="identity">The object with email, phone, profile_id, field_name and field_value.</param>
    /// <param name="data">The profile to merge; null takes the profile as it is.</param>
    public static void Write(
        Utf8JsonWriter json,
        AltcraftMatching matching,
        JsonElement identity,
        JsonElement? data,
        JsonElement? content,
        DatabaseFields fields
    )
    {
        json.WriteStartObject();
        WriteMatch(json, matching, identity, data);
        if (data is { } profile)
            WriteProfile(json, profile, fields);
        if (content is { } carried)
        {
            json.WritePropertyName("content");
            json.WriteRawValue(carried.GetRawText(), skipInputValidation: true); // kept as it was sent
        }
        json.WriteEndObject();
    }

    public static JsonElement Written(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private static void WriteMatch(Utf8JsonWriter json, AltcraftMatching matching, JsonElement identity, JsonElement? data)
    {
        var id = Member(identity, "profile_id") ?? Member(data, "profile_id");
        if (matching == AltcraftMatching.ProfileId || (matching == AltcraftMatching.EmailProfile && id is not null))
        {
            if (id is { } given)
                json.WriteString("profileId", given.ValueKind == JsonValueKind.String ? given.GetString() : given.GetRawText());
            return;
        }
        json.WriteStartObject("match");
        switch (matching)
        {
            case AltcraftMatching.Email or AltcraftMatching.EmailProfile:
                Copy("email", Member(identity, "email") ?? Member(data, "email"));
                break;
            case AltcraftMatching.Phone:
                Copy("phone", Member(identity, "phone") ?? First(Member(data, "phones")));
                break;
            case AltcraftMatching.Custom:
                Copy("field", Member(identity, "field_name"));
                Copy("value", Member(identity, "field_value"));
                break;
        }
        json.WriteEndObject();

        void Copy(string name, JsonElement? value)
        {
            if (value is not { } given)
                return;
            json.WritePropertyName(name);
            given.WriteTo(json);
        }
    }

    private static void WriteProfile(Utf8JsonWriter json, JsonElement data, DatabaseFields fields)
    {
        json.WriteStartObject("profile");
        if (data.ValueKind == JsonValueKind.Object)
        {
            if (Member(data, "email") is { } email)
            {
                json.WritePropertyName("email");
                email.WriteTo(json);
            }
            if (First(Member(data, "phones")) is { } phone)
            {
                json.WritePropertyName("phone");
                phone.WriteTo(json);
            }
            if (Member(data, "_tz") is { } zone)
            {
                json.WritePropertyName("timeZone");
                zone.WriteTo(json);
            }
            json.WriteStartObject("fields");
            foreach (
                var member in data.EnumerateObject()
                    .Where(m => m.Name is not ("email" or "phones" or "_tz" or "subscriptions" or "profile_id" or "content"))
            )
                if (fields.TypeOf(member.Name) is not null || !OwnNames.Contains(member.Name))
                    member.WriteTo(json);
            json.WriteEndObject();
            if (Member(data, "subscriptions") is { ValueKind: JsonValueKind.Array } list)
                WriteSubscriptions(json, list);
        }
        json.WriteEndObject();
    }

    private static void WriteSubscriptions(Utf8JsonWriter json, JsonElement list)
    {
        json.WriteStartArray("subscriptions");
        foreach (var subscription in list.EnumerateArray())
        {
            json.WriteStartObject();
            if (Member(subscription, "channel") is { } channel)
            {
                json.WritePropertyName("channel");
                channel.WriteTo(json);
            }
            if (Member(subscription, "resource_id") is { } resource)
                json.WriteString(
                    "resource",
                    resource.ValueKind == JsonValueKind.String ? resource.GetString() : resource.GetRawText()
                );
            if (
                (
                    Member(subscription, "email")
                    ?? Member(subscription, "phone")
                    ?? Member(subscription, "subscription_id")
                    ?? Member(subscription, "cc_data")
                ) is
                { } address
            )
                json.WriteString(
                    "address",
                    address.ValueKind == JsonValueKind.String ? address.GetString() : address.GetRawText()
                );
            json.WriteString(
                "status",
                Member(subscription, "status") is { ValueKind: JsonValueKind.String } status ? status.GetString() : "subscribed"
            );
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static JsonElement? Member(JsonElement? owner, string name) =>
        owner is { ValueKind: JsonValueKind.Object } o
        && o.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private static JsonElement? First(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } l && l.GetArrayLength() > 0 ? l[0] : null;
}
