using System.Globalization;
using System.Text.Json;

namespace Scenarios.Engine.Json;

/// <summary>RFC 6901: the empty text is the whole document, <c>/a~1b/0</c> the first item under the member <c>a/b</c>.</summary>
public static class JsonPointer
{
    /// <summary>It is empty or begins with a slash, and each tilde is followed by 0 or 1.</summary>
    public static bool IsValid(string pointer)
    {
        if (pointer.Length > 0 && pointer[0] != '/')
            return false;
        for (var i = 0; i < pointer.Length; i++)
            if (pointer[i] == '~' && (i + 1 == pointer.Length || pointer[i + 1] is not ('0' or '1')))
                return false;
        return true;
    }

    /// <summary>False when the pointer is not valid or leads nowhere.</summary>
    public static bool TryFind(JsonElement root, string pointer, out JsonElement found)
    {
        found = root;
        if (!IsValid(pointer))
            return false;
        foreach (var segment in pointer.Split('/').Skip(1))
            if (
                !TryStep(
                    found,
                    segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal),
                    out found
                )
            )
                return false;
        return true;
    }

    private static bool TryStep(JsonElement parent, string segment, out JsonElement child)
    {
        child = default;
        if (parent.ValueKind == JsonValueKind.Object)
            return parent.TryGetProperty(segment, out child);
        // "01" and "+1" are not indexes, nor is "-", which means the place after the end.
        if (parent.ValueKind != JsonValueKind.Array || (segment.Length > 1 && segment[0] == '0'))
            return false;
        if (
            !int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || index >= parent.GetArrayLength()
        )
            return false;
        child = parent[index];
        return true;
    }
}
