using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Profiles;

/// <summary>A profile as it goes out.</summary>
/// <param name="Fields">By the names of the database's fields.</param>
public sealed record ProfileView(
    string Id,
    string? Email,
    string? Phone,
    string? TimeZone,
    JsonElement Fields,
    JsonElement Subscriptions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    public static ProfileView Of(ProfileRow row) =>
        new(
            row.Id,
            row.Email,
            row.Phone,
            row.TimeZone,
            JsonElement.Parse(row.Fields),
            JsonElement.Parse(row.Subscriptions),
            row.CreatedAt,
            row.UpdatedAt
        );
}

/// <summary>What one sends of a profile; for the reference only, as bodies are read by <see cref="ProfileBody"/>.</summary>
public sealed record ProfileInput(
    string? Email = null,
    string? Phone = null,
    string? TimeZone = null,
    Dictionary<string, JsonElement>? Fields = null,
    SubscriptionInput[]? Subscriptions = null
);

/// <param name="Status">subscribed, unsubscribed or pending.</param>
/// <param name="At">Now, if absent.</param>
public sealed record SubscriptionInput(
    string Channel,
    string Status,
    string? Resource = null,
    string? Address = null,
    DateTimeOffset? At = null
);

/// <summary>A field of a database. In a <c>PATCH</c> null as the type removes the field.</summary>
/// <param name="Type">text, number, boolean, date, dateTime or list.</param>
public sealed record FieldShape(string Name, string? Type = null)
{
    public static FieldShape Of(FieldDefinition field) => new(field.Name, Name<FieldType>.Of(field.Type));
}

public sealed record DatabaseView(
    string Name,
    IReadOnlyList<FieldShape> Fields,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt
)
{
    public static DatabaseView Of(DatabaseRow row) =>
        new(row.Name, [.. row.Fields.All.Select(FieldShape.Of)], row.Groups, row.CreatedAt);
}
