using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>
/// What the edge must know about a scenario to send a capture to its slice. It does not include the status, which
/// only a commit may judge.
/// </summary>
/// <param name="Database">The number of its database.</param>
/// <param name="Fields">The fields of the database: JSON <c>[{"name", "type"}]</c>.</param>
public sealed record ScenarioPlace(int Partitions, int Database, string Fields, string[] Groups);

public sealed class ScenarioPlaces(NpgsqlDataSource dataSource)
{
    /// <summary>Null when there is no such scenario, or it is in the trash.</summary>
    public Task<ScenarioPlace?> FindAsync(int tenant, int number, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select s.partitions, s.database, d.fields::text, array(select jsonb_array_elements_text(coalesce(s.about -> 'groups', '[]')))
                from scenario s
                join profile_database d on d.tenant_id = s.tenant_id and d.number = s.database
                where s.tenant_id = $1 and s.number = $2 and s.deleted_at is null
                """,
                tenant,
                number
            )
            .FirstAsync(
                row => new ScenarioPlace(row.GetInt16(0), row.GetInt32(1), row.GetString(2), row.GetFieldValue<string[]>(3)),
                cancellationToken
            );
}
