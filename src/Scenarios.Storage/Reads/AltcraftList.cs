using System.Text.Json;
using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A scenario in Altcraft's terms.</summary>
/// <param name="Numbers">Of its elements, in the order of their creation; Default is 0.</param>
public sealed record AltcraftScenario(
    int Number,
    string Title,
    int Database,
    bool IsActive,
    string[] Tags,
    string[] Groups,
    string Mode,
    JsonElement Elements,
    IReadOnlyDictionary<string, int> Numbers
)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("id", Number);
        json.WriteString("name", Title);
        json.WriteNumber("list_id", Database);
        json.WriteBoolean("is_active", IsActive);
        json.WriteStartArray("ui_tags");
        foreach (var tag in Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
        json.WriteString("mode", Mode == "afterExit" ? "skip" : Mode);
        json.WriteStartArray("groups");
        foreach (var group in Groups)
        {
            json.WriteStartObject();
            json.WriteNumber("ID", AltcraftList.IdOf(group));
            json.WriteString("title", group);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("nodes");
        foreach (var element in Elements.EnumerateArray())
        {
            var (id, type) = (element.GetProperty("id").GetString()!, element.GetProperty("type").GetString()!);
            json.WriteStartObject();
            json.WriteNumber("node_id", Numbers.GetValueOrDefault(id));
            json.WriteString("name", NameOf(element, id, type));
            json.WriteString(
                "type",
                type switch
                {
                    "apiCall" => "start",
                    "wait" => "delay",
                    "goto" => "workflow_jump",
                    var other => other,
                }
            );
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A delay is named by its length, as in Altcraft.</summary>
    private static string NameOf(JsonElement element, string id, string type)
    {
        if (
            type == "wait"
            && element.TryGetProperty("settings", out var settings)
            && settings.TryGetProperty("duration", out var duration)
        )
            return $"{Of("days")} d.{Of("hours")} h.{Of("minutes")} m.";
        return element.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()!
            : id == "start" ? "Default"
            : id;

        int Of(string unit) => duration.TryGetProperty(unit, out var n) ? n.GetInt32() : 0;
    }
}

/// <summary>What <c>workflows/list</c> asks for.</summary>
public sealed class AltcraftList(NpgsqlDataSource dataSource)
{
    /// <summary>Groups have names here and numbers in Altcraft: the number is derived from the name.</summary>
    public static int IdOf(string group) => (int)(Engine.Runs.StableHash.Of(group) & 0x7fffffff);

    /// <summary>
    /// By number, from <paramref name="from"/>, one more than the limit if there is one; and the total count.
    /// </summary>
    public async Task<(List<AltcraftScenario> Rows, long Total)> PageAsync(
        Viewer viewer,
        int from,
        int limit,
        string[]? groups,
        int[]? groupIds,
        string[]? tags,
        CancellationToken cancellationToken
    )
    {
        var named = groupIds is null
            ? groups
            :
            [
                .. groups ?? [],
                .. (await GroupsOfAsync(viewer.Tenant, cancellationToken)).Where(g => groupIds.Contains(IdOf(g))),
            ];
        const string Seen = """
            from scenario s
            where s.tenant_id = $1 and s.deleted_at is null
              and ($2::text[] is null or coalesce(s.about -> 'groups', '[]') = '[]' or s.about -> 'groups' ?| $2)
              and ($3::text[] is null or s.about -> 'groups' ?| $3) and ($4::text[] is null or s.about -> 'tags' ?| $4)
            """;
        long total;
        await using (var count = dataSource.Command($"select count(*) {Seen}", viewer.Tenant, viewer.Groups, named, tags))
            total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        // An element's number is its place in the order in which the revisions brought elements: it never changes.
        var rows = await dataSource
            .Command(
                $"""
                select s.number, s.title, s.database, s.status <> 'inactive',
                       array(select jsonb_array_elements_text(coalesce(s.about -> 'tags', '[]'))), array(select jsonb_array_elements_text(coalesce(s.about -> 'groups', '[]'))),
                       s.settings ->> 'reentryMode', (s.definition -> 'elements')::text,
                       array(select e.value ->> 'id' from scenario_revision r, json_array_elements(r.definition -> 'elements') with ordinality as e (value, place)
                             where r.tenant_id = s.tenant_id and r.scenario = s.number and e.value ->> 'id' <> 'start'
                             group by e.value ->> 'id' order by min(r.revision), min(e.place))
                {Seen} and s.number >= $5 order by s.number limit $6
                """,
                viewer.Tenant,
                viewer.Groups,
                named,
                tags,
                from,
                limit + 1
            )
            .ListAsync(
                row => new AltcraftScenario(
                    row.GetInt32(0),
                    row.GetString(1),
                    row.GetInt32(2),
                    row.GetBoolean(3),
                    row.GetFieldValue<string[]>(4),
                    row.GetFieldValue<string[]>(5),
                    row.GetString(6),
                    ScenarioReads.Json(row.GetString(7)),
                    row.GetFieldValue<string[]>(8)
                        .Select((id, i) => (id, i))
                        .ToDictionary(p => p.id, p => p.i + 1, StringComparer.Ordinal)
                ),
                cancellationToken
            );
        return (rows, total);
    }

    private Task<List<string>> GroupsOfAsync(int tenant, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """select distinct jsonb_array_elements_text(coalesce(about -> 'groups', '[]')) from scenario where tenant_id = $1 and deleted_at is null""",
                tenant
            )
            .ListAsync(row => row.GetString(0), cancellationToken);
}
