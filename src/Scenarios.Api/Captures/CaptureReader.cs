using System.Runtime.InteropServices;
using System.Text.Json;
using Scenarios.Api.Profiles;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Captures;

/// <summary>
/// One capture as it was asked for: of the profile <paramref name="ProfileId"/>, or of the one that
/// <paramref name="Match"/> finds.
/// </summary>
/// <param name="Content">A JSON object exactly as sent, or null.</param>
/// <param name="Key">The item's own key, in a batch.</param>
internal sealed record CaptureRequest(
    string? ProfileId,
    ProfileMatch? Match,
    ProfileChange? Profile,
    string? Content,
    string? Start,
    string? Key
);

/// <summary>
/// Reads <c>{profileId or match, profile?, content?, start?, key?}</c>, strictly. The members are walked once and compared
/// as bytes: this is the path that every capture takes.
/// </summary>
internal static class CaptureReader
{
    /// <summary>As received, in bytes.</summary>
    public const int MaxContentBytes = 64 << 10;

    public const int MaxContentDepth = 16;
    private const int MaxKeyLength = 255,
        MaxStartLength = 64;

    /// <summary>Null when a problem was added.</summary>
    /// <param name="path">JSON pointer of the item.</param>
    /// <param name="inBatch">The item may carry its own key.</param>
    public static CaptureRequest? Read(
        JsonElement item,
        string path,
        bool inBatch,
        DatabaseFields fields,
        DateTimeOffset now,
        List<Problem> problems
    )
    {
        var before = problems.Count;
        if (item.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new Problem(path, "wrongType", "Must be an object."));
            return null;
        }
        string? profileId = null,
            content = null,
            start = null,
            key = null;
        ProfileMatch? match = null;
        ProfileChange? profile = null;
        bool hasId = false,
            hasMatch = false;
        foreach (var member in item.EnumerateObject())
        {
            var value = member.Value;
            if (value.ValueKind == JsonValueKind.Null && !member.NameEquals("profileId"u8) && IsKnown(member, inBatch))
                continue;
            if (member.NameEquals("profileId"u8))
            {
                hasId = true;
                profileId = Text(value, path, "profileId", problems);
                if (profileId is not null && Contact.CheckId(profileId) is var (code, message))
                    problems.Add(new Problem(path + "/profileId", code, message));
            }
            else if (member.NameEquals("content"u8))
                content = Content(value, path + "/content", problems);
            else if (member.NameEquals("match"u8))
            {
                hasMatch = true;
                match = Match(value, path + "/match", fields, problems);
            }
            else if (member.NameEquals("profile"u8))
            {
                var reader = new JsonObjectReader(value, path + "/profile", problems);
                profile = ProfileBody.Read(reader, fields, now);
                reader.Done();
            }
            else if (member.NameEquals("start"u8))
            {
                start = Text(value, path, "start", problems);
                if (start?.Length is 0 or > MaxStartLength)
                    problems.Add(
                        new Problem(path + "/start", "invalidId", $"The id of an element has 1 to {MaxStartLength} characters.")
                    );
            }
            else if (inBatch && member.NameEquals("key"u8))
            {
                key = Text(value, path, "key", problems);
                if (key is not null && (key.Length is 0 or > MaxKeyLength || key.Any(c => c is < ' ' or > '~')))
                    problems.Add(
                        new Problem(
                            path + "/key",
                            "invalidIdempotencyKey",
                            $"Must have 1 to {MaxKeyLength} printable ASCII characters."
                        )
                    );
            }
            else if (member.NameEquals("subscription"u8) || member.NameEquals("attachments"u8))
                problems.Add(new Problem($"{path}/{member.Name}", "notSupportedYet", "Messages are not supported yet."));
            else
                problems.Add(
                    new Problem(
                        $"{path}/{JsonObjectReader.Escape(member.Name)}",
                        "unknownField",
                        $"Unknown field '{member.Name}'."
                    )
                );
        }
        if (hasId == hasMatch)
            problems.Add(new Problem(path, "exactlyOneOf", "Name the profile by one of profileId and match."));
        if (
            match is not null
            && profile is not null
            && Contradiction(match, profile, item.GetProperty("profile"), path) is { } fault
        )
            problems.Add(fault);
        return problems.Count == before ? new CaptureRequest(profileId, match, profile, content, start, key) : null;
    }

    /// <summary>
    /// A capture that looks for one address and writes another would create a profile that the next call does not find.
    /// </summary>
    private static Problem? Contradiction(ProfileMatch match, ProfileChange profile, JsonElement given, string path)
    {
        if (match.Kind == MatchKind.Field)
            return
                given.TryGetProperty("fields", out var fields)
                && (
                    fields.ValueKind == JsonValueKind.Null
                    || fields.TryGetProperty(match.Field!, out var value)
                        && !JsonElement.DeepEquals(value, JsonElement.Parse(match.Value))
                )
                ? Differs($"/profile/fields/{JsonObjectReader.Escape(match.Field!)}", match.Field!)
                : null;
        var name = match.Kind == MatchKind.Email ? "email" : "phone";
        var head = JsonElement.Parse(profile.Head);
        return
            head.TryGetProperty(name, out var address)
            && !string.Equals(address.GetString(), match.Value, StringComparison.OrdinalIgnoreCase)
            ? Differs($"/profile/{name}", name)
            : null;

        Problem Differs(string at, string what) =>
            new(
                path + at,
                "contradictsMatch",
                $"The capture looks for one {what} and sets another. Change it by the profile's id."
            );
    }

    private static bool IsKnown(JsonProperty member, bool inBatch) =>
        member.NameEquals("match"u8)
        || member.NameEquals("profile"u8)
        || member.NameEquals("content"u8)
        || member.NameEquals("start"u8)
        || (inBatch && member.NameEquals("key"u8));

    private static string? Text(JsonElement value, string path, string name, List<Problem> problems)
    {
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        problems.Add(new Problem($"{path}/{name}", "wrongType", "Must be a string."));
        return null;
    }

    private static string? Content(JsonElement content, string path, List<Problem> problems)
    {
        var bytes = JsonMarshal.GetRawUtf8Value(content);
        if (content.ValueKind != JsonValueKind.Object)
            problems.Add(new Problem(path, "wrongType", "Must be an object."));
        else if (bytes.Length > MaxContentBytes)
            problems.Add(
                new Problem(
                    path,
                    "contentTooLarge",
                    $"The content has {bytes.Length} bytes; at most {MaxContentBytes} are allowed."
                )
            );
        // So few brackets cannot be too deep; only what has more is walked.
        else if (
            bytes.Count((byte)'{') + bytes.Count((byte)'[') > MaxContentDepth
            && JsonGate.Check(bytes, MaxContentDepth)?.Code == "tooDeep"
        )
            problems.Add(new Problem(path, "tooDeep", $"At most {MaxContentDepth} levels are allowed."));
        else
            return content.GetRawText();
        return null;
    }

    private static ProfileMatch? Match(JsonElement value, string path, DatabaseFields fields, List<Problem> problems)
    {
        var match = new JsonObjectReader(value, path, problems);
        bool hasEmail = match.Has("email", out _),
            hasPhone = match.Has("phone", out _),
            hasField = match.Has("field", out _);
        var email = ProfileBody.ReadEmail(match);
        var phone = ProfileBody.ReadPhone(match);
        var field = match.Text("field", 64);
        var hasValue = match.Has("value", out var operand);
        match.Done();
        if (!match.IsGood)
            return null;
        if ((hasEmail ? 1 : 0) + (hasPhone ? 1 : 0) + (hasField ? 1 : 0) != 1 || hasValue != hasField)
        {
            match.FaultHere("exactlyOneOf", "Must have exactly one of email, phone, and field with value.");
            return null;
        }
        if (email is not null)
            return new ProfileMatch(MatchKind.Email, null, email);
        if (phone is not null)
            return new ProfileMatch(MatchKind.Phone, null, phone);
        if (fields.TypeOf(field!) is not { } type)
            match.Fault("field", "unknownField", $"The database has no field '{field}'.");
        else if (FieldValues.Check(operand, type, match.PathOf("value")) is { } fault)
            problems.Add(fault);
        else
            return new ProfileMatch(MatchKind.Field, field, operand.GetRawText());
        return null;
    }
}
