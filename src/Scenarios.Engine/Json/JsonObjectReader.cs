using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Scenarios.Engine.Json;

/// <summary>
/// Reads one JSON object strictly: each member is asked for by name, every fault is collected with its JSON pointer, and
/// <see cref="Done"/> reports the members that were not asked for. So a reader is a list of what is allowed, and a sender
/// sees all faults at once. Members of a wrong type read as null after the fault was noted.
/// </summary>
public sealed class JsonObjectReader
{
    private readonly JsonElement _object;
    private readonly List<Problem> _problems;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly bool _isObject;
    private readonly int _problemsBefore;

    public JsonObjectReader(JsonElement element, string path, List<Problem> problems, string? elementId = null)
    {
        _object = element;
        Path = path;
        _problems = problems;
        _problemsBefore = problems.Count;
        ElementId = elementId;
        _isObject = element.ValueKind == JsonValueKind.Object;
        if (!_isObject)
            FaultHere("wrongType", "Must be an object.");
    }

    public string Path { get; }

    /// <summary>The element of a scenario to which faults found here belong.</summary>
    public string? ElementId { get; set; }

    public bool IsObject => _isObject;

    /// <summary>No fault was found since this reader began.</summary>
    public bool IsGood => _problems.Count == _problemsBefore;

    public void Fault(string member, string code, string message) => FaultAt(PathOf(member), code, message);

    /// <summary>A fault of the object itself.</summary>
    public void FaultHere(string code, string message) => FaultAt(Path, code, message);

    public void FaultAt(string path, string code, string message) => _problems.Add(new Problem(path, code, message, ElementId));

    /// <summary>Reads a member of one of this object's arrays.</summary>
    public JsonObjectReader Child(JsonElement value, string path) => new(value, path, _problems, ElementId);

    public string PathOf(string member) => Path + "/" + Escape(member);

