using System.Buffers;
using System.Text.Json;
using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A complete scenario (elements.md).</summary>
public sealed record ScenarioView(
    int Number,
    string Title,
    string Database,
    string Status,
    int Revision,
    JsonElement Settings,
    JsonElement About,
    JsonElement Definition,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ActivatedAt
);

/// <summary>What a request needs to know of its scenario before it goes on.</summary>
/// <param name="Zone">The zone of its settings; null is the account's.</param>
public sealed record ScenarioHead(
    int Number,
    string Title,
    int Database,
    string Status,
    int Revision,
    int Partitions,
    string? Zone
);

public sealed class ScenarioReads(NpgsqlDataSource dataSource)
{
    /// <summary>How long deleted scenarios can be restored.</summary>
    public static readonly TimeSpan TrashKept = TimeSpan.FromDays(30);

    /// <summary>Null when there is none, it is in the trash, or the viewer may not see it.</summary>
    public Task<ScenarioHead?> HeadAsync(
        Viewer viewer,
        int number,
        CancellationToken cancellationToken,
        bool inTrash = false
    ) =>
        dataSource
            .Command(
                """
                select s.number, s.title, s.database, s.status, s.revision, s.partitions, s.settings ->> 'timeZone'
                from scenario s
                where s.tenant_id = $1 and s.number = $2
                  and case when $3 then s.deleted_at > clock_timestamp() - $4 else s.deleted_at is null end
                  and ($5::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $5)
                """,
                viewer.Tenant,
                number,
                inTrash,
                TrashKept,
                viewer.Groups
            )
            .FirstAsync(
                row => new ScenarioHead(
                    row.GetInt32(0),
                    row.GetString(1),
                    row.GetInt32(2),
                    row.GetString(3),
                    row.GetInt32(4),
                    row.GetInt16(5),
                    row.Text(6)
                ),
                cancellationToken
            );

    /// <summary>The given numbers whose scenarios the viewer may see.</summary>
    public Task<List<int>> VisibleAsync(Viewer viewer, int[] numbers, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select s.number from scenario s
                where s.tenant_id = $1 and s.number = any ($2) and s.deleted_at is null
                  and ($3::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $3)
                """,
                viewer.Tenant,
                numbers,
                viewer.Groups
            )
            .ListAsync(row => row.GetInt32(0), cancellationToken);

    /// <summary>Null as for <see cref="HeadAsync"/>.</summary>
    public Task<ScenarioView?> FindAsync(Viewer viewer, int number, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select s.number, s.title, d.name, s.status, s.revision, (s.settings || jsonb_build_object('partitions', s.partitions))::text,
                       s.about::text, s.definition::text, s.layout::text, s.bin::text, s.created_at, s.updated_at, s.activated_at
                from scenario s
                join profile_database d on d.tenant_id = s.tenant_id and d.number = s.database
                where s.tenant_id = $1 and s.number = $2 and s.deleted_at is null
                  and ($3::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $3)
                """,
                viewer.Tenant,
                number,
                viewer.Groups
            )
            .FirstAsync(
                row => new ScenarioView(
                    row.GetInt32(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetInt32(4),
                    Json(row.GetString(5)),
                    Json(row.GetString(6)),
                    WithLayout(row.GetString(7), row.GetString(8), row.GetString(9)),
                    row.At(10),
                    row.At(11),
                    row.AtOrNull(12)
                ),
                cancellationToken
            );

    /// <summary>The newest revision has an element of this id.</summary>
    public async Task<bool> HasElementAsync(int tenant, int number, string element, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            """
            select exists (
                select from scenario s, json_array_elements(s.definition -> 'elements') as e
                where s.tenant_id = $1 and s.number = $2 and e ->> 'id' = $3)
            """,
            tenant,
            number,
            element
        );
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    internal static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    /// <summary>Layout and bin are stored beside the graph in the database, but are part of it in the API.</summary>
    private static JsonElement WithLayout(string definition, string layout, string bin)
    {
        var buffer = new ArrayBufferWriter<byte>(definition.Length + layout.Length);
        using (var json = new Utf8JsonWriter(buffer))
        using (var parts = JsonDocument.Parse(definition))
        {
            json.WriteStartObject();
            foreach (var part in parts.RootElement.EnumerateObject())
                if (!part.NameEquals("layout"))
                    part.WriteTo(json);
            json.WritePropertyName("layout");
            json.WriteRawValue(layout);
            json.WritePropertyName("bin");
            json.WriteRawValue(bin);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }
}
