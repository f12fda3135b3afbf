using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Http;

/// <summary>Access groups, as bodies name them.</summary>
internal static class AccessGroups
{
    private const int MaxGroups = 50,
        MaxLength = 64;

    /// <summary>The member <c>groups</c>, each once; null when it is absent. Null in it clears.</summary>
    public static string[]? Groups(this JsonObjectReader body)
    {
        if (!body.Names("groups"))
            return null;
        var groups = new List<string>();
        foreach (var (json, path) in body.Array("groups", MaxGroups))
        {
            if (json.ValueKind != JsonValueKind.String)
                body.FaultAt(path, "wrongType", "Must be a string.");
            else if (json.GetString()!.Trim().Length == 0)
                body.FaultAt(path, "empty", "A group must have a name.");
            else if (JsonObjectReader.LengthOf(json.GetString()!) > MaxLength)
                body.FaultAt(path, "tooLong", $"At most {MaxLength} characters are allowed.");
            else
                groups.Add(json.GetString()!);
        }
        return [.. groups.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A token cannot hide from itself what it makes or changes.</summary>
    public static void MustKeepSight(this Caller caller, IReadOnlyCollection<string> groups)
    {
        if (!caller.Sees(groups))
            throw Refused.Invalid("/groups", "notInGroup", "This token has none of these groups and could no longer see it.");
    }
}
