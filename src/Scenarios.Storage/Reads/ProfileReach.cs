using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>Finds the scenarios and runs that a profile change affects.</summary>
public sealed class ProfileReach(NpgsqlDataSource dataSource)
{
    /// <summary>Scenarios of the database that remember the profile, those in the trash included.</summary>
    public Task<List<(int Scenario, int Partitions)>> RememberingAsync(
        int tenant,
        int database,
        string profile,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select s.number, s.partitions from scenario s
                join profile_entry e on e.tenant_id = s.tenant_id and e.scenario = s.number and e.profile_id = $3
                where s.tenant_id = $1 and s.database = $2
                """,
                tenant,
                database,
                profile
            )
            .ListAsync(row => (row.GetInt32(0), (int)row.GetInt16(1)), cancellationToken);

    /// <summary>
    /// Open runs of these profiles that wait, in scenarios which listen to something of the profile's own: a field,
    /// its time zone (<see cref="Scenarios.ListenerRows"/>).
    /// </summary>
    public Task<List<(int Scenario, int Partition, Guid Run)>> WaitingAsync(
        int tenant,
        int database,
        IReadOnlyList<string> profiles,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select r.scenario, r.partition, r.id from scenario s
                join profile_entry e on e.tenant_id = s.tenant_id and e.scenario = s.number and e.profile_id = any ($3)
                join run r on r.tenant_id = s.tenant_id and r.scenario = s.number and r.id = any (e.open) and r.generation = s.generation and r.due is not null
                where s.tenant_id = $1 and s.database = $2 and s.deleted_at is null
                  and (s.listens_revision is distinct from s.revision
                       or exists (select from listener l where l.tenant_id = s.tenant_id and l.scenario = s.number and l.kind in ('field', 'zone')))
                """,
                tenant,
                database,
                profiles.ToArray()
            )
            .ListAsync(row => (row.GetInt32(0), (int)row.GetInt16(1), row.GetGuid(2)), cancellationToken);
}
