using System.Text.Json;
using Npgsql;

namespace Scenarios.Storage.Reads;

/// <param name="Note">What the editor wrote about the save.</param>
public sealed record RevisionLine(
    int Revision,
    DateTimeOffset At,
    string By,
    string? Note,
    IReadOnlyList<RevisionChange> Changes
);

/// <param name="Kind">added, removed, changed or relinked (elements.md, save plan).</param>
public sealed record RevisionChange(string Element, string Kind);

public sealed record RevisionWhole(
    int Revision,
    DateTimeOffset At,
    string By,
    string? Note,
    JsonElement Settings,
    JsonElement Definition
);

/// <summary>The history of a scenario: every save keeps a revision.</summary>
public sealed class RevisionReads(NpgsqlDataSource dataSource)
{
    /// <summary>The revisions, newest first, each with its changes.</summary>
    /// <param name="before">The last revision of the page before.</param>
    public async Task<List<RevisionLine>> ListAsync(
        int tenant,
        int scenario,
        int? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        // One more than asked for: the last one of the page is compared with it.
        await using var command = dataSource.Command(
            """
            select revision, at, actor, note, definition::text from scenario_revision
            where tenant_id = $1 and scenario = $2 and revision < $3 order by revision desc limit $4
            """,
            tenant,
            scenario,
            before ?? int.MaxValue,
            limit + 1
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var revisions = new List<RevisionLine>();
        RevisionLine? waiting = null;
        var newer = Graph.Empty;
        while (await reader.ReadAsync(cancellationToken))
        {
            var graph = Graph.Of(reader.GetString(4));
            if (waiting is not null)
                revisions.Add(waiting with { Changes = newer.Since(graph) });
            waiting = new RevisionLine(reader.GetInt32(0), reader.At(1), reader.GetString(2), reader.Text(3), []);
            newer = graph;
        }
        if (waiting is not null && revisions.Count < limit)
            revisions.Add(waiting with { Changes = newer.Since(Graph.Empty) });
        return revisions;
    }

    public Task<RevisionWhole?> FindAsync(int tenant, int scenario, int revision, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select revision, at, actor, note, settings::text, definition::text from scenario_revision
                where tenant_id = $1 and scenario = $2 and revision = $3
                """,
                tenant,
                scenario,
                revision
            )
            .FirstAsync(
                row => new RevisionWhole(
                    row.GetInt32(0),
                    row.At(1),
                    row.GetString(2),
                    row.Text(3),
                    ScenarioReads.Json(row.GetString(4)),
                    ScenarioReads.Json(row.GetString(5))
                ),
                cancellationToken
            );

    /// <summary>Elements and their links, as texts to compare.</summary>
    private sealed record Graph(Dictionary<string, string> Elements, ILookup<string, string> Links)
    {
        public static readonly Graph Empty = new([], Array.Empty<string>().ToLookup(l => l));

        public static Graph Of(string definition)
        {
            using var json = JsonDocument.Parse(definition);
            return new Graph(
                Members(json.RootElement, "elements")
                    .ToDictionary(e => e.GetProperty("id").GetString()!, e => e.GetRawText(), StringComparer.Ordinal),
                Members(json.RootElement, "links")
                    .ToLookup(l => l.GetProperty("from").GetString()!, l => l.GetRawText(), StringComparer.Ordinal)
            );
        }

        public List<RevisionChange> Since(Graph older)
        {
            var changes = new List<RevisionChange>();
            foreach (var (id, element) in Elements)
            {
                if (!older.Elements.TryGetValue(id, out var before))
                    changes.Add(new RevisionChange(id, "added"));
                else if (before != element)
                    changes.Add(new RevisionChange(id, "changed"));
                else if (!Links[id].Order(StringComparer.Ordinal).SequenceEqual(older.Links[id].Order(StringComparer.Ordinal)))
                    changes.Add(new RevisionChange(id, "relinked"));
            }
            changes.AddRange(
                older.Elements.Keys.Where(id => !Elements.ContainsKey(id)).Select(id => new RevisionChange(id, "removed"))
            );
            return changes;
        }

        private static IEnumerable<JsonElement> Members(JsonElement definition, string name) =>
            definition.TryGetProperty(name, out var list) ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();
    }
}