    /// <summary>A member as it is; false when it is absent or null.</summary>
    public bool Has(string name, out JsonElement value)
    {
        _asked.Add(name);
        value = default;
        return _isObject && _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>The member is there, be it null.</summary>
    public bool Names(string name)
    {
        _asked.Add(name);
        return _isObject && _object.TryGetProperty(name, out _);
    }

    /// <summary>A text; its length is counted in code points.</summary>
    public string? Text(string name, int max, bool required = false, int min = 0)
    {
        if (!Member(name, JsonValueKind.String, "Must be a string.", required, out var value))
            return null;
        var text = value.GetString()!;
        var length = LengthOf(text);
        if (length < min)
            Fault(name, length == 0 ? "empty" : "tooShort", $"Must have at least {min} characters.");
        else if (length > max)
            Fault(name, "tooLong", $"At most {max} characters are allowed, not {length}.");
        else
            return text;
        return null;
    }

    public bool? Flag(string name)
    {
        if (!Has(name, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Fault(name, "wrongType", "Must be true or false.");
        return null;
    }

    /// <summary>A whole number within bounds, written without point or exponent.</summary>
    public int? Whole(string name, int min, int max, bool required = false)
    {
        if (!Member(name, JsonValueKind.Number, "Must be a whole number.", required, out var value))
            return null;
        if (value.TryGetInt32(out var number) && number >= min && number <= max)
            return number;
        Fault(name, "outOfRange", $"Must be a whole number from {min} to {max}.");
        return null;
    }

    public decimal? Number(string name, decimal min, decimal max, bool required = false)
    {
        if (!Member(name, JsonValueKind.Number, "Must be a number.", required, out var value))
            return null;
        if (value.TryGetDecimal(out var number) && number >= min && number <= max)
            return number;
        Fault(name, "outOfRange", $"Must be a number from {min} to {max}.");
        return null;
    }

    /// <summary>One of the names of an enum, written in camel case.</summary>
    public T? OneOf<T>(string name, bool required = false)
        where T : struct, Enum
    {
        if (!Member(name, JsonValueKind.String, "Must be a string.", required, out var value))
            return null;
        if (Name<T>.TryParse(value.GetString()!, out var found))
            return found;
        Fault(name, "unknownValue", $"Must be one of {string.Join(", ", Name<T>.All)}.");
        return null;
    }

    /// <summary>An RFC 3339 instant with its zone.</summary>
    public DateTimeOffset? Instant(string name, bool required = false)
    {
        if (!Member(name, JsonValueKind.String, "Must be an instant.", required, out var value))
            return null;
        if (Instants.TryParse(value.GetString()!, out var instant))
            return instant;
        Fault(name, "invalidInstant", "Must be an instant like 2026-11-23T12:00:00Z, with its zone.");
        return null;
    }

    public JsonObjectReader? Object(string name, bool required = false) =>
        Member(name, JsonValueKind.Object, "Must be an object.", required, out var value)
            ? new JsonObjectReader(value, PathOf(name), _problems, ElementId)
            : null;

    /// <summary>The members of an array with their paths; empty when it is absent.</summary>
    public IReadOnlyList<(JsonElement Value, string Path)> Array(string name, int max, bool required = false, int min = 0)
    {
        if (!Member(name, JsonValueKind.Array, "Must be a list.", required, out var value))
            return [];
        var count = value.GetArrayLength();
        if (count < min)
            Fault(name, "tooFew", $"Must have at least {min}.");
        if (count > max)
        {
            Fault(name, "tooMany", $"At most {max} are allowed, not {count}.");
            return [];
        }
        return
        [
            .. value
                .EnumerateArray()
                .Select((item, i) => (item, PathOf(name) + "/" + i.ToString(CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>The names of the object's own members, for objects whose keys are data.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Members()
    {
        if (!_isObject)
            yield break;
        foreach (var member in _object.EnumerateObject())
        {
            _asked.Add(member.Name);
            yield return (member.Name, member.Value);
        }
    }

    /// <summary>Reports every member that was never asked for.</summary>
    public void Done()
    {
        if (!_isObject)
            return;
        foreach (var member in _object.EnumerateObject())
            if (!_asked.Contains(member.Name))
                Fault(member.Name, "unknownField", $"Unknown field '{member.Name}'.");
    }

    public static string Escape(string member) =>
        member.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public static int LengthOf(string text)
    {
        var length = 0;
        foreach (var _ in text.EnumerateRunes())
            length++;
        return length;
    }

    private bool Member(string name, JsonValueKind kind, string message, bool required, out JsonElement value)
    {
        if (!Has(name, out value))
        {
            if (required && _isObject)
                Fault(name, "required", $"'{name}' is required.");
            return false;
        }
        if (value.ValueKind == kind)
            return true;
        Fault(name, "wrongType", message);
        return false;
    }
}

/// <summary>Enum members by their camel-case names, as they appear in JSON, SQL and metrics.</summary>
public static class Name<T>
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> ByName = Enum.GetValues<T>()
        .ToDictionary(v => JsonNamingPolicy.CamelCase.ConvertName(v.ToString()), StringComparer.Ordinal);
    private static readonly Dictionary<T, string> ByValue = ByName.ToDictionary(p => p.Value, p => p.Key);

    public static IReadOnlyCollection<string> All => ByName.Keys;

    public static bool TryParse(string text, out T value) => ByName.TryGetValue(text, out value);

    public static T Parse(string text) => ByName[text];

    public static string Of(T value) => ByValue[value];
}

/// <summary>Instants as the API writes and reads them: RFC 3339, UTC, microseconds.</summary>
public static partial class Instants
{
    public static string Format(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        // DateTimeOffset.TryParse would invent a zone, and accepts much more.
        if (
            !Rfc3339().IsMatch(text)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant)
        )
            return false;
        instant = instant.ToUniversalTime();
        return true;
    }

    [GeneratedRegex(
        @"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,20})?([Zz]|[+-][0-9]{2}:[0-9]{2})\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Rfc3339();

    /// <summary>The next whole microsecond: a due instant is stored rounded up, so that no wake is early.</summary>
    public static DateTimeOffset CeilingMicrosecond(DateTimeOffset instant)
    {
        var over = instant.Ticks % TimeSpan.TicksPerMicrosecond;
        return over == 0 ? instant : instant.AddTicks(TimeSpan.TicksPerMicrosecond - over);
    }
}
