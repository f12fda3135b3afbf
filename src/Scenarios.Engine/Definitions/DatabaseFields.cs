using System.Collections.Frozen;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Definitions;

public enum FieldType
{
    Text,
    Number,
    Boolean,
    Date,
    DateTime,
    List,
}

public sealed record FieldDefinition(string Name, FieldType Type);

/// <summary>The typed fields of a database, in the order in which they were given.</summary>
public sealed class DatabaseFields
{
    public const int MaxFields = 500;

    private readonly FrozenDictionary<string, FieldType> _types;

    public DatabaseFields(IReadOnlyList<FieldDefinition> fields)
    {
        All = fields;
        _types = fields.ToFrozenDictionary(f => f.Name, f => f.Type, StringComparer.Ordinal);
    }

    public IReadOnlyList<FieldDefinition> All { get; }

    /// <summary>The members that every profile has beside its fields; all are texts.</summary>
    public static bool IsOwnMember(string name) => name is "id" or "email" or "phone" or "timeZone";

    /// <summary>Null when the database has no such field.</summary>
    public FieldType? TypeOf(string name) => _types.TryGetValue(name, out var type) ? type : null;

    /// <summary>Reads the member <paramref name="name"/>: <c>[{name, type}]</c>, at most 500.</summary>
    /// <returns>Null when a problem was added.</returns>
    public static DatabaseFields? Read(JsonObjectReader owner, string name, bool required = false)
    {
        var fields = new List<FieldDefinition>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var list = owner.Array(name, MaxFields, required);
        foreach (var (json, path) in list)
        {
            var field = owner.Child(json, path);
            var fieldName = field.Text("name", 64, required: true);
            var type = field.OneOf<FieldType>("type", required: true);
            field.Done();
            if (fieldName is null)
                continue;
            if (!Names.IsField(fieldName))
                field.Fault(
                    "name",
                    "invalidName",
                    "1 to 64 letters, digits, _ and - are allowed, beginning with a letter or _."
                );
            else if (IsOwnMember(fieldName))
                field.Fault("name", "reservedName", $"Every profile has a member '{fieldName}'.");
            else if (!names.Add(fieldName))
                field.Fault("name", "duplicateName", $"Duplicate field '{fieldName}'.");
            if (type is { } known)
                fields.Add(new FieldDefinition(fieldName, known));
        }
        return owner.IsGood ? new DatabaseFields(fields) : null;
    }
}
