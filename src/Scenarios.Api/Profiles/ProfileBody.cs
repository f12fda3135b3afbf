using System.Buffers;
using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Profiles;

/// <summary>
/// Reads <c>{email, phone, timeZone, fields, subscriptions}</c>, wherever it appears: a profile's own address, a capture, an
/// event, a line of an import. Null clears, what is absent stays.
/// </summary>
public static class ProfileBody
{
    public const int MaxBytes = 1 << 20;

    /// <summary>
    /// Takes these members from the reader; the caller takes its own and then calls <see cref="JsonObjectReader.Done"/>.
    /// </summary>
    /// <param name="now">For subscriptions that do not say since when they exist.</param>
    /// <returns>Worth something only if the reader found no fault.</returns>
    public static ProfileChange Read(JsonObjectReader profile, DatabaseFields fields, DateTimeOffset now) =>
        new(ReadHead(profile), ReadFields(profile, fields), ReadSubscriptions(profile, now));

    /// <summary>The member that holds a profile's id; null when it is absent or a fault was noted.</summary>
    public static string? ReadId(JsonObjectReader owner, string name, bool required = false)
    {
        if (owner.Text(name, int.MaxValue, required) is not { } id)
            return null;
        if (Contact.CheckId(id) is not var (code, message))
            return id;
        owner.Fault(name, code, message);
        return null;
    }

    /// <summary>
    /// The member that holds an address to find a profile by, or to keep; null when it is absent or a fault was noted.
    /// </summary>
    public static string? ReadEmail(JsonObjectReader owner, string name = "email")
    {
        if (owner.Text(name, int.MaxValue) is not { } email)
            return null;
        if (Contact.IsEmail(email))
            return email;
        owner.Fault(name, "invalidEmail", "Must be an address like name@example.com.");
        return null;
    }

    /// <summary>As <see cref="ReadEmail"/>.</summary>
    public static string? ReadPhone(JsonObjectReader owner, string name = "phone")
    {
        if (owner.Text(name, int.MaxValue) is not { } phone)
            return null;
        if (Contact.IsPhone(phone))
            return phone;
        owner.Fault(name, "invalidPhone", "Must be a number like +4915112345678, with 3 to 15 digits.");
        return null;
    }

    private static string ReadHead(JsonObjectReader profile) =>
        Write(json =>
        {
            json.WriteStartObject();
            Member("email", ReadEmail(profile));
            Member("phone", ReadPhone(profile));
            Member("timeZone", profile.ZoneName("timeZone"));
            json.WriteEndObject();

            void Member(string name, string? value)
            {
                if (profile.Names(name))
                    json.WriteString(name, value);
            }
        });

    private static string ReadFields(JsonObjectReader profile, DatabaseFields fields)
    {
        if (!profile.Names("fields"))
            return "[]";
        if (!profile.Has("fields", out var value))
            return """[["replace",null,{}]]""";
        if (profile.Object("fields") is not { } given)
            return "[]";
        foreach (var (name, field) in given.Members())
        {
            if (fields.TypeOf(name) is not { } type)
                given.Fault(name, "unknownField", $"The database has no field '{name}'.");
            else if (FieldValues.Check(field, type, given.PathOf(name)) is { } fault)
                given.FaultAt(fault.Path, fault.Code, fault.Message);
        }
        return $"[[\"merge\",null,{value.GetRawText()}]]";
    }

    private static string? ReadSubscriptions(JsonObjectReader profile, DateTimeOffset now)
    {
        if (!profile.Names("subscriptions"))
            return null;
        if (!profile.Has("subscriptions", out var list))
        {
            profile.Fault("subscriptions", "wrongType", "Must be a list.");
            return null;
        }
        SubscriptionsReader.Check(profile, "subscriptions");
        if (!profile.IsGood)
            return null;
        // A duplicate in the list counts as it was given last.
        var last = list.EnumerateArray()
            .GroupBy(s => (Text(s, "channel"), Text(s, "resource"), Text(s, "address")))
            .Select(same => same.Last());
        return Write(json =>
        {
            json.WriteStartArray();
            foreach (var subscription in last)
            {
                json.WriteStartObject();
                foreach (var name in (ReadOnlySpan<string>)["channel", "resource", "address", "status"])
                    if (Text(subscription, name) is { } text)
                        json.WriteString(name, text);
                json.WriteString(
                    "at",
                    Instants.Format(
                        Text(subscription, "at") is { } at && Instants.TryParse(at, out var instant) ? instant : now
                    )
                );
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
