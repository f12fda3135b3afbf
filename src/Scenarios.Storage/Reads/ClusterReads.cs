using Npgsql;

namespace Scenarios.Storage.Reads;

/// <summary>A slice of a scenario's runs, and how punctual it is.</summary>
/// <param name="Owner">The silo that committed for it last.</param>
/// <param name="Commits">All commits ever made for it.</param>
/// <param name="Waiting">Open runs in it, waiting or performing.</param>
/// <param name="Due">Waits that are over and have not moved yet, counted up to <see cref="ClusterReads.DueCounted"/>.</param>
/// <param name="LatenessSeconds">How long the earliest due wait has been overdue; 0 when none is due.</param>
public sealed record PartitionLine(
    int Tenant,
    int Scenario,
    int Partition,
    string? Owner,
    long Epoch,
    long Commits,
    long Waiting,
    long Due,
    DateTimeOffset? NextDue,
    double LatenessSeconds
);

/// <summary>The slices of the whole cluster, for its operator.</summary>
public sealed class ClusterReads(NpgsqlDataSource dataSource)
{
    public const int DueCounted = 10_000;

    /// <summary>The latest first, then those that are due next.</summary>
    public Task<List<PartitionLine>> PartitionsAsync(int limit, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select p.tenant_id, p.scenario, p.partition, p.owner, p.epoch, p.seq,
                       (select coalesce(sum(l.n), 0)::bigint from live_count l
                        where l.tenant_id = p.tenant_id and l.scenario = p.scenario and l.generation = s.generation and l.partition = p.partition),
                       case when p.next_due <= clock_timestamp() and s.status <> 'inactive' then (
                           select count(*) from (
                               (select from run r
                                where r.tenant_id = p.tenant_id and r.scenario = p.scenario and r.partition = p.partition and r.generation = s.generation
                                  and not r.stoppable and r.due <= clock_timestamp() limit $2)
                               union all
                               (select from run r
                                where r.tenant_id = p.tenant_id and r.scenario = p.scenario and r.partition = p.partition and r.generation = s.generation
                                  and r.stoppable and r.due <= clock_timestamp() - s.stopped limit $2)
                               limit $2) as overdue)
                       else 0 end,
                       p.next_due,
                       case when s.status = 'inactive' then 0 else greatest(0, extract(epoch from clock_timestamp() - p.next_due)) end::float8
                from partition p
                join scenario s on s.tenant_id = p.tenant_id and s.number = p.scenario
                where s.deleted_at is null
                order by p.next_due nulls last, p.tenant_id, p.scenario, p.partition
                limit $1
                """,
                limit,
                DueCounted
            )
            .ListAsync(
                row => new PartitionLine(
                    row.GetInt32(0),
                    row.GetInt32(1),
                    row.GetInt16(2),
                    row.Text(3),
                    row.GetInt64(4),
                    row.GetInt64(5),
                    row.GetInt64(6),
                    row.GetInt64(7),
                    row.AtOrNull(8),
                    row.GetDouble(9)
                ),
                cancellationToken
            );

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            """select count(*) from partition p join scenario s on s.tenant_id = p.tenant_id and s.number = p.scenario where s.deleted_at is null"""
        );
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
